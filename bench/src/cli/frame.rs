//! What the comparisons share: how long, how often, and where the record goes; the run itself, from the
//! plan to the table.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::outputs::Outputs;
use super::{check_descriptors, style};
use crate::measure::Case;
use crate::others::Since;
use crate::pinning::Pinning;
use crate::record::{Measured, Record, Status};
use crate::rounds::Plan;
use crate::subject::Subject;
use crate::table::{self, Layout};

/// What all slices may take together, unasked. Starting the servers and connecting thousands of
/// clients comes on top, and the whole should not need two minutes.
const BUDGET_MAX: Duration = Duration::from_secs(60);

/// When the last round should have ended, unasked: where others use the machine, all that comes on
/// top takes longer. Under two minutes, with a margin for a last round that is slower.
const DEADLINE: Duration = Duration::from_secs(105);

/// What a slice needs, unasked: a longer one shows no other median here. Few models are done soon.
const SLICE_ENOUGH: Duration = Duration::from_millis(400);

/// How a comparison is run.
#[derive(Args, Clone, Debug)]
pub(super) struct Frame {
    /// Time under load for the whole run, shared by all its slices [default: 60, less for few]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    seconds: Option<Duration>,

    /// How often each row is measured; it shows the median. Without --seconds, less often if it would take too long
    #[arg(long, value_name = "N", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    #[command(flatten)]
    pub(super) outputs: Outputs,
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

impl Frame {
    /// The plan of `subjects` in `cases`; an error here is one of the arguments.
    pub(super) fn plan(&self, subjects: Vec<Subject>, cases: Vec<Case>) -> Result<Plan> {
        for case in &cases {
            check_descriptors(&[case.connections], case.silent)?;
        }
        self.outputs.check()?;
        let rounds = usize::try_from(self.rounds)?;
        let deadline = self.seconds.is_none().then_some(DEADLINE);
        let mut plan = Plan { subjects, cases, rounds, budget: BUDGET_MAX, deadline };
        let enough = SLICE_ENOUGH.saturating_mul(u32::try_from(plan.slices())?);
        plan.budget = self.seconds.unwrap_or(BUDGET_MAX.min(enough));
        Ok(plan)
    }

    /// Runs `plan`, of which `measure` makes each slice; writes the record, and shows the table.
    pub(super) fn run<S: Measured>(
        &self,
        kind: &'static str,
        plan: &Plan,
        layout: &Layout<S>,
        measure: impl Fn(&Subject, Case, Duration, Pinning) -> Result<S>,
    ) -> Result<ExitCode> {
        if cfg!(debug_assertions) {
            eprintln!("bench: not optimised; figures mean something with cargo run --release");
        }
        let pinning = Pinning::apply();
        let since = Since::now();
        let bar = progress_bar(plan.slices());
        let cells = plan.run(
            |subject, case, time| measure(subject, case, time, pinning),
            |done, subject, case| {
                bar.set_position(done as u64);
                bar.set_message(format!("{} × {}", subject.name(), case.clients()));
            },
        );
        bar.finish_and_clear();
        let record = Record::new(kind, plan, pinning, cells, since.share());
        self.outputs.write(&record, || table::report(&record, layout, style()))?;
        let failed = record.rows.iter().any(|row| row.status == Status::Failed);
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
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
