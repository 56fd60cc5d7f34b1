//! `bench goals`: what the servers are meant to reach, and whether they do.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;

use super::outputs::{Outputs, kept_folder};
use super::{OfUsage, Outcome, runs};
use crate::catalogue::meant;
use crate::goals::{GOALS, Goal, Instrument, Row, State, judge, report};
use crate::record::Plain;
use crate::recorded::{Recorded, all_in, find};

/// What distinguishes this kind of record.
const KIND: &str = "goals";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- goals                            all of them, in some minutes
  cargo run --release -p bench -- goals 'runtime/*' echo/calls
  cargo run --release -p bench -- goals --from                     by what is recorded in bench/runs
  cargo run --release -p bench -- goals --from 2026-11-25-ratio,mine.json
  cargo run --release -p bench -- goals --json bench/runs/DATE-goals.json --html goals.html
  cargo run --release -p bench -- goals --list                     which there are

What a goal needs is measured by the other instruments, whose records are kept in bench-last/ of cargo's folder. A peer
that is absent is left out, and said to be; a goal that has no peer left was not measured. Of several cases, and
of several models of ours, the worst decides.

Exit status: 0, 1 when a goal is missed or an instrument failed, 2 for wrong arguments.";

/// Goals: what was measured, and whether they are met
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Goals {
    /// Only these: names (spawn), full names (runtime/spawn) or patterns ('runtime/*')
    #[arg(value_name = "GOALS")]
    names: Vec<String>,

    /// Run nothing, and hold them against these records, the first that has what is needed; without a record
    /// against all in bench/runs, the newest first
    #[arg(long, value_name = "RECORDS", value_delimiter = ',', num_args = 0..=1)]
    from: Option<Vec<PathBuf>>,

    /// As of `bench ratio`: drop a cycle in which other programs had more of the cores than this
    #[arg(long, value_name = "PERCENT", default_value = "10")]
    #[arg(value_parser = clap::value_parser!(u32).range(0..=100))]
    others: u32,

    /// List the goals, and measure nothing
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Serialize)]
struct Settings {
    /// What the instruments were told, in the order of their runs.
    runs: Vec<String>,
    /// Where nothing was run: what was read.
    records: Vec<String>,
}

impl Goals {
    pub(super) fn run(&self) -> Outcome {
        let goals = self.chosen().of_usage()?;
        self.outputs.check().of_usage()?;
        if self.list {
            let lines = goals.iter().map(|goal| {
                let Goal { name, what, must, aim, .. } = goal;
                format!("{name:<20}≤ {must:.2}, aim ≤ {aim:.2}: {what}\n")
            });
            super::print(&lines.collect::<String>())?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut runs = BTreeMap::new();
        let records = match self.recorded().of_usage()? {
            Some(records) => records,
            None => self.measure(&goals, &mut runs)?,
        };
        let mut rows: Vec<Row> = goals.iter().map(|goal| judge(goal, &records)).collect();
        for (goal, row) in goals.iter().zip(&mut rows) {
            let failed = runs.get(&goal.instrument());
            if let (State::Unknown, Some(Some(failed))) = (row.state, failed) {
                row.why = Some(String::clone(failed));
            }
        }
        let settings = Settings {
            runs: runs.keys().map(|run| run.arguments().join(" ")).collect(),
            records: self.from.iter().flat_map(|_| &records).map(|r| r.name.clone()).collect(),
        };
        self.outputs.write(&Plain::new(KIND, settings, &rows), || report(&rows))?;
        let missed = rows.iter().any(|row| row.state == State::Missed);
        let failed = runs.values().any(Option::is_some);
        Ok(if missed || failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn chosen(&self) -> Result<Vec<&'static Goal>> {
        for pattern in &self.names {
            let names: Vec<&str> = GOALS.iter().map(|goal| goal.name).collect();
            let known = names.iter().any(|name| meant(pattern, name));
            ensure!(known, "no goal is called '{pattern}'; there are: {}", names.join(", "));
        }
        let asked = |goal: &&Goal| self.names.iter().any(|pattern| meant(pattern, goal.name));
        Ok(GOALS.iter().filter(|goal| self.names.is_empty() || asked(goal)).collect())
    }

    /// The records that were asked for, if nothing is to be run.
    fn recorded(&self) -> Result<Option<Vec<Recorded>>> {
        match self.from.as_deref() {
            None => Ok(None),
            Some([]) => all_in(&runs()).map(Some),
            Some(named) => {
                let read = |named: &PathBuf| Recorded::read(&find(named, &runs())?);
                named.iter().map(read).collect::<Result<_>>().map(Some)
            }
        }
    }

    /// Runs what `goals` need, each instrument once. `runs` gets what was run, and why it failed if it did.
    fn measure(
        &self,
        goals: &[&Goal],
        runs: &mut BTreeMap<Instrument, Option<String>>,
    ) -> Result<Vec<Recorded>> {
        let folder = kept_folder()?;
        let mut records = Vec::new();
        for instrument in goals.iter().map(|goal| goal.instrument()) {
            if runs.contains_key(&instrument) {
                continue;
            }
            eprintln!("bench: {}", instrument.arguments().join(" "));
            let record = folder.join(format!("goals-{}.json", instrument.name()));
            let failed = self.run_one(instrument, &record)?;
            if record.is_file() {
                records.push(Recorded::read(&record)?);
            }
            runs.insert(instrument, failed);
        }
        Ok(records)
    }

    /// Runs an instrument in a process of its own, as if it had been typed: so its record says how it is made
    /// again.
    fn run_one(&self, instrument: Instrument, record: &Path) -> Result<Option<String>> {
        if record.is_file() {
            // What was measured another day must not be taken for today's.
            fs::remove_file(record).with_context(|| format!("removing {}", record.display()))?;
        }
        let mut bench = Command::new(env::current_exe().context("finding this program")?);
        bench.args(instrument.arguments()).arg("--json").arg(record).stdout(Stdio::null());
        if instrument.arguments().first() == Some(&"ratio") {
            bench.args(["--others", &self.others.to_string()]);
        }
        let status = bench.status().context("starting an instrument")?;
        let name = instrument.arguments().first().copied().unwrap_or_default();
        Ok((!status.success()).then(|| format!("bench {name} failed ({status})")))
    }
}
