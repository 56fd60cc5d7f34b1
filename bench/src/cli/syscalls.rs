//! `bench syscalls`: the ledger of system calls, and whether a step costs more than it did.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use ladder::Chapter;

use super::outputs::Outputs;
use super::{OfUsage, Outcome};
use crate::catalogue;
use crate::syscalls::check::{self, Recorded};
use crate::syscalls::record::Record;
use crate::syscalls::{ledger, strace, table};

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- syscalls                        the ledger of all models
  cargo run --release -p bench -- syscalls --models 'ch03/*'
  cargo run --release -p bench -- syscalls --check                does any step cost more than recorded?
  cargo run --release -p bench -- syscalls --json bench/runs/DATE-syscalls.json

Exit status: 0, 1 when a model failed, a step costs more, or there is no strace, 2 for wrong arguments.";

/// What each model asks of the kernel: for one message, one connection, and one idle second
///
/// Counts the system calls of the server by strace(1), which must be installed. The counts do not
/// depend on how fast or how busy the machine is.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Syscalls {
    /// Only these: names (epoll), full names (ch03/epoll) or patterns ('ch03/*')
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    #[command(flatten)]
    outputs: Outputs,

    /// Compare with this record, or with the newest one, instead of printing the ledger
    #[arg(long, value_name = "RECORD", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap's form of an option whose value is optional")]
    check: Option<Option<PathBuf>>,
}

impl Syscalls {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let entries = catalogue::entries(chapters);
        let entries = catalogue::choose(entries, &self.models).of_usage()?;
        self.outputs.check().of_usage()?;
        let recorded = self.recorded()?;
        let strace = strace()?;
        let bar = ProgressBar::new(entries.len() as u64);
        let record = Record::new(strace, ledger(&entries, |_| bar.inc(1)));
        bar.finish_and_clear();
        let Some(recorded) = &recorded else {
            self.outputs.write(&record, || table::report(&record.rows))?;
            return Ok(status(record.rows.iter().any(|row| row.status == "failed")));
        };
        let races = entries.iter().filter(|entry| entry.model.limits.keeps_reactor);
        let races: Vec<&str> = races.map(|entry| entry.path.as_str()).collect();
        let (text, bad) = compared(recorded, &record, &races)?;
        self.outputs.write(&record, || text)?;
        Ok(status(bad))
    }

    /// The ledger to compare with, where one was asked for.
    fn recorded(&self) -> std::result::Result<Option<Recorded>, super::Failure> {
        let path = match &self.check {
            None => return Ok(None),
            Some(Some(path)) => path.clone(),
            Some(None) => check::newest(&super::runs())?,
        };
        Recorded::read(&path).map(Some).of_usage()
    }
}

/// What a comparison found, and whether that is bad.
fn compared(recorded: &Recorded, now: &Record, races: &[&str]) -> Result<(String, bool)> {
    let found = recorded.against(now, races)?;
    let failed = now.rows.iter().filter(|row| row.status == "failed");
    let failed = failed.map(|row| format!("{}: {}", row.model, row.why.as_deref().unwrap_or("")));
    let failed: Vec<String> = failed.collect();
    let mut text = String::new();
    for (title, lines) in [
        ("not compared:", &found.apart),
        ("fewer calls than recorded, record it anew:", &found.fewer),
        ("MORE calls than recorded:", &found.more),
        ("FAILED:", &failed),
    ] {
        if !lines.is_empty() {
            let _ = writeln!(text, "{title}\n  {}", lines.join("\n  "));
        }
    }
    let bad = !failed.is_empty() || !found.more.is_empty();
    if !bad {
        let (models, date) = (now.rows.len(), recorded.date());
        let _ = writeln!(text, "no step of {models} models costs more than on {date}");
    }
    Ok((text, bad))
}

fn status(bad: bool) -> ExitCode {
    if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
