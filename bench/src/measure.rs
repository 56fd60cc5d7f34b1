//! One slice: a fresh server of one subject, under load for a moment.

mod figures;
mod open;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ladder::{Idle, Protocol, usage};
use serde::Serialize;

use crate::load::{Load, Sample, Schedule};
use crate::pinning::Pinning;
use crate::script::{Ask, Script};
use crate::subject::{Running, Subject};

pub use figures::Figures;
pub use open::{Late, Open};

/// Bytes of a message. Small, so that what is compared is waiting and not copying.
pub const MESSAGE_BYTES: usize = 64;

/// The part of a slice that goes before and is not counted: caches, the scheduler's opinion of the
/// two processes and the server's buffers settle in it.
const WARM_UP_SHARE: f64 = 0.2;

/// Whoever uses this much of its core has no more to give; the rest is the measuring itself.
pub(crate) const BUSY_SHARE: f64 = 0.95;

/// With fewer clients the pages that any one of them needs first are all that could be seen.
const MEMORY_CLIENTS_MIN: usize = 10;

/// Under what a subject is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Clients that exchange messages.
    pub connections: usize,
    /// Clients that exchange one message and are silent from then on.
    pub silent: usize,
    /// Messages that are due in a second, all clients together; `None` is the closed loop, in which
    /// each client sends its next message when it has the answer to the last.
    pub rate: Option<u32>,
    /// What is asked for.
    pub ask: Ask,
    /// Messages that a client sends at once.
    pub depth: usize,
}

impl Case {
    /// So many clients in a closed loop, and nobody else.
    #[must_use]
    pub fn closed(connections: usize) -> Case {
        Case { connections, silent: 0, rate: None, ask: Ask::Echo, depth: 1 }
    }

    /// All that are connected.
    #[must_use]
    pub fn clients(self) -> usize {
        self.connections + self.silent
    }

    /// What its clients say to a server that speaks `protocol`.
    #[must_use]
    pub fn script(self, protocol: Protocol) -> Script {
        Script { ask: self.ask, depth: self.depth, ..Script::echo(protocol) }
    }
}

/// What one slice measured.
#[derive(Clone, Debug, Serialize)]
pub struct Slice {
    /// Whole messages that came back, in a second.
    pub messages_per_second: f64,
    /// Half of the round trips took no longer.
    pub p50_us: f64,
    /// 99 % of the round trips took no longer.
    pub p99_us: f64,
    /// Processor time of the server's process, user and system.
    pub cpu_us_per_message: f64,
    /// Memory of the server's process that each client after the first one added.
    pub kib_per_connection: Option<f64>,
    /// Processor time of the load's thread, as a share of the wall's.
    pub client_share: f64,
    /// The same for the server's process.
    pub server_share: f64,
    /// Messages that were counted.
    pub messages: u64,
    /// For how long.
    pub wall_s: f64,
    /// What only an open loop has.
    #[serde(flatten)]
    pub open: Option<Open>,
}

impl Slice {
    /// Whether the load was what held the rate back: it had no time left, and the server did. A
    /// server that burns its core anyway shows nothing by being busy. An open loop watches the clock
    /// without a pause, so there it is known by what it had left.
    #[must_use]
    pub fn client_bound(&self, idle: Idle) -> bool {
        let server_busy = self.server_share >= BUSY_SHARE && idle != Idle::Burns;
        let client_busy = match &self.open {
            Some(open) => 1.0 - open.client_idle_share >= BUSY_SHARE,
            None => self.client_share >= BUSY_SHARE,
        };
        client_busy && !server_busy
    }
}

/// Runs one slice of `time`, warm-up included.
///
/// # Errors
///
/// When the server cannot be started, dies, or answers anything but what it was sent.
pub fn slice(subject: &Subject, case: Case, time: Duration, pinning: Pinning) -> Result<Slice> {
    let mut server = subject.start(pinning)?;
    let script = case.script(subject.protocol());
    let new_load = |script| Load::new(script).context("making the load's selector");
    let (mut load, mut silent) = (new_load(script)?, new_load(Script { depth: 1, ..script })?);
    match under_load(&mut server, &mut load, &mut silent, case, time) {
        Ok(slice) => {
            let back = (load.exchanged() + silent.exchanged()) * MESSAGE_BYTES as u64;
            // The server closes first: the ports of its side, not those of ours, are then held for
            // a while (TIME_WAIT), and thousands of clients in turn do not use ours up.
            let said = server.stop()?;
            let said = said.filter(|_| case.ask == Ask::Echo && !subject.is_peer());
            // Two who counted the same thing from both ends: the load made up no message.
            let said = said.unwrap_or(back);
            ensure!(said == back, "the server says it echoed {said} bytes, {back} came back");
            Ok(slice)
        }
        Err(error) => Err(match server.ended() {
            None => error,
            Some(ended) => ended.context(error.to_string()),
        }),
    }
}

fn under_load(
    server: &mut Running,
    load: &mut Load,
    silent: &mut Load,
    case: Case,
    time: Duration,
) -> Result<Slice> {
    let kib_per_connection = connect(server, load, silent, case)?;
    run(load, case, time.mul_f64(WARM_UP_SHARE))?;
    // No message is on its way now, nor after the next run: what is used in between is for exactly
    // the messages in between.
    let before = server.cpu()?;
    let (sample, open) = run(load, case, time.mul_f64(1.0 - WARM_UP_SHARE))?;
    let used = server.cpu()?.saturating_sub(before);
    let Sample { messages, wall, cpu, latency } = sample;
    Ok(Slice {
        messages_per_second: messages as f64 / wall.as_secs_f64(),
        p50_us: us_at(&latency, 0.5),
        p99_us: us_at(&latency, 0.99),
        cpu_us_per_message: used.as_secs_f64() * 1e6 / messages as f64,
        kib_per_connection,
        client_share: cpu.as_secs_f64() / wall.as_secs_f64(),
        server_share: used.as_secs_f64() / wall.as_secs_f64(),
        messages,
        wall_s: wall.as_secs_f64(),
        open,
    })
}

/// Runs the loop that `case` asks for.
fn run(load: &mut Load, case: Case, time: Duration) -> Result<(Sample, Option<Open>)> {
    let Some(rate) = case.rate else { return Ok((load.run(time)?, None)) };
    let (closed, open) = Open::of(load.run_open(Schedule::new(rate), time)?);
    Ok((closed, Some(open)))
}

pub(crate) fn us_at(times: &hdrhistogram::Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1e3
}

/// Connects all clients and lets each exchange a message. Says what each one after the first cost:
/// the first also pays for what the server makes only once.
fn connect(
    server: &Running,
    load: &mut Load,
    silent: &mut Load,
    case: Case,
) -> Result<Option<f64>> {
    let memory = || usage::memory_of(server.id()).context("reading the server's memory");
    load.connect(server.addr(), 1)?;
    load.round_trip()?;
    let before = memory()?;
    for (load, clients) in [(load, case.connections), (silent, case.silent)] {
        load.connect(server.addr(), clients)?;
        load.round_trip()?;
    }
    let added = memory()?.saturating_sub(before);
    let each = || added as f64 / 1024.0 / (case.clients() - 1) as f64;
    Ok((case.clients() >= MEMORY_CLIENTS_MIN).then(each))
}
