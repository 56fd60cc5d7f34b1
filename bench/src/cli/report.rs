//! `bench report`: records as one page.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::Args;

use super::outputs::{is_stdout, kept_folder};
use super::{OfUsage, Outcome, check_folder, print, runs, write};
use crate::recorded::{Kind, Line, Recorded, all_in, find};
use crate::report;

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- report                           the newest record of each kind in bench/runs
  cargo run --release -p bench -- report 2026-11-25-ladder 2026-11-25-ratio --html report.html
  cargo run --release -p bench -- report mine.json --html - > report.html

RECORD is a file, or the name of one in bench/runs. The page needs nothing else, and no script: it can be sent,
and read without a network. Every instrument writes the same page of its own run by --html FILE.

Exit status: 0, 1 when the page cannot be written, 2 for wrong arguments or what is no record.";

/// Records as one page: machine, versions, tables, plots, and what these show in words
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Report {
    /// What is shown, in this order [default: the newest of each kind in bench/runs]
    #[arg(value_name = "RECORD")]
    records: Vec<PathBuf>,

    /// Where the page is written; - for standard output [default: bench-last/records.html in cargo's folder]
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Report {
    pub(super) fn run(&self) -> Outcome {
        let to_stdout = self.html.as_deref().is_some_and(is_stdout);
        if !to_stdout {
            check_folder(self.html.as_deref()).of_usage()?;
        }
        let page = report::page(&self.records().of_usage()?);
        if to_stdout {
            print(&page)?;
            return Ok(ExitCode::SUCCESS);
        }
        let path = match &self.html {
            Some(path) => path.clone(),
            None => kept_folder()?.join("records.html"),
        };
        write(&path, &page)?;
        print(&format!("report: {}\n", path.display()))?;
        Ok(ExitCode::SUCCESS)
    }

    fn records(&self) -> Result<Vec<Recorded>> {
        if self.records.is_empty() {
            return newest(&runs());
        }
        let read = |named: &PathBuf| Recorded::read(&find(named, &runs())?);
        self.records.iter().map(read).collect()
    }
}

/// The newest record of each kind, for echo and for HTTP. Timelines are pictures already, and the book shows
/// them.
fn newest(folder: &Path) -> Result<Vec<Recorded>> {
    let mut records = all_in(folder)?;
    let mut seen = BTreeSet::new();
    records.retain(|record| {
        let is = |test: &dyn Fn(&Line) -> bool| record.lines.iter().any(test);
        // A crowd beside a few clients is what the ladder of those clients does not show.
        let silent = is(&|line| line.number("silent") > Some(0.0));
        let echo = is(&|line| line.text("request").is_none());
        record.kind != Kind::Trace && seen.insert((record.kind.name(), silent, echo))
    });
    ensure!(!records.is_empty(), "{} has no records", folder.display());
    Ok(records)
}
