//! A run as JSON: raw numbers, and with them all that is needed to run it again.
//!
//! The book's tables and plots read these files, so fields are added here and never renamed.

use serde::Serialize;

use crate::catalogue::protocol_name;
use crate::machine::{Machine, Versions};
use crate::measure::{MESSAGE_BYTES, Slice};
use crate::pinning::Pinning;
use crate::rounds::{Cell, Outcome, Plan, median};

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

/// One run of the bench.
#[derive(Debug, Serialize)]
pub struct Record {
    /// When, by what, and where.
    #[serde(flatten)]
    pub header: Header,
    /// The share of all cores that other programs had during the run, where the system says.
    pub others_share: Option<f64>,
    /// What was asked for.
    pub settings: Settings,
    /// Every model with every number of clients.
    pub rows: Vec<Row>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub struct Settings {
    /// Numbers of clients.
    pub connections: Vec<usize>,
    /// How many clients were connected beside those and said nothing.
    pub silent: usize,
    /// How often each row was to be measured; fewer times, where the time was up.
    pub rounds: usize,
    /// For how long each time, warm-up included.
    pub seconds_per_round: f64,
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Who ran where.
    pub pinning: String,
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

/// One model with one number of clients: medians over the rounds.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Full name.
    pub model: String,
    /// What it speaks.
    pub protocol: &'static str,
    /// How many clients.
    pub connections: usize,
    /// How the row came about.
    pub status: Status,
    /// Why it has no figures.
    pub why: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
    /// Each round's own figures.
    pub rounds: Vec<Slice>,
}

/// Null, all of them, in a row without figures. See [`Slice`] for what they are.
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Slice`")]
pub struct Figures {
    pub messages_per_second: Option<f64>,
    pub p50_us: Option<f64>,
    pub p99_us: Option<f64>,
    pub cpu_us_per_message: Option<f64>,
    pub kib_per_connection: Option<f64>,
    /// Processor time a message over the lowest of the same protocol and number of clients.
    pub ratio: Option<f64>,
    pub client_share: Option<f64>,
    pub server_share: Option<f64>,
    /// Whether the load was what held the rate back, in most rounds.
    pub client_bound: Option<bool>,
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

impl Record {
    /// The record of `cells`, which `plan` led to while other programs had the share `others`.
    #[must_use]
    pub fn new(plan: &Plan, pinning: Pinning, cells: Vec<Cell>, others: Option<f64>) -> Record {
        let mut rows: Vec<Row> = cells.into_iter().map(row).collect();
        set_ratios(&mut rows);
        Record {
            header: Header::new("ladder"),
            others_share: others,
            settings: Settings {
                connections: plan.connections.clone(),
                silent: plan.silent,
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
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

/// How this run was asked for, through cargo.
fn command() -> String {
    let profile = if cfg!(debug_assertions) { "" } else { " --release" };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments =
        if arguments.is_empty() { String::new() } else { format!(" -- {}", arguments.join(" ")) };
    format!("cargo run{profile} -p bench{arguments}")
}

fn row(cell: Cell) -> Row {
    let Cell { entry, connections, outcome } = cell;
    let (status, why, rounds) = match outcome {
        Outcome::Measured(slices) => (Status::Measured, None, slices),
        Outcome::Limit(why) => (Status::Limit, Some(why), Vec::new()),
        Outcome::Failed(why) => (Status::Failed, Some(why), Vec::new()),
    };
    let bound = rounds.iter().filter(|slice| slice.client_bound(entry.model.limits.idle)).count();
    let mut figures = figures(&rounds);
    figures.client_bound = (!rounds.is_empty()).then_some(bound * 2 > rounds.len());
    Row {
        model: entry.path,
        protocol: protocol_name(entry.chapter.protocol),
        connections,
        status,
        why,
        figures,
        rounds,
    }
}

fn figures(slices: &[Slice]) -> Figures {
    if slices.is_empty() {
        return Figures::default();
    }
    let of = |field: fn(&Slice) -> f64| Some(median(slices.iter().map(field)));
    let memory: Option<Vec<f64>> = slices.iter().map(|slice| slice.kib_per_connection).collect();
    Figures {
        messages_per_second: of(|slice| slice.messages_per_second),
        p50_us: of(|slice| slice.p50_us),
        p99_us: of(|slice| slice.p99_us),
        cpu_us_per_message: of(|slice| slice.cpu_us_per_message),
        kib_per_connection: memory.map(median),
        ratio: None,
        client_share: of(|slice| slice.client_share),
        server_share: of(|slice| slice.server_share),
        client_bound: None,
    }
}

fn set_ratios(rows: &mut [Row]) {
    let group = |row: &Row| (row.protocol, row.connections);
    let costs: Vec<_> =
        rows.iter().filter_map(|r| Some((group(r), r.figures.cpu_us_per_message?))).collect();
    for row in rows {
        let peers = costs.iter().filter(|(of, _)| *of == group(row)).map(|(_, cost)| *cost);
        let lowest = peers.min_by(f64::total_cmp);
        let cost = row.figures.cpu_us_per_message;
        row.figures.ratio = cost.zip(lowest).map(|(cost, lowest)| cost / lowest);
    }
}

impl Row {
    /// How far the rounds lie apart in what the ratio is made of: half of the distance between the
    /// lowest and the highest processor time a message, as a share of the median. One round says
    /// nothing about that.
    #[must_use]
    pub fn spread(&self) -> Option<f64> {
        if self.rounds.len() < 2 {
            return None;
        }
        let costs = || self.rounds.iter().map(|slice| slice.cpu_us_per_message);
        let (low, high) = (costs().min_by(f64::total_cmp)?, costs().max_by(f64::total_cmp)?);
        Some((high - low) / 2.0 / self.figures.cpu_us_per_message?)
    }
}
