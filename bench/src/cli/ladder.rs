//! The comparison of all models: what `bench` does when nothing else is asked.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use ladder::Chapter;

use super::asked::{clients, once};
use super::frame::Frame;
use super::outputs::{Outputs, is_stdout, kept_folder};
use super::{OfUsage, Outcome, print, write};
use crate::catalogue::{self, Entry};
use crate::measure::{self, Case};
use crate::subject;
use crate::table::CLOSED;

/// What distinguishes this kind of record.
const KIND: &str = "ladder";

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench                                    all of it, under two minutes
  cargo run --release -p bench -- --models epoll,tokio            two of them
  cargo run --release -p bench -- --models 'ch03/*' --connections 1000
  cargo run --release -p bench -- --connections 50 --silent 8000  a crowd that says nothing
  cargo run --release -p bench -- --seconds 5 --rounds 1          a quick look
  cargo run --release -p bench -- --json bench/runs/today.json    keep the numbers
  cargo run --release -p bench -- --list                          what there is to measure
  cargo run --release -p bench -- echo --help                     an instrument, and how it is used

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// The comparison of all models.
#[derive(Args, Debug)]
pub(super) struct Ladder {
    /// Only these: names (epoll), full names (ch03/epoll) or patterns ('ch03/*')
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    /// Numbers of clients
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "1,50,1000")]
    #[arg(value_parser = clients)]
    connections: Vec<usize>,

    /// Clients that are connected beside those, and say nothing
    #[arg(long, value_name = "COUNT", default_value = "0")]
    silent: u32,

    #[command(flatten)]
    frame: Frame,

    /// List the models, and measure nothing. With --json the catalogue is written; with --markdown the README's
    /// table is put into FILE between its markers
    #[arg(long)]
    list: bool,
}

impl Ladder {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        if self.list {
            let entries = catalogue::entries(chapters);
            list(&self.frame.outputs, &catalogue::choose(entries, &self.models).of_usage()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        let subjects = subject::choose(chapters, &self.models).of_usage()?;
        let silent = usize::try_from(self.silent).context("a number of clients").of_usage()?;
        let case = |connections: usize| Case { silent, ..Case::closed(connections) };
        let cases = once(&self.connections).into_iter().map(case).collect();
        let plan = self.frame.plan(subjects, cases).of_usage()?;
        let mut frame = self.frame.clone();
        // Unasked, the last run is kept where it is in nobody's way.
        let kept = kept_folder()?;
        let record = frame.outputs.json.get_or_insert_with(|| kept.join("ladder.json")).clone();
        let report = frame.outputs.html.get_or_insert_with(|| kept.join("report.html")).clone();
        let status = frame.run(KIND, &plan, &CLOSED, measure::slice)?;
        if !frame.outputs.to_stdout() {
            print(&format!("\nreport: {}\nrecord: {}\n", report.display(), record.display()))?;
        }
        Ok(status)
    }
}

fn list(outputs: &Outputs, entries: &[Entry]) -> Result<()> {
    let documented = || catalogue::documented(entries.to_vec());
    let to = |path: &Path, text: &str| {
        if is_stdout(path) { print(text) } else { write(path, text) }
    };
    if let Some(path) = &outputs.json {
        to(path, &catalogue::json(&documented())?)?;
    }
    match outputs.markdown.as_deref() {
        Some(path) if !is_stdout(path) => {
            let doing = || format!("putting the table into {}", path.display());
            let page = fs::read_to_string(path).with_context(doing)?;
            let page = catalogue::put_table(&page, &catalogue::markdown(&documented()));
            write(path, &page.with_context(doing)?)
        }
        Some(_) => print(&catalogue::markdown(&documented())),
        None if outputs.json.is_none() => print(&catalogue::text(entries)),
        None => Ok(()),
    }
}
