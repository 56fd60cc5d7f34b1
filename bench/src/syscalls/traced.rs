//! A server under strace(1), which writes down every system call of every thread.
//!
//! Where a window of the trace begins and ends is told by the server itself: asked for its processor
//! time it writes a line to its standard output, and that write is in the trace too. What lies between
//! two such marks is the work of the time between them, and of nothing else, once the server has come
//! to rest before each.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ladder::Idle;
use ladder::process::{Frozen, Server, Setup};

use super::line::{self, Outcome};
use crate::rest;

/// What the control thread of a server writes when it is asked for processor time.
const MARK: &str = "cpu ";

/// How long anything may take, however busy the machine is: only what hangs waits this out.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many times a server that never sleeps must have asked for new clients in vain, until all it
/// had to do before has been done: the first may have been on its way.
const LOOKS: u64 = 2;

/// What a call is called, and whether it came back with nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) call: String,
    pub(super) in_vain: bool,
}

/// How often each call was made.
pub(super) type Counts = BTreeMap<Key, u64>;

/// A running server and what it asks of the kernel.
pub(super) struct Traced {
    server: Server,
    idle: Idle,
    trace: Arc<Trace>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Trace {
    seen: Mutex<Seen>,
    changed: Condvar,
}

/// What the trace has shown so far.
#[derive(Default)]
struct Seen {
    /// The thread that answers us: its calls are not the server's.
    control: Option<u32>,
    marks: u64,
    /// Threads whose call was cut, and is to be taken up by the kernel: which call it was.
    suspended: BTreeMap<u32, String>,
    /// Since the last mark.
    counts: Counts,
    /// Of the window that the last mark ended.
    window: Counts,
    accepted: u64,
    accepts_in_vain: u64,
    /// The trace is at its end.
    ended: bool,
    /// Lines that are no calls: strace's own words.
    said: Vec<String>,
}

impl Traced {
    /// Starts the model called `path` under strace, and returns once it listens.
    pub(super) fn spawn(path: &str, idle: Idle) -> Result<Traced> {
        let (output, stderr) = io::pipe().context("making a pipe for the trace")?;
        let mut command = Command::new("strace");
        // As a grandchild (-D), so that the process we start is the server; of all threads (-f);
        // nothing but calls (-qq, no signals), each with the number of its thread (-o).
        command.args(["-D", "-f", "-qq", "-e", "signal=none", "-s", "16", "-o", "/dev/stderr"]);
        command.arg(env::current_exe().context("finding this program")?).stderr(stderr);
        let trace = Arc::new(Trace::default());
        let shared = Arc::clone(&trace);
        let reader = thread::spawn(move || shared.read(output));
        match Server::spawn_by(command, path, Setup::default()) {
            Ok(server) => Ok(Traced { server, idle, trace, reader: Some(reader) }),
            Err(error) => {
                // Nobody holds the pipe's other end any more; what is in it says more.
                let _ = reader.join();
                let said = trace.seen().said.join("; ");
                Err(anyhow::Error::from(error).context(format!("starting it under strace: {said}")))
            }
        }
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// Ends a window, and begins the next one. Says what was called in it.
    pub(super) fn mark(&mut self) -> Result<Counts> {
        let marks = self.trace.seen().marks;
        self.server.cpu().context("asking the server for a mark")?;
        let mut seen = self.trace.when("the mark", |seen| seen.marks > marks)?;
        Ok(std::mem::take(&mut seen.window))
    }

    /// How many clients it has accepted so far.
    pub(super) fn accepted(&self) -> u64 {
        self.trace.seen().accepted
    }

    /// Waits until it has accepted so many.
    pub(super) fn when_accepted(&self, clients: u64) -> Result<()> {
        self.trace.when("an accept", |seen| seen.accepted >= clients).map(drop)
    }

    /// Waits until the server has nothing left to do: all its threads sleep; or, where it never
    /// sleeps, it has looked around once more.
    pub(super) fn when_at_rest(&self) -> Result<()> {
        if self.idle != Idle::Waits {
            let looks = self.trace.seen().accepts_in_vain + LOOKS;
            let looked = |seen: &Seen| seen.accepts_in_vain >= looks;
            return self.trace.when("another round", looked).map(drop);
        }
        rest::when_asleep(self.server.id())
    }

    /// Stops all of its threads until the result is dropped.
    pub(super) fn freeze(&self) -> Result<Frozen> {
        Frozen::new(&self.server).context("stopping the server's process")
    }

    /// Stops it, as any server.
    pub(super) fn stop(mut self) -> Result<()> {
        let reader = self.reader.take();
        self.server.stop().context("stopping the server")?;
        // The tracer goes when the server has gone, and the pipe's end with it.
        reader.map(JoinHandle::join);
        Ok(())
    }
}

impl Trace {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn when(&self, what: &str, there: impl Fn(&Seen) -> bool) -> Result<MutexGuard<'_, Seen>> {
        let (seen, timeout) = self
            .changed
            .wait_timeout_while(self.seen(), PATIENCE, |seen| !there(seen) && !seen.ended)
            .unwrap_or_else(PoisonError::into_inner);
        if !there(&seen) {
            let why =
                if timeout.timed_out() { "does not come" } else { "never came: strace ended" };
            bail!("{what} {why}; it said: {}", seen.said.join("; "));
        }
        Ok(seen)
    }

