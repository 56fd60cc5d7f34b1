//! `bench waiting`: how the cost of one wait grows with those who are silent.

use std::process::ExitCode;

use anyhow::Context;
use ch03_selectors::BACKENDS;
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;

use super::outputs::Outputs;
use super::{OfUsage, Outcome};
use crate::record::Plain;
use crate::waiting::{CROWDS, READY, ROUNDS, Row, WAITS, measure};

/// What distinguishes this kind of record.
const KIND: &str = "waiting";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- waiting
  cargo run --release -p bench -- waiting --json bench/runs/DATE-waiting.json

Exit status: 0, 1 when a selector failed, 2 for wrong arguments.";

/// What one wait costs: each selector, with 10 to 10000 silent descriptors, and 1 or 50 ready ones
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Waiting {
    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Serialize)]
struct Settings {
    silent: [usize; 4],
    ready: [usize; 2],
    rounds: usize,
    waits_per_round: usize,
}

impl Waiting {
    pub(super) fn run(&self) -> Outcome {
        self.outputs.check().of_usage()?;
        let descriptors =
            rlimit::increase_nofile_limit(rlimit::INFINITY).context("reading `ulimit -n`")?;
        let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
        let bar = ProgressBar::new(ROUNDS as u64);
        let rows = measure(BACKENDS, descriptors, || bar.inc(1)).context("waiting")?;
        bar.finish_and_clear();
        let settings =
            Settings { silent: CROWDS, ready: READY, rounds: ROUNDS, waits_per_round: WAITS };
        self.outputs.write(&Plain::new(KIND, settings, &rows), || report(&rows))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn report(rows: &[Row]) -> String {
    let mut text =
        format!("{:<14}{:>8}{:>14}{:>14}\n", "", "silent", "1 ready, µs", "50 ready, µs");
    for row in rows {
        let shown = |figure: Option<f64>| figure.map_or("-".to_owned(), |us| format!("{us:.1}"));
        let (one, fifty) = (shown(row.wait_one_us), shown(row.wait_fifty_us));
        let why = row.why.as_deref().unwrap_or_default();
        let line = format!("{:<14}{:>8}{one:>14}{fifty:>14}  {why}", row.model, row.connections);
        text += line.trim_end();
        text.push('\n');
    }
    format!("{text}\nOne wait, the median of {WAITS} in each of {ROUNDS} rounds.\n")
}
