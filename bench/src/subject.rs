//! Who is measured: a model of the ladder, or a peer, which is no part of it.
//!
//! Every instrument takes both, by name, and starts both here.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use ladder::process::{Server, Setup};
use ladder::{Chapter, Idle, Protocol};

use crate::catalogue::{self, Entry};
use crate::peers::{PEERS, Peer, Process};
use crate::pinning::Pinning;

/// A server that can be measured.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A model, of the ladder or of the bench's own peers in Rust.
    Model(Entry),
    /// A program in another language.
    Peer(&'static Peer),
}

impl Subject {
    /// As tables and records call it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Subject::Model(entry) => &entry.path,
            Subject::Peer(peer) => peer.name,
        }
    }

    /// What it speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match self {
            Subject::Model(entry) => entry.chapter.protocol,
            Subject::Peer(peer) => peer.protocol,
        }
    }

    /// What it does while nothing happens. All peers sleep.
    #[must_use]
    pub fn idle(&self) -> Idle {
        match self {
            Subject::Model(entry) => entry.model.limits.idle,
            Subject::Peer(_) => Idle::Waits,
        }
    }

    /// Why it cannot be measured with so many connections, if it cannot.
    #[must_use]
    pub fn refuses(&self, connections: usize) -> Option<String> {
        match self {
            Subject::Model(entry) => entry.refuses(connections),
            Subject::Peer(_) => None,
        }
    }

    /// Starts it in a process of its own, on the core for servers.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends before it listens.
    pub fn start(&self, pinning: Pinning) -> Result<Running> {
        match self {
            Subject::Model(entry) => {
                let setup = Setup { core: pinning.server(), ..Setup::default() };
                let server = Server::spawn(&entry.path, setup).context("starting the server")?;
                Ok(Running::Model(server))
            }
            Subject::Peer(peer) => {
                let command = (peer.command)()?;
                let peer = pinning.on_the_servers_core(|| Process::spawn(command))?;
                Ok(Running::Peer(peer))
            }
        }
    }

    /// Starts it by `tracer`, a command that takes another one behind its own arguments.
    ///
    /// # Errors
    ///
    /// As [`start`](Subject::start).
    pub fn start_under(&self, mut tracer: Command) -> Result<Running> {
        match self {
            Subject::Model(entry) => {
                tracer.arg(std::env::current_exe().context("finding this program")?);
                let server = Server::spawn_by(tracer, &entry.path, Setup::default());
                Ok(Running::Model(server.context("starting the server under its tracer")?))
            }
            Subject::Peer(peer) => {
                let command = (peer.command)()?;
                tracer.arg(command.get_program()).args(command.get_args());
                for (name, value) in command.get_envs() {
                    if let Some(value) = value {
                        tracer.env(name, value);
                    }
                }
                Ok(Running::Peer(Process::spawn(tracer)?))
            }
        }
    }
}

/// All that there are: the models of `chapters` in the ladder's order, then the peers.
#[must_use]
pub fn all(chapters: &[Chapter]) -> Vec<Subject> {
    let models = catalogue::entries(chapters).into_iter().map(Subject::Model);
    models.chain(PEERS.iter().map(Subject::Peer)).collect()
}

/// Those that any of `patterns` means; without a pattern the models of `chapters`, and no peer.
///
/// # Errors
///
/// When a pattern means nothing, with the names that exist.
pub fn choose(chapters: &[Chapter], patterns: &[String]) -> Result<Vec<Subject>> {
    let mut subjects = all(chapters);
    if patterns.is_empty() {
        subjects.retain(|subject| matches!(subject, Subject::Model(_)));
    }
    catalogue::choose_by(subjects, patterns, Subject::name)
}

/// A subject that runs. Dropping it ends it.
#[derive(Debug)]
pub enum Running {
    /// A model.
    Model(Server),
    /// A peer.
    Peer(Process),
}

impl Running {
    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        match self {
            Running::Model(server) => server.id(),
            Running::Peer(peer) => peer.id(),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        match self {
            Running::Model(server) => server.addr(),
            Running::Peer(peer) => peer.addr(),
        }
    }

    /// Processor time it has used so far, user and system, all threads. A model can be asked
    /// everywhere, a peer only where the system tells the time of another process.
    ///
    /// # Errors
    ///
    /// When it is gone.
    pub fn cpu(&mut self) -> Result<Duration> {
        #[cfg(target_os = "linux")]
        return ladder::usage::cpu_of(self.id()).context("the server is gone");
        #[cfg(not(target_os = "linux"))]
        match self {
            Running::Model(server) => Ok(server.cpu()?),
            Running::Peer(_) => {
                anyhow::bail!("the processor time of another program is asked for on Linux only")
            }
        }
    }

    /// How its process ended, if it did: that says more than what its clients saw.
    pub fn ended(&mut self) -> Option<anyhow::Error> {
        match self {
            Running::Model(server) => server.cpu().err().map(Into::into),
            Running::Peer(peer) => {
                peer.ended().map(|status| anyhow::anyhow!("it ended ({status})"))
            }
        }
    }

    /// Ends it, and says how many bytes it says it has sent back, if it counts them.
    ///
    /// # Errors
    ///
    /// When it does not end, or had ended before.
    pub fn stop(self) -> Result<Option<u64>> {
        match self {
            Running::Model(server) => {
                let stopped = server.stop().context("stopping the server")?;
                Ok(Some(stopped.report.bytes_echoed))
            }
            Running::Peer(peer) => peer.stop().map(|()| None),
        }
    }
}
