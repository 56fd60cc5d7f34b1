//! One slice: a fresh server of one model, under load for a moment.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ladder::process::{Server, Setup};
use ladder::{Idle, usage};
use serde::Serialize;

use crate::catalogue::Entry;
use crate::load::{Load, Sample};
use crate::pinning::Pinning;
use crate::script::Script;

/// Bytes of a message. Small, so that what is compared is waiting and not copying.
pub const MESSAGE_BYTES: usize = 64;

/// The part of a slice that goes before and is not counted: caches, the scheduler's opinion of the
/// two processes and the server's buffers settle in it.
const WARM_UP_SHARE: f64 = 0.2;

/// Whoever uses this much of its core has no more to give; the rest is the measuring itself.
const BUSY_SHARE: f64 = 0.95;

/// With fewer clients the pages that any one of them needs first are all that could be seen.
const MEMORY_CLIENTS_MIN: usize = 10;

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
}

impl Slice {
    /// Whether the load was what held the rate back: it had no time left, and the server did. A
    /// server that burns its core anyway shows nothing by being busy.
    #[must_use]
    pub fn client_bound(&self, idle: Idle) -> bool {
        let server_busy = self.server_share >= BUSY_SHARE && idle != Idle::Burns;
        self.client_share >= BUSY_SHARE && !server_busy
    }
}

/// Who is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// Clients that exchange messages without a pause.
    pub active: usize,
    /// Clients that exchange one message and are silent from then on.
    pub silent: usize,
}

impl Crowd {
    /// All of them.
    #[must_use]
    pub fn total(self) -> usize {
        self.active + self.silent
    }
}

/// Runs one slice of `time`, warm-up included.
///
/// # Errors
///
/// When the server cannot be started, dies, or answers anything but what it was sent.
pub fn slice(entry: &Entry, crowd: Crowd, time: Duration, pinning: Pinning) -> Result<Slice> {
    let setup = Setup { core: pinning.server(), ..Setup::default() };
    let mut server = Server::spawn(&entry.path, setup).context("starting the server")?;
    let script = Script { protocol: entry.chapter.protocol, message_bytes: MESSAGE_BYTES };
    let new_load = || Load::new(script).context("making the load's selector");
    let (mut load, mut silent) = (new_load()?, new_load()?);
    match under_load(&mut server, &mut load, &mut silent, crowd, time) {
        Ok(slice) => {
            // The server closes first: the ports of its side, not those of ours, are then held for
            // a while (TIME_WAIT), and thousands of clients in turn do not use ours up.
            let stopped = server.stop().context("stopping the server")?;
            let said = stopped.report.bytes_echoed;
            let came = (load.exchanged() + silent.exchanged()) * MESSAGE_BYTES as u64;
            // Two who counted the same thing from both ends: the load made up no message.
            ensure!(said == came, "the server says it echoed {said} bytes, {came} came back");
            Ok(slice)
        }
        // When the server is gone, how it ended says more than what its clients saw.
        Err(error) => Err(match server.cpu() {
            Ok(_) => error,
            Err(gone) => anyhow::Error::from(gone).context(error.to_string()),
        }),
    }
}

fn under_load(
    server: &mut Server,
    load: &mut Load,
    silent: &mut Load,
    crowd: Crowd,
    time: Duration,
) -> Result<Slice> {
    let kib_per_connection = connect(server, load, silent, crowd)?;
    load.run(time.mul_f64(WARM_UP_SHARE))?;
    // No message is on its way now, nor after the next run: what is used in between is for exactly
    // the messages in between.
    let before = server.cpu()?;
    let Sample { messages, wall, cpu, latency } = load.run(time.mul_f64(1.0 - WARM_UP_SHARE))?;
    let used = server.cpu()?.saturating_sub(before);
    let us_at = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
    Ok(Slice {
        messages_per_second: messages as f64 / wall.as_secs_f64(),
        p50_us: us_at(0.5),
        p99_us: us_at(0.99),
        cpu_us_per_message: used.as_secs_f64() * 1e6 / messages as f64,
        kib_per_connection,
        client_share: cpu.as_secs_f64() / wall.as_secs_f64(),
        server_share: used.as_secs_f64() / wall.as_secs_f64(),
        messages,
        wall_s: wall.as_secs_f64(),
    })
}

/// Connects all clients and lets each exchange a message. Says what each one after the first cost:
/// the first also pays for what the server makes only once.
fn connect(
    server: &Server,
    load: &mut Load,
    silent: &mut Load,
    crowd: Crowd,
) -> Result<Option<f64>> {
    let memory = || usage::memory_of(server.id()).context("reading the server's memory");
    load.connect(server.addr(), 1)?;
    load.round_trip()?;
    let before = memory()?;
    for (load, clients) in [(load, crowd.active), (silent, crowd.silent)] {
        load.connect(server.addr(), clients)?;
        load.round_trip()?;
    }
    let added = memory()?.saturating_sub(before);
    let each = || added as f64 / 1024.0 / (crowd.total() - 1) as f64;
    Ok((crowd.total() >= MEMORY_CLIENTS_MIN).then(each))
}
