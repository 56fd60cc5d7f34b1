//! The workspace as the book sees it: a root, its packages, their examples, and files named from the root.
//!
//! Read from the manifests alone, without running cargo: a check must not wait for another build's lock.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The workspace that this tool was built from, whatever the current directory is.
pub(crate) fn here() -> PathBuf {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_root.parent().unwrap_or(crate_root).to_path_buf()
}

pub(crate) struct Workspace {
    root: PathBuf,
    pub(crate) packages: Vec<Package>,
}

pub(crate) struct Package {
    pub(crate) name: String,
    /// From the root of the workspace: `ch03-selectors`.
    pub(crate) folder: String,
}

#[derive(Deserialize)]
struct RootManifest {
    workspace: Members,
}

#[derive(Deserialize)]
struct Members {
    members: Vec<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Workspace {
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        let manifest: RootManifest = read_toml(&root.join("Cargo.toml"))?;
        let package = |folder: String| {
            let manifest: Manifest = read_toml(&root.join(&folder).join("Cargo.toml"))?;
            Ok(Package { name: manifest.package.name, folder })
        };
        let packages =
            manifest.workspace.members.into_iter().map(package).collect::<Result<_>>()?;
        Ok(Self { root, packages })
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The text of a file named from the root; a name that leads out of the workspace is refused.
    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        if Path::new(relative).is_absolute() || relative.split('/').any(|part| part == "..") {
            bail!("{relative} is not a path from the root of the workspace");
        }
        fs::read_to_string(self.path(relative)).with_context(|| format!("reading {relative}"))
    }

    pub(crate) fn package(&self, name: &str) -> Result<&Package> {
        let found = self.packages.iter().find(|package| package.name == name);
        found.with_context(|| format!("no package `{name}` in the workspace"))
    }

    /// Whether cargo finds the example by its place, as it finds all of this workspace's.
    pub(crate) fn has_example(&self, package: &Package, name: &str) -> bool {
        let examples = self.path(&package.folder).join("examples");
        examples.join(format!("{name}.rs")).is_file()
            || examples.join(name).join("main.rs").is_file()
    }

    /// Where the example begins.
    pub(crate) fn example_source(&self, package: &Package, name: &str) -> String {
        let file = format!("{}/examples/{name}.rs", package.folder);
        if self.path(&file).is_file() { file } else { file.replace(".rs", "/main.rs") }
    }

    /// The names of the package's examples, in order.
    pub(crate) fn examples(&self, package: &Package) -> Result<Vec<String>> {
        let folder = self.path(&package.folder).join("examples");
        let names = files_below(&folder, &[])?.into_iter().filter_map(|path| {
            let path = path.strip_prefix(&folder).ok()?.to_string_lossy().replace('\\', "/");
            let name = path.strip_suffix("/main.rs").or(path.strip_suffix(".rs"))?;
            (!name.contains('/')).then(|| name.to_string())
        });
        Ok(names.collect::<BTreeSet<_>>().into_iter().collect())
    }

    /// Every `.rs` file of every package, named from the root, in order. A `fixture` is no part of the
    /// workspace: it holds another, for tests.
    pub(crate) fn rust_files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for package in &self.packages {
            let files = files_below(&self.path(&package.folder), &["target", "fixture"])?;
            let rust = files.iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
            found.extend(rust.map(|path| self.relative(path)));
        }
        found.sort();
        Ok(found)
    }

    pub(crate) fn relative(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().replace('\\', "/")
    }
}

/// All files below `folder`, without entering a folder whose name is in `skip`. A missing folder is empty.
pub(crate) fn files_below(folder: &Path, skip: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in fs::read_dir(folder).with_context(|| format!("listing {}", folder.display()))? {
        let entry = entry?;
        let skipped = skip.iter().any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_dir() {
            if !skipped {
                found.extend(files_below(&entry.path(), skip)?);
            }
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

pub(crate) fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("understanding {}", path.display()))
}
