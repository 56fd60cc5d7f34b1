//! What the comparisons share: how long, how often, and where the record goes; the run itself, from the
//! plan to the table.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use clap::builder::RangedI64ValueParser;
use indicatif::{ProgressBar, ProgressStyle};
use ladder::{Chapter, Protocol};

use super::{check_descriptors, check_folder, print, style, write};
use crate::catalogue::protocol_name;
use crate::measure::Case;
use crate::others::Since;
use crate::pinning::Pinning;
use crate::record::{Measured, Record, Status};
use crate::rounds::Plan;
use crate::script::Ask;
use crate::subject::{self, Subject};
use crate::table::{self, Layout};

/// What all slices may take together, unasked. Starting the servers and connecting thousands of
/// clients comes on top, and the whole should not need two minutes.
const BUDGET_MAX: Duration = Duration::from_secs(60);

/// When the last round should have ended, unasked: where others use the machine, all that comes on
/// top takes longer. Under two minutes, with a margin for a last round that is slower.
const DEADLINE: Duration = Duration::from_secs(105);

/// What a slice needs, unasked: a longer one shows no other median here. Few models are done soon.
const SLICE_ENOUGH: Duration = Duration::from_millis(400);

/// No generator on one core can send more in a second.
const RATE_MAX: i64 = 10_000_000;

/// Requests that are sent at once must fit into the buffers on the way, for their answers are read later.
const DEPTH_MAX: usize = 256;

/// How a comparison is run.
#[derive(Args, Debug)]
pub(super) struct Frame {
    /// Time under load for the whole run, shared by all its slices [default: 60, less for few]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    seconds: Option<Duration>,

    /// How often each row is measured; it shows the median
    #[arg(long, value_name = "N", default_value = "5")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// Also write the record of the run to this file
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,
}

/// Who is compared, by the instruments that speak one protocol.
#[derive(Args, Debug)]
pub(super) struct Models {
    /// Only these: names (epoll), full names (ch03/epoll), patterns ('ch03/*') or peers (c-epoll)
    #[arg(value_name = "MODELS")]
    models: Vec<String>,

    /// Also all peers that can be started here
    #[arg(long)]
    peers: bool,
}

impl Models {
    /// Those that speak `protocol`; an error here is one of the arguments. A peer that was not named and
    /// cannot be started is said to be absent.
    pub(super) fn choose(&self, chapters: &[Chapter], protocol: Protocol) -> Result<Vec<Subject>> {
        chosen(chapters, &self.models, self.peers, protocol)
    }
}

/// Those that `patterns` mean and that speak `protocol`, and with `peers` all peers that do.
pub(super) fn chosen(
    chapters: &[Chapter],
    patterns: &[String],
    peers: bool,
    protocol: Protocol,
) -> Result<Vec<Subject>> {
    let mut subjects = subject::choose(chapters, patterns)?;
    subjects.retain(|subject| subject.protocol() == protocol);
    for peer in subject::peers().filter(|peer| peers && peer.protocol() == protocol) {
        if subjects.iter().all(|subject| subject.name() != peer.name()) {
            match peer.prepare() {
                Ok(()) => subjects.push(peer),
                Err(why) => eprintln!("bench: {} is absent: {why:#}", peer.name()),
            }
        }
    }
    ensure!(!subjects.is_empty(), "none of these speaks {}", protocol_name(protocol));
    Ok(subjects)
}

/// What HTTP models are asked, and how many at once.
#[derive(Args, Debug)]
pub(super) struct Asked {
    /// What is asked for in HTTP: get for GET /, post for POST /echo with a message
    #[arg(long, value_name = "REQUESTS", value_delimiter = ',', default_value = "get")]
    #[arg(value_parser = ask)]
    request: Vec<Ask>,

    /// Requests that a client sends at once in HTTP, before the first answer (pipelining)
    #[arg(long, value_name = "COUNTS", value_delimiter = ',')]
    #[arg(value_parser = depth)]
    depth: Vec<usize>,
}

impl Asked {
    /// Each request with each depth, of which `unasked` are those where none was given.
    pub(super) fn each(&self, unasked: &[usize]) -> Vec<(Ask, usize)> {
        let depths = once(if self.depth.is_empty() { unasked } else { &self.depth });
        let of = |ask: Ask| depths.iter().map(move |depth| (ask, *depth));
        once(&self.request).into_iter().flat_map(of).collect()
    }
}

fn ask(text: &str) -> Result<Ask, String> {
    match text {
        "get" => Ok(Ask::Greeting),
        "post" => Ok(Ask::Echo),
        _ => Err("there are get and post".into()),
    }
}

fn depth(text: &str) -> Result<usize, String> {
    let depth: usize = text.parse().map_err(|error| format!("{error}"))?;
    if (1..=DEPTH_MAX).contains(&depth) {
        Ok(depth)
    } else {
        Err(format!("must be 1 to {DEPTH_MAX}"))
    }
}

/// Messages a second, on the command line.
pub(super) fn rates() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=RATE_MAX)
}

/// A number of clients, on the command line.
pub(super) fn clients(text: &str) -> Result<usize, String> {
    match text.parse::<u32>() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(count) => usize::try_from(count).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Each once, in the order in which they were asked for.
pub(super) fn once<T: Copy + PartialEq>(values: &[T]) -> Vec<T> {
    let mut each = Vec::new();
    for value in values {
        if !each.contains(value) {
            each.push(*value);
        }
    }
    each
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
        check_folder(self.json.as_deref())?;
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
        if let Some(path) = &self.json {
            // First: a run of a minute must not be lost to a closed terminal.
            write(path, &record.json()?)?;
        }
        print(&table::report(&record, layout, style()))?;
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

    #[test]
    fn no_client_is_no_number_of_clients() {
        assert_eq!(clients("50"), Ok(50));
        assert!(clients("0").is_err() && clients("x").is_err());
    }

    #[test]
    fn what_is_asked_for_twice_is_measured_once() {
        assert_eq!(once(&[50, 1, 50, 2, 1]), [50, 1, 2]);
    }
}
