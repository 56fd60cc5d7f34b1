//! `bench operations`: what single operations cost, ours beside those of others.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use serde::Serialize;

use super::outputs::Outputs;
use super::{OfUsage, Outcome};
use crate::operations::{Chosen, Operation, Row, all, measure};
use crate::pinning::Pinning;
use crate::record::Plain;

/// What distinguishes this kind of record.
const KIND: &str = "operations";

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- operations
  cargo run --release -p bench -- operations spawn timer           those whose names begin so
  cargo run --release -p bench -- operations 'a '                  a request's way through HTTP
  cargo run --release -p bench -- operations 'a download' --peers  a client that waits for many answers
  cargo run --release -p bench -- operations --json bench/runs/DATE-operations.json
  cargo bench -p bench --bench operations                          the same by criterion

Exit status: 0, 2 for wrong arguments.";

/// What single operations cost: of a runtime, ours beside tokio and smol; of HTTP, beside httparse, hyper and hyper-util
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Operations {
    /// Only those whose names begin like one of these
    #[arg(value_name = "OPERATIONS")]
    names: Vec<String>,

    /// How often each is measured, in turns; the median is shown
    #[arg(long, value_name = "N", default_value = "15")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Also the HTTP clients of others that are installed here, or can be built
    #[arg(long)]
    peers: bool,

    #[command(flatten)]
    outputs: Outputs,
}

#[derive(Serialize)]
struct Settings {
    rounds: u32,
    pinning: String,
}

impl Operations {
    pub(super) fn run(&self) -> Outcome {
        let operations = self.chosen().of_usage()?;
        self.outputs.check().of_usage()?;
        if cfg!(debug_assertions) {
            eprintln!("bench: not optimised; figures mean something with cargo run --release");
        }
        // Nothing is pinned: a wake from another thread is one from another core.
        let settings = Settings { rounds: self.rounds, pinning: Pinning::None.to_string() };
        let bar = ProgressBar::new(u64::from(self.rounds));
        let rounds = usize::try_from(self.rounds).context("a number of rounds")?;
        let absent = |name: &str, why| eprintln!("bench: {name} is absent: {why:#}");
        let chosen = |operation: &Operation| {
            if self.peers { operation.with_peers(absent) } else { operation.alone() }
        };
        let operations: Vec<Chosen> = operations.iter().map(chosen).collect();
        let rows = measure(&operations, rounds, || bar.inc(1));
        bar.finish_and_clear();
        self.outputs.write(&Plain::new(KIND, settings, &rows), || report(&rows))?;
        Ok(ExitCode::SUCCESS)
    }

    fn chosen(&self) -> Result<Vec<Operation>> {
        let begins = |operation: &Operation, with: &String| operation.name.starts_with(with);
        for wanted in &self.names {
            if !all().any(|operation| begins(&operation, wanted)) {
                let names: Vec<&str> = all().map(|operation| operation.name).collect();
                bail!("no operation begins with '{wanted}'; there are: {}", names.join(", "));
            }
        }
        let chosen = |operation: &Operation| {
            let any = self.names.iter().any(|wanted| begins(operation, wanted));
            self.names.is_empty() || any
        };
        Ok(all().filter(chosen).collect())
    }
}

fn report(rows: &[Row]) -> String {
    let mut text = format!(
        "{:<32}{:<10}{:>10}{:>12}{:>20}{:>8}  =\n",
        "", "", "ns", "cpu ns", "19 times of 20", "ratio"
    );
    let mut operation = "";
    for row in rows {
        let name = if row.operation == operation { "" } else { row.operation };
        operation = row.operation;
        let between = format!("{:.0} to {:.0}", row.low, row.high);
        let ratio = row.compared.ratio.unwrap_or(f64::NAN);
        let letters = row.compared.letters.as_deref().unwrap_or_default();
        let (by, ns, cpu) = (row.by, row.ns, row.cpu_ns);
        let line =
            format!("{name:<32}{by:<10}{ns:>10.0}{cpu:>12.0}{between:>20}{ratio:>8.2}  {letters}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text + "\nns: one operation by the clock; cpu ns: in processor time of all threads, which the interval, the ratio\n\
     to the least and the letters are about. Rows of an operation that share a letter are equal.\n"
}
