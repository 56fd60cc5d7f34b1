//! A run as JSON: raw numbers, and with them all that is needed to run it again.
//!
//! The book's tables and plots read these files, so fields are added here and never renamed.

mod compared;

use std::fmt;

use serde::Serialize;

use crate::catalogue::protocol_name;
use crate::machine::{Machine, Versions};
use crate::measure::{Case, MESSAGE_BYTES};
use crate::pinning::Pinning;
use crate::rounds::{Cell, Outcome, Plan, median};
use crate::subject::Subject;

use compared::compare;
pub use compared::{Compared, Group};

/// Of the fields and what they mean. A reader refuses one that it does not know.
const SCHEMA: u32 = 1;

/// What every kind of record begins with.
#[derive(Debug, Serialize)]
pub struct Header {
    schema: u32,
    kind: &'static str,
    /// UTC, RFC 3339.
    date: String,
    /// What to type to run it again.
    command: String,
    /// Of the source, with `-dirty` when files differed from it.
    commit: Option<String>,
    versions: Versions,
    /// What it ran on.
    pub machine: Machine,
}

/// One run of the bench: subjects in rounds, of which each slice is an `S`.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Record<S: Measured> {
    /// When, by what, and where.
    #[serde(flatten)]
    pub header: Header,
    /// The share of all cores that other programs had during the run, where the system says.
    pub others_share: Option<f64>,
    /// What was asked for.
    pub settings: Settings,
    /// Every subject in every case.
    pub rows: Vec<Row<S>>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub struct Settings {
    /// Numbers of clients.
    pub connections: Vec<usize>,
    /// How many clients were connected beside those and said nothing, where that is one number.
    pub silent: Option<usize>,
    /// How often each row was to be measured; fewer times, where the time was up.
    pub rounds: usize,
    /// For how long each time, warm-up included.
    pub seconds_per_round: f64,
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Who ran where.
    pub pinning: String,
}

/// A record of rows that are measured in a way of their own.
#[derive(Debug, Serialize)]
pub struct Plain<'r, S, R> {
    /// When, by what, and where.
    #[serde(flatten)]
    pub header: Header,
    /// What was asked for.
    pub settings: S,
    /// What came out.
    pub rows: &'r [R],
}

impl<'r, S, R> Plain<'r, S, R> {
    /// The record of `rows`, which were measured just now.
    #[must_use]
    pub fn new(kind: &'static str, settings: S, rows: &'r [R]) -> Plain<'r, S, R> {
        Plain { header: Header::new(kind), settings, rows }
    }
}

/// A slice, and what a row of slices comes to.
pub trait Measured: fmt::Debug + Serialize + 'static {
    /// Medians over the rounds. Null, all of them, in a row without rounds.
    type Figures: Default + fmt::Debug + Serialize;

    /// What rows are compared by: processor time of the server, for each of what it did.
    fn cost(&self) -> f64;

    /// The figures of at least one round.
    fn figures(rounds: &[Self], subject: &Subject) -> Self::Figures
    where
        Self: Sized;
}

/// How a row came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It has figures.
    Measured,
    /// The model says itself that it cannot.
    Limit,
    /// It should have had figures.
    Failed,
}

/// One subject in one case: medians over the rounds.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Row<S: Measured> {
    /// Full name.
    pub model: String,
    /// What it speaks.
    pub protocol: &'static str,
    /// How many clients.
    pub connections: usize,
    /// How many beside those say nothing.
    pub silent: usize,
    /// Messages that are due in a second; null in a closed loop.
    pub rate: Option<u32>,
    /// What is asked for, in HTTP.
    pub request: Option<&'static str>,
    /// Messages that a client sends at once.
    pub depth: usize,
    /// How the row came about.
    pub status: Status,
    /// Why it has no figures.
    pub why: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub figures: S::Figures,
    /// How it compares with the others of its group.
    #[serde(flatten)]
    pub compared: Compared,
    /// Each round's own figures.
    pub rounds: Vec<S>,
}

impl Header {
    /// Of a record that is made now.
    #[must_use]
    pub fn new(kind: &'static str) -> Header {
        Header {
            schema: SCHEMA,
            kind,
            date: humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string(),
            command: command(),
            commit: crate::machine::commit(),
            versions: Versions::of_this_build(),
            machine: Machine::here(),
        }
    }
}

impl<S: Measured> Record<S> {
    /// The record of `cells`, which `plan` led to while other programs had the share `others`.
    #[must_use]
    pub fn new(
        kind: &'static str,
        plan: &Plan,
        pinning: Pinning,
        cells: Vec<Cell<S>>,
        others: Option<f64>,
    ) -> Record<S> {
        let mut connections: Vec<usize> = Vec::new();
        for case in &plan.cases {
            if !connections.contains(&case.connections) {
                connections.push(case.connections);
            }
        }
        let silent = plan.cases.first().map(|case| case.silent);
        let silent = silent.filter(|silent| plan.cases.iter().all(|case| case.silent == *silent));
        let mut rows: Vec<Row<S>> = cells.into_iter().map(Row::of).collect();
        compare(&mut rows);
        Record {
            header: Header::new(kind),
            others_share: others,
            settings: Settings {
                connections,
                silent,
                rounds: plan.rounds,
                seconds_per_round: plan.slice().as_secs_f64(),
                message_bytes: MESSAGE_BYTES,
                pinning: pinning.to_string(),
            },
            rows,
        }
    }

    /// As the book reads it.
    ///
    /// # Errors
    ///
    /// None that these fields could cause.
    pub fn json(&self) -> serde_json::Result<String> {
        json(self)
    }
}

/// A record as it is written: indented, with a line's end.
///
/// # Errors
///
/// None that plain fields could cause.
pub fn json(record: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string_pretty(record).map(|text| text + "\n")
}

/// How this run was asked for, through cargo.
fn command() -> String {
    let profile = if cfg!(debug_assertions) { "" } else { " --release" };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments =
        if arguments.is_empty() { String::new() } else { format!(" -- {}", arguments.join(" ")) };
    format!("cargo run{profile} -p bench{arguments}")
}

impl<S: Measured> Row<S> {
    fn of(cell: Cell<S>) -> Row<S> {
        let Cell { subject, case, outcome } = cell;
        let (status, why, rounds) = match outcome {
            Outcome::Measured(slices) => (Status::Measured, None, slices),
            Outcome::Limit(why) => (Status::Limit, Some(why), Vec::new()),
            Outcome::Failed(why) => (Status::Failed, Some(why), Vec::new()),
        };
        let none = rounds.is_empty();
        let figures = if none { S::Figures::default() } else { S::figures(&rounds, &subject) };
        let Case { connections, silent, rate, ask, depth } = case;
        let protocol = subject.protocol();
        Row {
            model: subject.name().to_owned(),
            protocol: protocol_name(protocol),
            connections,
            silent,
            rate,
            request: ask.name(protocol),
            depth,
            status,
            why,
            figures,
            compared: Compared::default(),
            rounds,
        }
    }

    /// How far the rounds lie apart in what the ratio is made of: half of the distance between the
    /// lowest and the highest cost, as a share of the median. One round says nothing about that.
    #[must_use]
    pub fn spread(&self) -> Option<f64> {
        if self.rounds.len() < 2 {
            return None;
        }
        let costs = || self.rounds.iter().map(Measured::cost);
        let (low, high) = (costs().min_by(f64::total_cmp)?, costs().max_by(f64::total_cmp)?);
        Some((high - low) / 2.0 / median(costs()))
    }
}
