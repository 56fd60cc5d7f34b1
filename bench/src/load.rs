//! The load generator: many clients on one thread, in a closed loop.
//!
//! Each client sends a message, waits for the whole of it to come back, checks every byte, and
//! sends the next. So a server is asked as fast as it answers, and never has more than one message
//! of a client to deal with, or as many as the script sends at once. What a closed loop cannot show
//! is what happens to those who would have come meanwhile: its p99 is that of clients who wait
//! politely. [`Load::run_open`] shows that.
//!
//! A message costs the generator a write and a read; the third system call, waiting, is shared by
//! all clients that are ready at the same time. No memory is allocated on the way.

mod open;
mod schedule;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use ladder::usage;
use mio::{Events, Poll};

use crate::client::{Client, What};
use crate::script::Script;

pub use open::OpenSample;
pub use schedule::Schedule;

/// A client whose answer is not there after this long has been forgotten: no server that works
/// needs as much, however many clients it has and however busy the machine is.
pub const STALL_AFTER: Duration = Duration::from_secs(5);

/// How often clients are searched for one that has been forgotten.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Events taken from the kernel at a time: one wait for as many clients as are ready.
pub(crate) const EVENTS_MAX: usize = 1024;

/// Longer round trips are counted as this long. Above what [`STALL_AFTER`] lets happen.
const LATENCY_MAX: Duration = Duration::from_secs(60);

/// Digits of a latency that are kept.
const LATENCY_DIGITS: u8 = 3;

/// Clients that are connected to one server.
#[derive(Debug)]
pub struct Load {
    script: Script,
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
    exchanged: u64,
}

/// What was measured between two moments in which no message was on its way.
#[derive(Debug)]
pub struct Sample {
    /// Messages that came back whole and right.
    pub messages: u64,
    /// From the first write to the last read.
    pub wall: Duration,
    /// Processor time of the generator's own thread in that time.
    pub cpu: Duration,
    /// Round trips, in nanoseconds.
    pub latency: Histogram<u64>,
}

/// What went wrong, and for which client.
#[derive(Debug)]
pub struct Fault {
    pub(crate) client: u32,
    pub(crate) what: What,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault { client, what } = self;
        match what {
            What::Failed(doing, error) => write!(f, "client {client}: {doing}: {error}"),
            What::Closed(came) => {
                write!(f, "client {client}: closed by the server after {came} bytes of an answer")
            }
            What::Wrong(wrong) => write!(f, "client {client}: {wrong}"),
            What::Stalled(came) => {
                write!(f, "client {client}: no answer in {STALL_AFTER:?}, {came} bytes of it came")
            }
        }
    }
}

impl std::error::Error for Fault {}

impl Load {
    /// No clients yet.
    ///
    /// # Errors
    ///
    /// When the process has no descriptor left for a selector.
    pub fn new(script: Script) -> io::Result<Load> {
        let events = Events::with_capacity(EVENTS_MAX);
        Ok(Load { script, poll: Poll::new()?, events, clients: Vec::new(), exchanged: 0 })
    }

    /// Connects more clients to `addr`, until there are `total`.
    ///
    /// # Errors
    ///
    /// When one cannot be connected.
    pub fn connect(&mut self, addr: SocketAddr, total: usize) -> Result<(), Fault> {
        self.clients.reserve_exact(total.saturating_sub(self.clients.len()));
        for id in self.clients.len()..total {
            let client = Client::connect(addr, id, self.script, &self.poll);
            let what = |error| What::Failed("connecting", error);
            let client = client.map_err(|error| Fault { client: number(id), what: what(error) })?;
            self.clients.push(client);
        }
        Ok(())
    }

    /// Lets each client exchange messages for at least `time`, and at least one; returns when all
    /// have their last answer.
    ///
    /// # Errors
    ///
    /// At the first wrong byte, lost connection or forgotten client.
    pub fn run(&mut self, time: Duration) -> Result<Sample, Fault> {
        let mut latency = histogram();
        let cpu = usage::cpu_of_this_thread();
        let start = Instant::now();
        self.exchange(start + time, |took| latency.saturating_record(nanoseconds(took)))?;
        let wall = start.elapsed();
        let cpu = usage::cpu_of_this_thread().saturating_sub(cpu);
        Ok(Sample { messages: latency.len(), wall, cpu, latency })
    }

    /// Lets each client exchange one message, all at the same time.
    ///
    /// # Errors
    ///
    /// As [`Load::run`].
    pub fn round_trip(&mut self) -> Result<(), Fault> {
        self.exchange(Instant::now(), |_| ())
    }

    /// Messages that came back so far, in all runs and round trips.
    #[must_use]
    pub fn exchanged(&self) -> u64 {
        self.exchanged
    }

    /// The loop: every client sends, and again after each answer, until the moment has come.
    fn exchange(
        &mut self,
        until: Instant,
        mut answered: impl FnMut(Duration),
    ) -> Result<(), Fault> {
        for client in &mut self.clients {
            client.begin(self.script, Instant::now())?;
        }
        let mut waiting = self.clients.len();
        let mut look = Instant::now() + LOOK_EVERY;
        while waiting > 0 {
            self.wait(LOOK_EVERY)?;
            for event in &self.events {
                let client = &mut self.clients[event.token().0];
                let answers = client.on_event(event, self.script)?;
                if answers == 0 {
                    continue;
                }
                let now = Instant::now();
                self.exchanged += answers as u64;
                let took = now - client.sent_at();
                (0..answers).for_each(|_| answered(took));
                if client.waits() {
                    continue;
                }
                if now < until {
                    client.begin(self.script, now)?;
                } else {
                    waiting -= 1;
                }
            }
            self.look(&mut look)?;
        }
        Ok(())
    }

    /// Searches for clients that have been forgotten, from time to time: `when` is the next.
    fn look(&self, when: &mut Instant) -> Result<(), Fault> {
        let now = Instant::now();
        if now > *when {
            *when = now + LOOK_EVERY;
            self.clients.iter().try_for_each(|client| client.look(now))?;
        }
        Ok(())
    }

    fn wait(&mut self, timeout: Duration) -> Result<(), Fault> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => {
                Err(Fault { client: 0, what: What::Failed("waiting", error) })
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn histogram() -> Histogram<u64> {
    let Ok(histogram) = Histogram::new_with_max(nanoseconds(LATENCY_MAX), LATENCY_DIGITS) else {
        unreachable!("three digits of a minute")
    };
    histogram
}

/// Clients are numbered by what a descriptor could be, so there are never as many.
fn number(id: usize) -> u32 {
    u32::try_from(id).unwrap_or(u32::MAX)
}

pub(crate) fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
