//! What waiting looks like: a few clients with a fixed script, and what every thread of a server did
//! meanwhile, as a timeline.
//!
//! The server runs under strace(1), which slows it down: look at the order of things and at who waits
//! for whom, not at how long a call takes.
//!
//! - [`scenario`]: what the clients do, and when.
//! - `call`: a line of strace(1) with its times.
//! - `lanes`: what a thread did, out of its calls.
//! - `tasks`: what a runtime of chapter 4 did on it, out of the events that it tells of.
//! - [`draw`]: the timeline as SVG.
//! - [`record`]: traces as JSON.

mod call;
pub mod draw;
mod lanes;
pub mod record;
pub mod scenario;
mod tasks;

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use ch04_async::events::EVENTS_VARIABLE;
use ladder::Idle;
use ladder::process::{Server, Setup};
use serde::{Deserialize, Serialize};

use crate::catalogue::Entry;
use crate::rest::when_asleep;

/// How long strace may take to write its last line, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at its file.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A model's timeline. Times are microseconds since the first client set out.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Full name.
    pub model: String,
    /// From the first client's start to the last one's end.
    pub took_us: i64,
    /// The clients, then the server's threads in the order of their making.
    pub lanes: Vec<Lane>,
    /// Threads that had nothing to do with a client and are not shown.
    pub threads_left_out: usize,
}

/// What one of them did.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// Such as `client A` or `thread 2`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// In the order of time; marks have no length.
    pub spans: Vec<Span>,
}

/// Whose lane it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A client of the scenario.
    Client,
    /// A thread of the server.
    Thread,
    /// The tasks of the thread above.
    Tasks,
}

/// A while, or a moment, in which one thing was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it began.
    pub from_us: i64,
    /// When it ended.
    pub to_us: i64,
    /// What it was.
    pub what: What,
    /// The same in words, with whom it was for.
    pub text: String,
}

/// What is done in a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A client that has nothing to say.
    Quiet,
    /// A client that waits for an answer, or for its connection.
    Hopes,
    /// A client's message leaves, or comes: a mark.
    Says,
    /// A client has its answer: a mark.
    Hears,
    /// A client leaves: a mark.
    Leaves,
    /// In the processor, and in calls that come back at once.
    Runs,
    /// In a call that waits for one client, or for the next one.
    Blocked,
    /// In a call that waits for all of them at once.
    Waits,
    /// Asleep for a set time.
    Naps,
    /// Asleep until another thread has something for it.
    Parked,
    /// A client was accepted: a mark.
    Accepts,
    /// Bytes were read: a mark.
    Reads,
    /// Bytes were written: a mark.
    Writes,
    /// A connection was closed: a mark.
    Closes,
    /// A runtime polls a task.
    Polls,
    /// A task was spawned: a mark.
    Spawns,
    /// A task was woken: a mark.
    Wakes,
}

/// Runs the scenario on one model under strace.
///
/// # Errors
///
/// When the server does not start, a client does not get its bytes, or the trace makes no sense.
pub fn take(entry: &Entry) -> Result<Trace> {
    let folder = env::temp_dir();
    let file = folder.join(format!("bench-trace-{}-{}", std::process::id(), now_us()));
    let outcome = run(entry, &file);
    // Whatever became of it; a file in the temporary folder harms nobody.
    let _ = fs::remove_file(&file);
    outcome
}

fn run(entry: &Entry, file: &Path) -> Result<Trace> {
    let mut command = Command::new("strace");
    // As a grandchild (-D), so that the process we start is the server; all threads (-f); the time of
    // day (-ttt) and how long (-T); calls alone; and enough of what is written for an event's line.
    command.args(["-D", "-f", "-qq", "-ttt", "-T", "-e", "signal=none", "-s", "32", "-o"]);
    // The trace has the lines; nobody else need keep them.
    command.env(EVENTS_VARIABLE, "/dev/null");
    command.arg(file).arg(env::current_exe().context("finding this program")?);
    let server =
        Server::spawn_by(command, &entry.path, Setup::default()).context("starting the server")?;
    if entry.model.limits.idle == Idle::Waits {
        // Making threads takes long under strace.
        when_asleep(server.id())?;
    }
    let played = scenario::play(server.addr(), entry.chapter.protocol);
    server.stop().context("stopping the server")?;
    let played = played?;
    let (events, calls) = tasks::apart(call::parse(&whole(file)?)?);
    let (lanes, threads_left_out) = lanes::of_threads(&calls, &events, &played);
    ensure!(!lanes.is_empty(), "no thread of the server is seen in the trace");
    let took_us = played.took_us();
    let lanes = played.lanes.into_iter().chain(lanes).collect();
    Ok(Trace { model: entry.path.clone(), took_us, lanes, threads_left_out })
}

/// What a server writes last (`ladder::process`).
const LAST_WORD: &str = "write(1, \"stopped ";

/// The trace, once strace has written the server's last word into it.
fn whole(file: &Path) -> Result<String> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(file).context("reading the trace")?;
        if text.contains(LAST_WORD) {
            // What may come after it, or is cut off, is of no thread that serves.
            let whole_lines = text.rfind('\n').map_or(0, |end| end + 1);
            return Ok(text[..whole_lines].to_owned());
        }
        if Instant::now() > deadline {
            bail!("strace has not written the end of the server");
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// The time of day, as strace's -ttt tells it.
fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
