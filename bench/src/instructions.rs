//! How many instructions of its own a server executes for a message, by callgrind (valgrind(1)).
//!
//! A simulated processor counts what is executed outside of the kernel. It is slow, and it does not care
//! who else uses the machine. The difference of two runs, one with twice the messages, leaves out all that
//! starting and connecting take.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{self, Command};

use anyhow::{Context, Result};
use serde::Serialize;

use crate::measure::Case;
use crate::rest;
use crate::script::{Ask, Script};
use crate::subject::Subject;
use crate::syscalls::talker::Talker;

/// Clients, whose messages are all there when the server looks.
pub const CLIENTS: usize = 50;

/// Messages of each in the longer run, or so many times those that it sends at once, beyond those of the
/// shorter one.
pub const ROUNDS: usize = 10;

/// A server and what it takes.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Full name of a model, or the peer's.
    pub name: String,
    /// What is asked for, in HTTP.
    pub request: Option<&'static str>,
    /// How many messages of a client are sent at once.
    pub depth: usize,
    /// `measured`, `limit` or `failed`.
    pub status: &'static str,
    /// Why it was not measured.
    pub why: Option<String>,
    /// Instructions outside of the kernel for one message.
    pub instructions_per_message: Option<f64>,
}

/// Measures one server.
#[must_use]
pub fn row(subject: &Subject, ask: Ask, depth: usize) -> Row {
    let case = Case { ask, depth, ..Case::closed(CLIENTS) };
    let (status, why, instructions_per_message) = match refusal(subject, case) {
        Some(why) => ("limit", Some(why), None),
        None => match per_message(subject, case) {
            Ok(count) => ("measured", None, Some((count * 10.0).round() / 10.0)),
            Err(error) => ("failed", Some(format!("{error:#}")), None),
        },
    };
    let (name, request) = (subject.name().to_owned(), ask.name(subject.protocol()));
    Row { name, request, depth, status, why, instructions_per_message }
}

fn refusal(subject: &Subject, case: Case) -> Option<String> {
    let looks = || "looks as often as it can: that has no number of its own".to_owned();
    let sleeps = subject.idle() == ladder::Idle::Waits;
    subject.refuses(case).or_else(|| (!sleeps).then(looks))
}

fn per_message(subject: &Subject, case: Case) -> Result<f64> {
    let shorter = executed(subject, case, ROUNDS)?;
    let longer = executed(subject, case, 2 * ROUNDS)?;
    Ok((longer as f64 - shorter as f64) / (ROUNDS * CLIENTS * case.depth) as f64)
}

/// All that a fresh server executes for so many messages of each client.
fn executed(subject: &Subject, case: Case, rounds: usize) -> Result<u64> {
    let profiles = Profiles::new(subject.name())?;
    let mut command = Command::new("valgrind");
    // A peer may become another program by exec; the same process then goes on.
    command.args(["-q", "--tool=callgrind", "--trace-children=yes"]);
    command.arg(format!("--callgrind-out-file={}/%p", profiles.0.display()));
    let server = subject.start_under(command)?;
    let process = server.id();
    let script = case.script(subject.protocol());
    let clients = talk(server.addr(), server.id(), script, rounds)?;
    // An orderly stop looks at threads and descriptors until all are gone, more or less often; and what it
    // did for clients that leave would depend on how soon it is ended.
    server.terminate()?;
    drop(clients);
    profiles.total(process)
}

/// Bursts of all clients' messages. Before each the server sleeps, and is asked only when all is there:
/// by then it has been woken by the first, so what it finds may differ a little from run to run.
fn talk(addr: SocketAddr, process: u32, script: Script, rounds: usize) -> Result<Vec<Talker>> {
    let mut clients = Vec::new();
    for id in 0..CLIENTS {
        let mut client = Talker::connect(addr, u32::try_from(id)?, script)?;
        client.say()?;
        client.hear()?;
        clients.push(client);
    }
    for _ in 0..rounds {
        rest::when_asleep(process)?;
        let frozen =
            ladder::process::Frozen::of(process).context("stopping the server's process")?;
        clients.iter_mut().try_for_each(Talker::say)?;
        drop(frozen);
        clients.iter_mut().try_for_each(Talker::hear)?;
    }
    rest::when_asleep(process)?;
    Ok(clients)
}

/// The folder into which callgrind writes a file for each process, removed in the end.
struct Profiles(PathBuf);

impl Profiles {
    fn new(name: &str) -> Result<Profiles> {
        let name = name.replace('/', "-");
        let folder = env::temp_dir().join(format!("callgrind-{name}-{}", process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Profiles(folder))
    }

    /// The line `summary: N` of the server's file.
    fn total(&self, process: u32) -> Result<u64> {
        let text = fs::read_to_string(self.0.join(process.to_string()))
            .context("reading what callgrind wrote")?;
        let total = text.lines().find_map(|line| line.strip_prefix("summary: "));
        total.and_then(|n| n.trim().parse().ok()).context("no summary in what callgrind wrote")
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        // What is left in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
