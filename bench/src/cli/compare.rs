//! `bench compare`: what changed between two records.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use super::outputs::Outputs;
use super::{OfUsage, Outcome};
use crate::compare::{Comparison, report};
use crate::recorded::{Recorded, find};

const EXAMPLES: &str = "\
Examples:
  cargo run --release -p bench -- compare 2026-11-21-ladder 2026-11-25-ladder
  cargo run --release -p bench -- compare before.json after.json --fail-on-worse
  cargo run --release -p bench -- compare before.json after.json --all --markdown -

RECORD is a file, or the name of one in bench/runs. Judged is what was counted (instructions, system calls),
memory, and processor time, which is taken relative to the others of its case: a machine that is slower today
changes no model. Rates and latencies are shown by --all, and never judged.

Records of different machines get no verdict on what depends on the machine: no time, and no ratio of times.
Counts and memory are judged, unless the system or the architecture differs, too.

Exit status: 0, 1 with --fail-on-worse when a figure got worse beyond the spread, 2 for wrong arguments,
records that cannot be compared, or --fail-on-worse where no figure of theirs can be judged.";

/// What changed between two records of one kind
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Compare {
    /// The first record
    #[arg(value_name = "RECORD")]
    then: PathBuf,

    /// The second
    #[arg(value_name = "RECORD")]
    now: PathBuf,

    /// Show all figures, and not only those that changed beyond the spread
    #[arg(long)]
    all: bool,

    /// End with status 1 where one got worse
    #[arg(long)]
    fail_on_worse: bool,

    #[command(flatten)]
    outputs: Outputs,
}

impl Compare {
    pub(super) fn run(&self) -> Outcome {
        self.outputs.check().of_usage()?;
        let read =
            |named: &Path| find(named, &super::runs()).and_then(|path| Recorded::read(&path));
        let (then, now) = (read(&self.then).of_usage()?, read(&self.now).of_usage()?);
        let comparison = Comparison::of(&then, &now).of_usage()?;
        self.outputs.write(&comparison, || report(&comparison, self.all))?;
        if self.fail_on_worse && !comparison.judged_any() {
            // A gate must not pass because nobody looked.
            return Err(anyhow!("no figure could be judged")).of_usage();
        }
        let bad = self.fail_on_worse && comparison.got_worse();
        Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}
