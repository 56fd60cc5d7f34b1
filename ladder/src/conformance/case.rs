//! One behaviour asked of one model: what it needs to start servers and clients.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::client::Client;
use crate::process::{Server, Setup};
use crate::{Chapter, Idle, Limits, Model};

use super::processor;

/// How long a client must get no answer to count as waiting for its turn. A server that does serve
/// it answers within a millisecond.
pub(super) const SEEN_TO_WAIT: Duration = Duration::from_millis(300);

/// What a server may use of a core while it can do nothing: it waits for somebody to read, or for
/// a descriptor. Retrying every 20 ms costs far less, spinning costs twenty times as much.
pub(super) const STUCK_SHARE_MAX: f64 = 0.05;

/// What a server may have open beside its clients, and more.
pub(super) const DESCRIPTORS_OF_A_SERVER: usize = 64;

/// One behaviour asked of one model.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Where the model is from.
    pub chapter: &'a Chapter,
    /// The model.
    pub model: &'a Model,
    /// How long its clients wait for anything; shorter for models that are known to be broken.
    pub patience: Duration,
}

/// What is wrong with a model: what was expected, and what was seen.
#[derive(Clone, Debug)]
pub struct Failure(String);

/// What a behaviour says of a model.
pub type Verdict = Result<(), Failure>;

impl Failure {
    /// A failure with this text.
    pub fn new(text: impl fmt::Display) -> Failure {
        Failure(text.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure(error.to_string())
    }
}

/// Says where in a behaviour something failed.
pub(super) trait Within<T> {
    /// Puts `place` before the error's text.
    fn within(self, place: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Within<T> for Result<T, E> {
    fn within(self, place: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure(format!("{place}: {error}")))
    }
}

/// Fails with `text` unless `condition` holds.
pub(super) fn ensure(condition: bool, text: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(Failure(text())) }
}

impl Case<'_> {
    /// Starts the model in a process of its own.
    pub(super) fn spawn(&self) -> Result<Server, Failure> {
        self.spawn_with(Setup::default())
    }

    /// Starts the model in a process of its own, with limits.
    pub(super) fn spawn_with(&self, setup: Setup) -> Result<Server, Failure> {
        Server::spawn(&self.chapter.path(self.model), setup).within("starting the server")
    }

    /// A client of `server`.
    pub(super) fn connect(&self, server: &Server) -> Result<Client, Failure> {
        Ok(Client::connect(server.addr(), self.chapter.protocol, self.patience)?)
    }

    /// A client of `server` with little room for what it does not read.
    pub(super) fn connect_narrow(&self, server: &Server) -> Result<Client, Failure> {
        Ok(Client::connect_narrow(server.addr(), self.chapter.protocol, self.patience)?)
    }

    /// `wanted` clients, or as many as the model claims to serve at once, or has descriptors for,
    /// each after an exchange: so the server has accepted them all.
    pub(super) fn held(&self, server: &Server, wanted: usize) -> Result<Vec<Client>, Failure> {
        let numbers = self.limits().descriptors.unwrap_or(usize::MAX);
        let at_once = self.at_once().min(numbers - DESCRIPTORS_OF_A_SERVER);
        let held = (0..wanted.min(at_once)).map(|number| {
            let mut client = self.connect(server)?;
            client.exchange(b"here").within(format_args!("client {number} of those who stay"))?;
            Ok(client)
        });
        held.collect()
    }

    /// How many clients the model claims to serve at once.
    pub(super) fn at_once(&self) -> usize {
        self.limits().clients.unwrap_or(usize::MAX)
    }

    /// What the model claims not to manage.
    pub(super) fn limits(&self) -> Limits {
        self.model.limits
    }

    /// A new client comes, has something sent back, and leaves.
    pub(super) fn serves_another(&self, server: &Server, when: &str) -> Verdict {
        let mut client = self.connect(server)?;
        client.exchange(b"another").within(format_args!("another client, {when}"))
    }

    /// Sees that a new client waits, because as many as the model claims to serve are here; the
    /// client asked already, and is served when it is its turn.
    pub(super) fn another_waits(&self, server: &Server) -> Result<Client, Failure> {
        let at_once = self.at_once();
        let mut client = self.connect(server)?;
        client.ask(b"another")?;
        client.stays_silent(SEEN_TO_WAIT).within(format_args!(
            "the model claims to serve {at_once} at once, client {} should wait",
            at_once.saturating_add(1)
        ))?;
        Ok(client)
    }

    /// Sees that the server uses next to nothing while it can do nothing. A model that never
    /// waits is not asked.
    pub(super) fn rests(&self, server: &mut Server, when: &str) -> Verdict {
        if self.limits().idle != Idle::Waits {
            return Ok(());
        }
        let share = processor::least_share(server, STUCK_SHARE_MAX)?;
        ensure(share < STUCK_SHARE_MAX, || {
            format!("the server spins {when}: it uses {:.0} % of a core", share * 100.0)
        })
    }
}
