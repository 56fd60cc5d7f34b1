//! What a run leaves behind: a record, and what is made of it, in the forms that were asked for.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use super::{check_folder, print, write};
use crate::record::json;
use crate::recorded::Recorded;
use crate::{report, sheet};

/// Where and how to write what was measured. `-` is standard output, and then nothing else is printed there.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Outputs {
    /// Also write the record to FILE; as all of these, to standard output for -, in place of the table
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// Also write it as comma-separated values, a line for each row
    #[arg(long, value_name = "FILE")]
    pub(super) csv: Option<PathBuf>,

    /// Also write it as tables in Markdown
    #[arg(long, value_name = "FILE")]
    pub(super) markdown: Option<PathBuf>,

    /// Also write it as a report: one page that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

impl Outputs {
    /// Whether all of it can be written: found out before the run, and not after it.
    pub(super) fn check(&self) -> Result<()> {
        let to_stdout = self.files().filter(|path| is_stdout(path)).count();
        ensure!(to_stdout < 2, "only one form can go to standard output");
        self.files().try_for_each(|path| check_folder(Some(path)))
    }

    /// Whether one of them goes to standard output.
    pub(super) fn to_stdout(&self) -> bool {
        self.files().any(is_stdout)
    }

    /// Whether there is one.
    pub(super) fn any(&self) -> bool {
        self.files().next().is_some()
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.json, &self.csv, &self.markdown, &self.html]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path)
    }

    /// Writes all of it, and prints `table` where nothing else went to standard output. The files are first: a
    /// run of a minute must not be lost to a closed terminal.
    pub(super) fn write(
        &self,
        record: &impl Serialize,
        table: impl FnOnce() -> String,
    ) -> Result<()> {
        let name = self.json.as_deref().filter(|path| !is_stdout(path)).and_then(Path::file_stem);
        let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let recorded = || Recorded::of(&name, record);
        let mut printed = None;
        let mut put = |path: &Option<PathBuf>, text: &dyn Fn() -> Result<String>| -> Result<()> {
            match path {
                None => {}
                Some(path) if is_stdout(path) => printed = Some(text()?),
                Some(path) => write(path, &text()?)?,
            }
            Ok(())
        };
        put(&self.json, &|| Ok(json(record)?))?;
        put(&self.csv, &|| Ok(sheet::csv(&recorded()?)))?;
        put(&self.markdown, &|| Ok(sheet::markdown(&recorded()?)))?;
        put(&self.html, &|| Ok(report::page(&[recorded()?])))?;
        print(&printed.unwrap_or_else(table))
    }
}

/// Where the last run is kept, unasked: beside what cargo has made.
pub(super) fn kept_folder() -> Result<PathBuf> {
    let program = env::current_exe().context("finding this program")?;
    let target = program.ancestors().nth(2).context("this program is in no folder of cargo's")?;
    // `bench` is the name of the program itself, in one of the folders.
    let folder = target.join("bench-last");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}
