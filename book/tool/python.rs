//! What Python has, and where it is here: `book/python/chNN.toml`, a row for each thing that the chapter shows.
//!
//! ```toml
//! [[row]]
//! section = "18.1.3"                 # of the documentation of Python 3.6, or what else says where it is
//! python = "`socket` objects"        # what Python calls it
//! examples = ["echo_client"]         # of the chapter's package
//! models = ["iterative"]             # of the same
//! to_come = ["echo_client"]          # those of the two lists that are not written yet
//! elsewhere = ["kqueue"]             # those that the catalogue cannot hold, as Linux has not got them
//! read = ["ch01.md#one-client-after-the-other"]
//! programs = [{ python = "echo_server", rust = ["ch01-blocking/src/echo.rs#echo"] }]
//! ```
//!
//! `programs` are Python programs, `book/python/chNN/echo_server.py`, each with the parts of its Rust twin, as
//! `{{#code}}` names them. An example or model is in one row at least, and a Python program in one exactly.

use std::ops::Range;

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Spanned;

use super::page::line_of;
use super::sources::Sources;
use super::workspace::{Package, Workspace, files_below};

pub(crate) const FOLDER: &str = "book/python";

pub(crate) struct Chapter {
    /// `ch01`.
    pub(crate) name: String,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    /// In the chapter's file.
    pub(crate) line: usize,
    pub(crate) entry: Entry,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) section: String,
    pub(crate) python: String,
    #[serde(default)]
    pub(crate) examples: Vec<String>,
    #[serde(default)]
    pub(crate) models: Vec<String>,
    #[serde(default)]
    pub(crate) to_come: Vec<String>,
    #[serde(default)]
    pub(crate) elsewhere: Vec<String>,
    #[serde(default)]
    pub(crate) read: Vec<String>,
    #[serde(default)]
    pub(crate) programs: Vec<Program>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub(crate) python: String,
    pub(crate) rust: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Spanned<Entry>>,
}

/// The chapters that have a file, in order.
pub(crate) fn chapters(workspace: &Workspace) -> Result<Vec<String>> {
    let files = files_below(&workspace.path(FOLDER), &[])?;
    let tables = files.iter().filter(|path| path.extension().is_some_and(|end| end == "toml"));
    Ok(tables.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect())
}

/// The Python programs of all chapters, named from the root.
pub(crate) fn programs(workspace: &Workspace) -> Result<Vec<String>> {
    let files = files_below(&workspace.path(FOLDER), &["__pycache__"])?;
    let python = files.iter().filter(|path| path.extension().is_some_and(|end| end == "py"));
    Ok(python.map(|path| workspace.relative(path)).collect())
}

impl Chapter {
    pub(crate) fn load(workspace: &Workspace, name: &str) -> Result<Self> {
        let path = Self::path_of(name);
        let text = workspace.read(&path)?;
        let file: File = toml::from_str(&text).with_context(|| format!("understanding {path}"))?;
        let line = |span: Range<usize>| line_of(&text, span.start);
        let rows = file.row.into_iter();
        let rows = rows.map(|row| Row { line: line(row.span()), entry: row.into_inner() });
        Ok(Self { name: name.to_string(), rows: rows.collect() })
    }

    /// Where its rows are, from the root.
    pub(crate) fn path(&self) -> String {
        Self::path_of(&self.name)
    }

    fn path_of(name: &str) -> String {
        format!("{FOLDER}/{name}.toml")
    }

    /// The Python program of that name, from the root.
    pub(crate) fn program(&self, name: &str) -> String {
        format!("{FOLDER}/{}/{name}.py", self.name)
    }

    /// The package that the rows' examples and models are of: `ch01-blocking` for `ch01`.
    pub(crate) fn package<'w>(&self, workspace: &'w Workspace) -> Result<&'w Package> {
        let prefix = format!("{}-", self.name);
        let mut packages = workspace.packages.iter();
        packages
            .find(|package| package.name.starts_with(&prefix))
            .with_context(|| format!("no package of the workspace begins with `{prefix}`"))
    }
}

impl Entry {
    pub(crate) fn is_to_come(&self, target: &str) -> bool {
        self.to_come.iter().any(|name| name == target)
    }

    /// Whether the model is there. One that Linux has not got is known by its file alone.
    pub(crate) fn has_model(
        &self,
        package: &Package,
        name: &str,
        sources: &Sources<'_>,
    ) -> Result<bool> {
        if self.elsewhere.iter().any(|other| other == name) {
            return Ok(sources.workspace.path(&model_file(package, name)).is_file());
        }
        let catalogue = sources.catalogue()?;
        Ok(catalogue.iter().any(|model| model.package == package.name && model.typed() == name))
    }
}

/// The file that a model is read from: its own, or that of the module whose `serve` its row names.
pub(crate) fn model_source(workspace: &Workspace, package: &Package, name: &str) -> String {
    let own = model_file(package, name);
    if workspace.path(&own).is_file() {
        return own;
    }
    let list = format!("{}/src/lib.rs", package.folder);
    let module = workspace.read(&list).ok().and_then(|text| {
        let row = text.split_once(&format!("name: \"{name}\""))?.1;
        let path = row.split_once("serve: ")?.1;
        Some(path.split_once("::")?.0.to_string())
    });
    let shared = module.map(|module| model_file(package, &module));
    shared.filter(|file| workspace.path(file).is_file()).unwrap_or(list)
}

fn model_file(package: &Package, name: &str) -> String {
    format!("{}/src/{}.rs", package.folder, name.replace('-', "_"))
}
