//! The comparison of all models: what `bench` does when nothing else is asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use ladder::Chapter;

use super::{OfUsage, Outcome, check_descriptors, check_folder, print, style, write};
use crate::catalogue::{self, Entry};
use crate::others::Since;
use crate::pinning::Pinning;
use crate::record::{Record, Status};
use crate::rounds::Plan;
use crate::table;

/// What all slices may take together, unasked. Starting the servers and connecting thousands of
/// clients comes on top, and the whole should not need two minutes.
const BUDGET_MAX: Duration = Duration::from_secs(60);

/// When the last round should have ended, unasked: where others use the machine, all that comes on
/// top takes longer. Under two minutes, with a margin for a last round that is slower.
const DEADLINE: Duration = Duration::from_secs(105);

/// What a slice needs, unasked: a longer one shows no other median here. Few models are done soon.
const SLICE_ENOUGH: Duration = Duration::from_millis(400);

pub(super) const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench                                    all of it, under two minutes
  cargo run --release -p bench -- --models epoll,tokio            two of them
  cargo run --release -p bench -- --models 'ch03/*' --connections 1000
  cargo run --release -p bench -- --connections 50 --silent 8000  a crowd that says nothing
  cargo run --release -p bench -- --seconds 5 --rounds 1          a quick look
  cargo run --release -p bench -- --json bench/runs/today.json    keep the numbers
  cargo run --release -p bench -- --list                          what there is to measure
  cargo run --release -p bench -- syscalls --models epoll         what the kernel is asked

Exit status: 0, 1 when a model failed (its row says why, the others stand), 2 for wrong arguments.";

/// The comparison of all models.
#[derive(Args, Debug)]
pub(super) struct Ladder {
    /// Only these: names (epoll), full names (ch03/epoll) or patterns ('ch03/*')
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    models: Vec<String>,

    /// Numbers of clients
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_value = "1,50,1000")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    connections: Vec<u32>,

    /// Clients that are connected beside those, and say nothing
    #[arg(long, value_name = "COUNT", default_value = "0")]
    silent: u32,

    /// Time under load for the whole run, shared by all its slices [default: 60, less for few]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    seconds: Option<Duration>,

    /// How often each row is measured; it shows the median
    #[arg(long, value_name = "N", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Also write the record of the run to this file; with --list, the catalogue
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// List the models, and measure nothing
    #[arg(long)]
    list: bool,

    /// With --list: print the README's table, or put it into FILE between its markers
    #[arg(long, value_name = "FILE", requires = "list", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "clap's form of an option whose value is optional")]
    markdown: Option<Option<PathBuf>>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|error| format!("{error}"))?;
    // A day is a typing error; more than that would overflow sums of such times.
    if seconds > 0.0 && seconds <= 86_400.0 {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must be more than 0 and at most 86400".into())
    }
}

impl Ladder {
    pub(super) fn run(&self, chapters: &[Chapter]) -> Outcome {
        let plan = self.plan(chapters).of_usage()?;
        if self.list {
            list(self, &plan.entries)?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(measure(&plan, self.json.as_deref())?)
    }

    /// What was asked for; an error here is one of the arguments.
    fn plan(&self, chapters: &[Chapter]) -> Result<Plan> {
        let entries = catalogue::choose(catalogue::entries(chapters), &self.models)?;
        let mut connections = Vec::new();
        for &count in &self.connections {
            let count = usize::try_from(count)?;
            if !connections.contains(&count) {
                connections.push(count);
            }
        }
        let silent = usize::try_from(self.silent)?;
        if !self.list {
            check_descriptors(&connections, silent)?;
        }
        check_folder(self.json.as_deref())?;
        let rounds = usize::try_from(self.rounds)?;
        let deadline = self.seconds.is_none().then_some(DEADLINE);
        let mut plan = Plan { entries, connections, silent, rounds, budget: BUDGET_MAX, deadline };
        let enough = SLICE_ENOUGH.saturating_mul(u32::try_from(plan.slices())?);
        plan.budget = self.seconds.unwrap_or(BUDGET_MAX.min(enough));
        Ok(plan)
    }
}

fn list(ladder: &Ladder, entries: &[Entry]) -> Result<()> {
    if let Some(path) = &ladder.json {
        write(path, &catalogue::json(&catalogue::documented(entries.to_vec()))?)?;
    }
    match &ladder.markdown {
        Some(Some(path)) => {
            let doing = || format!("putting the table into {}", path.display());
            let page = fs::read_to_string(path).with_context(doing)?;
            let table = catalogue::markdown(&catalogue::documented(entries.to_vec()));
            let page = catalogue::put_table(&page, &table);
            write(path, &page.with_context(doing)?)?;
        }
        Some(None) => print(&catalogue::markdown(&catalogue::documented(entries.to_vec())))?,
        None if ladder.json.is_none() => print(&catalogue::text(entries))?,
        None => {}
    }
    Ok(())
}

fn measure(plan: &Plan, json: Option<&Path>) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        eprintln!("bench: not optimised; figures mean something with cargo run --release");
    }
    let pinning = Pinning::apply();
    let since = Since::now();
    let bar = progress_bar(plan.slices());
    let cells = plan.run(pinning, |done, entry, connections| {
        bar.set_position(done as u64);
        bar.set_message(format!("{} × {connections}", entry.path));
    });
    bar.finish_and_clear();
    let record = Record::new(plan, pinning, cells, since.share());
    if let Some(path) = json {
        // First: a run of a minute must not be lost to a closed terminal.
        write(path, &record.json()?)?;
    }
    print(&table::report(&record, style()))?;
    let failed = record.rows.iter().any(|row| row.status == Status::Failed);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// On standard error, and only where that is a terminal: indicatif looks.
fn progress_bar(slices: usize) -> ProgressBar {
    let template = "{bar:30} {pos}/{len}  {elapsed} of about {duration}  {msg}";
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::new(slices as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_mean_nothing_are_refused() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "inf", "x", "1e9"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