    /// Reads the trace to its end.
    fn read(&self, output: PipeReader) {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
            self.seen().take(String::from_utf8_lossy(&line).trim_end());
            self.changed.notify_all();
            line.clear();
        }
        self.seen().ended = true;
        self.changed.notify_all();
    }
}

impl Seen {
    fn take(&mut self, line: &str) {
        if let Some(thread) = line::says(line, MARK) {
            self.control = Some(thread);
            self.marks += 1;
            self.window = std::mem::take(&mut self.counts);
            return;
        }
        let Some(call) = line::ended(line) else {
            if !line.starts_with(|first: char| first.is_ascii_digit()) {
                self.said.push(line.to_owned());
            }
            return;
        };
        if self.control == Some(call.thread) {
            return;
        }
        let suspended = self.suspended.remove(&call.thread);
        let name = match suspended {
            Some(name) if call.name == line::RESTART => name,
            _ => call.name.to_owned(),
        };
        let in_vain = match line::outcome(&name, call.result) {
            Outcome::Done => false,
            Outcome::InVain => true,
            Outcome::Cut => return,
            Outcome::Suspended => {
                self.suspended.insert(call.thread, name);
                return;
            }
        };
        if name.starts_with("accept") {
            let accepts = if in_vain { &mut self.accepts_in_vain } else { &mut self.accepted };
            *accepts += 1;
        }
        *self.counts.entry(Key { call: name, in_vain }).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lines: &[&str]) -> Seen {
        let mut seen = Seen::default();
        for line in lines {
            seen.take(line);
        }
        seen
    }

    fn count(counts: &Counts, call: &str, in_vain: bool) -> u64 {
        counts.get(&Key { call: call.to_owned(), in_vain }).copied().unwrap_or(0)
    }

    #[test]
    fn a_window_has_what_lies_between_two_marks_and_nothing_of_the_thread_that_sets_them() {
        let seen = seen(&[
            "1 read(5, \"x\", 9) = 1",
            "2 write(1, \"cpu 1\\n\", 6) = 6",
            "2 read(0,  <unfinished ...>",
            "1 <... read resumed>\"x\", 9) = 1",
            "1 read(5, 0x7f, 9) = -1 EAGAIN (Resource temporarily unavailable)",
            "2 <... read resumed>\"cpu\\n\", 8192) = 4",
            "2 write(1, \"cpu 2\\n\", 6 <unfinished ...>",
            "1 read(5, \"x\", 9) = 1",
            "2 <... write resumed>) = 6",
        ]);
        assert_eq!(seen.marks, 2);
        assert_eq!(count(&seen.window, "read", false), 1);
        assert_eq!(count(&seen.window, "read", true), 1);
        assert_eq!(seen.window.len(), 2, "{:?}", seen.window);
        assert_eq!(count(&seen.counts, "read", false), 1, "it belongs to the next window");
    }

    #[test]
    fn a_call_that_a_signal_cut_counts_once_under_its_own_name() {
        let seen = seen(&[
            "1 poll([{fd=3}], 1, -1) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)",
            "3 read(5, 0x7f, 9) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)",
            "1 restart_syscall(<... resuming interrupted poll ...> <unfinished ...>",
            "3 read(5, \"x\", 9) = 1",
            "1 <... restart_syscall resumed>) = 1",
        ]);
        assert_eq!(count(&seen.counts, "poll", false), 1);
        assert_eq!(count(&seen.counts, "read", false), 1);
        assert_eq!(seen.counts.len(), 2, "{:?}", seen.counts);
    }

    #[test]
    fn what_strace_says_itself_is_kept() {
        let seen = seen(&["strace: ptrace(PTRACE_TRACEME, ...): Operation not permitted"]);
        assert!(seen.said[0].contains("not permitted") && seen.counts.is_empty());
    }
}
