//! What is done to a server, and how often each system call was made for it.
//!
//! Each step is done several times between two marks of the trace (a *window*), and there are several
//! windows. What a server makes only once has been made before the first. Before each act the server
//! has come to rest: so the windows are alike however busy the machine is, and where they are not it is
//! the server's own doing.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::talker::Talker;
use super::traced::{Counts, Key, Traced};
use crate::catalogue::Entry;
use crate::script::Script;

/// Windows of each step.
const WINDOWS: usize = 3;

/// Messages of one client in a window, one after the other.
pub const MESSAGES: usize = 20;

/// Connections in a window, one after the other: made, accepted, ended.
pub const CONNECTIONS: usize = 10;

/// Clients whose messages are all there when the server looks.
pub const BURST_CLIENTS: usize = 50;

/// Bursts in a window.
const BURSTS: usize = 2;

/// How long a window with one silent client is.
const SILENCE: Duration = Duration::from_millis(500);

/// Connections and messages before the first window: allocations and threads' stacks that are kept
/// from then on are made by these.
const WARM_UP: usize = 3;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One message, there and back, with one client connected.
    Echo,
    /// One of the messages of a burst.
    Burst,
    /// One connection, from accept to close, without a message.
    Connection,
    /// A second with one client, which is silent.
    IdleSecond,
}

impl Step {
    /// All of them, in the order of tables.
    pub const ALL: [Step; 4] = [Step::Echo, Step::Burst, Step::Connection, Step::IdleSecond];

    /// As records and tables call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Echo => "echo",
            Step::Burst => "burst",
            Step::Connection => "connection",
            Step::IdleSecond => "idle second",
        }
    }
}

/// What a step came to.
#[derive(Debug)]
pub enum Taken {
    /// Windows of a number of units each: messages, connections, seconds.
    Counted(Vec<Window>),
    /// The model says itself that it cannot.
    Limit(String),
}

/// The calls between two marks.
#[derive(Debug)]
pub struct Window {
    /// Of what it is that one is to be told: messages, connections, seconds.
    pub units: f64,
    pub(super) counts: Counts,
}

impl Window {
    pub(super) fn each(&self, key: &Key) -> f64 {
        self.counts.get(key).copied().unwrap_or(0) as f64 / self.units
    }
}

/// Takes all steps with one server of the model.
///
/// # Errors
///
/// When the server cannot be traced, dies, or answers anything but what it was sent.
pub fn take(entry: &Entry) -> Result<Vec<(Step, Taken)>> {
    let server = Traced::spawn(&entry.path, entry.model.limits.idle)?;
    let script = Script::echo(entry.chapter.protocol);
    let mut run = Run { server, script, next_id: 0 };
    // Connections first: there is a model that serves one client only.
    let connection = run.connections().context("counting the calls of a connection")?;
    let mut client = run.enter()?;
    let echo = run.echoes(&mut client).context("counting the calls of an echo")?;
    let idle = run.silence().context("counting the calls of an idle second")?;
    let burst = match entry.refuses(BURST_CLIENTS) {
        Some(why) => Taken::Limit(why),
        None => run.bursts(client).context("counting the calls of a burst")?,
    };
    run.server.stop()?;
    let taken = [echo, burst, connection, idle];
    Ok(Step::ALL.into_iter().zip(taken).collect())
}

struct Run {
    server: Traced,
    script: Script,
    next_id: u32,
}

impl Run {
    /// Connects a client; it has been accepted then, and the server is at rest.
    fn enter(&mut self) -> Result<Talker> {
        self.next_id += 1;
        let accepted = self.server.accepted();
        let client = Talker::connect(self.server.server().addr(), self.next_id, self.script)?;
        self.server.when_accepted(accepted + 1)?;
        self.server.when_at_rest()?;
        Ok(client)
    }

    /// One exchange, and the rest after it.
    fn exchange(&self, client: &mut Talker) -> Result<()> {
        client.say()?;
        client.hear()?;
        self.server.when_at_rest()
    }

    fn come_and_go(&mut self, times: usize) -> Result<()> {
        (0..times).try_for_each(|_| {
            self.enter()?.leave()?;
            self.server.when_at_rest()
        })
    }

    fn connections(&mut self) -> Result<Taken> {
        self.come_and_go(WARM_UP)?;
        self.windows(CONNECTIONS as f64, |run| run.come_and_go(CONNECTIONS))
    }

    fn echoes(&mut self, client: &mut Talker) -> Result<Taken> {
        (0..WARM_UP).try_for_each(|_| self.exchange(client))?;
        self.windows(MESSAGES as f64, |run| (0..MESSAGES).try_for_each(|_| run.exchange(client)))
    }

    /// The real length of each window counts: a busy machine sleeps longer.
    fn silence(&mut self) -> Result<Taken> {
        self.server.mark()?;
        let window = |_| {
            let start = Instant::now();
            thread::sleep(SILENCE);
            let counts = self.server.mark()?;
            Ok(Window { units: start.elapsed().as_secs_f64(), counts })
        };
        Ok(Taken::Counted((0..WINDOWS).map(window).collect::<Result<_>>()?))
    }

    fn bursts(&mut self, first: Talker) -> Result<Taken> {
        let mut clients = vec![first];
        while clients.len() < BURST_CLIENTS {
            let mut client = self.enter()?;
            self.exchange(&mut client)?;
            clients.push(client);
        }
        self.burst(&mut clients)?;
        self.windows((BURST_CLIENTS * BURSTS) as f64, |run| {
            (0..BURSTS).try_for_each(|_| run.burst(&mut clients))
        })
    }

    /// A message of each client, all of them there when the server looks.
    fn burst(&self, clients: &mut [Talker]) -> Result<()> {
        let frozen = self.server.freeze()?;
        clients.iter_mut().try_for_each(Talker::say)?;
        drop(frozen);
        clients.iter_mut().try_for_each(Talker::hear)?;
        self.server.when_at_rest()
    }

    fn windows(
        &mut self,
        units: f64,
        mut act: impl FnMut(&mut Run) -> Result<()>,
    ) -> Result<Taken> {
        self.server.mark()?;
        let window = |_| {
            act(self)?;
            Ok(Window { units, counts: self.server.mark()? })
        };
        Ok(Taken::Counted((0..WINDOWS).map(window).collect::<Result<_>>()?))
    }
}
