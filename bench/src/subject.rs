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
use crate::measure::Case;
use crate::peers::{self, PEERS, Peer, Process};
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

    /// Whether it is no model of the ladder.
    #[must_use]
    pub fn is_peer(&self) -> bool {
        match self {
            Subject::Model(entry) => {
                [peers::CHAPTER.package, peers::PLANTED.package].contains(&entry.chapter.package)
            }
            Subject::Peer(_) => true,
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

    /// Why it cannot be measured in this case, if it cannot.
    #[must_use]
    pub fn refuses(&self, case: Case) -> Option<String> {
        match self {
            Subject::Model(entry) => entry.refuses(case.clients()),
            Subject::Peer(peer) => {
                let only = peer.only.filter(|only| *only != case.ask)?.name(peer.protocol)?;
                Some(format!("answers {only} only"))
            }
        }
    }

    /// Builds what has to be built before it can be started.
    ///
    /// # Errors
    ///
    /// When something is missing, with how to get it.
    pub fn prepare(&self) -> Result<()> {
        match self {
            Subject::Model(_) => Ok(()),
            Subject::Peer(peer) => peer.command().map(drop),
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
                let command = peer.command()?;
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
                let command = peer.command()?;
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

/// Those that any of `patterns` means, models of `chapters` in the ladder's order, then peers; without a
/// pattern all models, and no peer. Only a pattern that begins with `peer/` means peers by a star: who asks
/// for `*` means the ladder.
///
/// # Errors
///
/// When a pattern means nothing, with the names that exist.
pub fn choose(chapters: &[Chapter], patterns: &[String]) -> Result<Vec<Subject>> {
    let models = catalogue::entries(chapters).into_iter().map(Subject::Model);
    let planted = catalogue::entries(&[peers::PLANTED]).into_iter().map(Subject::Model);
    let named = |subject: &Subject| {
        let (chapter, own) = subject.name().split_once('/').unwrap_or(("", subject.name()));
        let begins =
            |pattern: &String| pattern.split_once('/').is_some_and(|(of, _)| of == chapter);
        patterns.iter().any(|pattern| begins(pattern) || pattern == own)
    };
    let others = peers().chain(planted).filter(named);
    let mut all: Vec<Subject> = models.chain(others).collect();
    if patterns.iter().any(|pattern| !all.iter().any(|one| catalogue::meant(pattern, one.name()))) {
        // What is told of it lists the peers too.
        all.extend(peers());
    }
    catalogue::choose_by(all, patterns, Subject::name)
}

/// All peers, whether they can be started here or not.
pub fn peers() -> impl Iterator<Item = Subject> {
    let in_rust = catalogue::entries(&[peers::CHAPTER]).into_iter().map(Subject::Model);
    in_rust.chain(PEERS.iter().map(Subject::Peer))
}

/// The peer that models of this protocol are measured against, where it exists.
#[must_use]
pub fn least(protocol: Protocol) -> Option<Subject> {
    let name = match protocol {
        Protocol::Echo => peers::C_EPOLL,
        Protocol::Http => peers::HTTP_RAW,
    };
    peers().find(|peer| peer.name() == name)
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

    /// Ends it as it is, and waits until it has: a tracer around it writes down what it knows.
    ///
    /// # Errors
    ///
    /// When it had ended before, or does not end.
    pub fn terminate(self) -> Result<()> {
        match self {
            Running::Model(server) => server.terminate().context("ending the server"),
            Running::Peer(peer) => peer.stop(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(patterns: &[&str]) -> Vec<String> {
        let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        let subjects = choose(&[ch01_blocking::CHAPTER], &patterns).expect("they exist");
        subjects.iter().map(|subject| subject.name().to_owned()).collect()
    }

    #[test]
    fn a_star_means_the_ladder_and_peers_only_behind_their_own_name() {
        let ladder = chosen(&[]);
        assert_eq!(chosen(&["*"]), ladder);
        assert!(ladder.iter().all(|name| name.starts_with("ch01/")), "{ladder:?}");
        let peers = chosen(&["peer/*"]);
        assert!(!peers.is_empty() && peers.iter().all(|name| name.starts_with("peer/")));
        assert_eq!(chosen(&["c-epoll", "threads"]), ["ch01/threads", "c-epoll"]);
    }

    #[test]
    fn an_unknown_name_is_told_with_models_and_peers() {
        let error = choose(&[ch01_blocking::CHAPTER], &["epol".to_owned()]);
        let error = error.expect_err("no such name").to_string();
        assert!(error.contains("ch01/threads") && error.contains("c-epoll"), "{error}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_planted_is_found_by_its_name_alone() {
        assert_eq!(chosen(&["planted/*"]), ["planted/instructions", "planted/time"]);
        assert!(peers().all(|peer| !peer.name().starts_with("planted/")));
    }
}
