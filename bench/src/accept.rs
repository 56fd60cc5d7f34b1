//! How a server takes a burst: many clients that come at once, say a message, and leave.
//!
//! Each connection costs an accept, what is set on it, a message and a close. Where a server is slow to
//! accept, the queue of its listener fills, and whoever comes then is not heard: its kernel asks again
//! after a second. So a burst tells what a rate does not.

mod burst;
mod layout;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use ladder::{Idle, usage};
use serde::Serialize;

use crate::measure::{BUSY_SHARE, Case, MESSAGE_BYTES, us_at};
use crate::pinning::Pinning;
use crate::record::Measured;
use crate::rounds::median;
use crate::script::Script;
use crate::subject::{Running, Subject};

use burst::Bursts;
pub use burst::LATE_AFTER;
pub use layout::LAYOUT;

/// Each connection leaves its port behind for a minute, on our side (TIME_WAIT); there are 28,000 of them,
/// for every server anew. Fewer make no slice too short.
const CONNECTIONS_MAX: usize = 16_000;

/// What one slice of bursts measured.
#[derive(Clone, Debug, Serialize)]
pub struct Slice {
    /// Clients that were served in a second, while a burst lasted: the median of the bursts.
    pub connections_per_second: f64,
    /// Half of the clients had their answer so soon after they began to connect, ms.
    pub p50_ms: f64,
    /// 99 % of them.
    pub p99_ms: f64,
    /// When the last client of a burst had its answer, the median of the bursts, ms.
    pub last_ms: f64,
    /// Processor time of the server's process, user and system, for a connection from accept to close.
    pub cpu_us_per_connection: f64,
    /// Clients that were served later than [`LATE_AFTER`]: their first SYN was dropped.
    pub late: u64,
    /// Clients that were not served, or not closed.
    pub failed: u64,
    /// The first reason for that.
    pub why: Option<String>,
    /// Processor time of the load's thread, as a share of the wall's.
    pub client_share: f64,
    /// The same for the server's process.
    pub server_share: f64,
    /// Bursts.
    pub bursts: usize,
}

/// Medians over the rounds, and sums of what went wrong. See [`Slice`].
#[derive(Debug, Default, Serialize)]
#[expect(missing_docs, reason = "the fields are those of `Slice`")]
pub struct Figures {
    pub connections_per_second: Option<f64>,
    pub p50_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub last_ms: Option<f64>,
    pub cpu_us_per_connection: Option<f64>,
    pub late: Option<u64>,
    pub failed: Option<u64>,
    pub client_share: Option<f64>,
    pub server_share: Option<f64>,
    /// Whether the load was what held the rate back, in most rounds.
    pub client_bound: Option<bool>,
}

/// Runs bursts of `case.connections` clients for about `time`, one at least, after one that does not count.
///
/// # Errors
///
/// When the server cannot be started or dies, or this process cannot make so many connections.
pub fn slice(subject: &Subject, case: Case, time: Duration, pinning: Pinning) -> Result<Slice> {
    let mut server = subject.start(pinning)?;
    let script = Script::echo(subject.protocol());
    let outcome = bursts(&mut server, script, case.connections, time);
    let (slice, heard) = outcome.map_err(|error| match server.ended() {
        None => error,
        Some(ended) => ended.context(error.to_string()),
    })?;
    let said = server.stop()?;
    // Who was given up may have been answered a moment later.
    if let (Some(said), Some(heard)) = (said.filter(|_| !subject.is_peer()), heard) {
        let back = heard * MESSAGE_BYTES as u64;
        ensure!(said == back, "the server says it echoed {said} bytes, {back} came back");
    }
    Ok(slice)
}

/// The slice, and how many clients were served in all, if all were.
fn bursts(
    server: &mut Running,
    script: Script,
    size: usize,
    time: Duration,
) -> Result<(Slice, Option<u64>)> {
    // Threads' stacks and tables grow in the first one.
    let mut first = Bursts::new(script)?;
    first.run(server.addr(), size)?;
    let mut bursts = Bursts::new(script)?;
    let (used, own) = (server.cpu()?, usage::cpu_of_this_thread());
    let start = Instant::now();
    let mut took: Vec<f64> = Vec::new();
    while took.is_empty() || (start.elapsed() < time && (took.len() + 2) * size <= CONNECTIONS_MAX)
    {
        took.push(bursts.run(server.addr(), size)?.as_secs_f64());
    }
    let wall = start.elapsed().as_secs_f64();
    let own = usage::cpu_of_this_thread().saturating_sub(own).as_secs_f64();
    let used = server.cpu()?.saturating_sub(used).as_secs_f64();
    let last = median(took.iter().copied());
    let why = bursts.why.or(first.why);
    let nobody = bursts.latency.is_empty();
    ensure!(!nobody, "nobody was served: {}", why.unwrap_or_default());
    let slice = Slice {
        connections_per_second: size as f64 / last,
        p50_ms: us_at(&bursts.latency, 0.5) / 1e3,
        p99_ms: us_at(&bursts.latency, 0.99) / 1e3,
        last_ms: last * 1e3,
        cpu_us_per_connection: used * 1e6 / (took.len() * size) as f64,
        late: bursts.late,
        failed: bursts.failed,
        why,
        client_share: own / wall,
        server_share: used / wall,
        bursts: took.len(),
    };
    let heard = first.latency.len() + bursts.latency.len();
    Ok((slice, (first.failed + bursts.failed == 0).then_some(heard)))
}

impl Slice {
    fn client_bound(&self, idle: Idle) -> bool {
        let server_busy = self.server_share >= BUSY_SHARE && idle != Idle::Burns;
        self.client_share >= BUSY_SHARE && !server_busy
    }
}

impl Measured for Slice {
    type Figures = Figures;

    fn cost(&self) -> f64 {
        self.cpu_us_per_connection
    }

    fn figures(slices: &[Slice], subject: &Subject) -> Figures {
        let of = |field: fn(&Slice) -> f64| Some(median(slices.iter().map(field)));
        let bound = |slice: &&Slice| slice.client_bound(subject.idle());
        Figures {
            connections_per_second: of(|slice| slice.connections_per_second),
            p50_ms: of(|slice| slice.p50_ms),
            p99_ms: of(|slice| slice.p99_ms),
            last_ms: of(|slice| slice.last_ms),
            cpu_us_per_connection: of(|slice| slice.cpu_us_per_connection),
            late: Some(slices.iter().map(|slice| slice.late).sum()),
            failed: Some(slices.iter().map(|slice| slice.failed).sum()),
            client_share: of(|slice| slice.client_share),
            server_share: of(|slice| slice.server_share),
            client_bound: Some(slices.iter().filter(bound).count() * 2 > slices.len()),
        }
    }
}
