//! A child that runs, or has run: its streams, its end, and what to send it.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::pin;
use std::process::{ExitStatus, Output};
use std::task::Poll;

use rustix::process::{Pid, Signal, kill_process};

use super::exit::Exit;
use super::reap::{Running, see_off};
use crate::buffers::Chunk;
use crate::net::pipe::{PipeReader, PipeWriter, reader_of};
use crate::signal::SignalKind;

/// What the child reads as its standard input. Dropping it is the end of that.
pub type ChildStdin = PipeWriter;
/// What the child writes to its standard output.
pub type ChildStdout = PipeReader;
/// What the child writes to its standard error.
pub type ChildStderr = PipeReader;

/// A child process. Dropping it does not end the child, unless
/// [`kill_on_drop`](super::Command::kill_on_drop) was set; in either case it will be reaped.
#[derive(Debug)]
pub struct Child {
    /// Present when it was to be piped, until taken.
    pub stdin: Option<ChildStdin>,
    /// Present when it was to be piped, until taken.
    pub stdout: Option<ChildStdout>,
    /// Present when it was to be piped, until taken.
    pub stderr: Option<ChildStderr>,
    id: u32,
    state: State,
    kill_on_drop: bool,
}

#[derive(Debug)]
enum State {
    Running(Running),
    /// Waited for, so its number may be another's by now.
    Ended(ExitStatus),
    /// Only while it is being dropped.
    Gone,
}

impl Child {
    pub(super) fn new(mut child: std::process::Child, kill_on_drop: bool) -> io::Result<Child> {
        let streams = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let id = child.id();
        let exit = match Exit::of(id) {
            Ok(exit) => exit,
            Err(error) => {
                // Nobody could ever wait for it. Killed, it ends at once.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error);
            }
        };
        let state = State::Running(Running { child, exit });
        // From here on, an error drops this, and with it the child.
        let mut made =
            Child { stdin: None, stdout: None, stderr: None, id, state, kill_on_drop: true };
        let (stdin, stdout, stderr) = streams;
        made.stdin = stdin.map(|pipe| PipeWriter::of(OwnedFd::from(pipe).into())).transpose()?;
        made.stdout = stdout.map(|pipe| reader_of(OwnedFd::from(pipe).into())).transpose()?;
        made.stderr = stderr.map(|pipe| reader_of(OwnedFd::from(pipe).into())).transpose()?;
        made.kill_on_drop = kill_on_drop;
        Ok(made)
    }

    /// Its number, as long as that is its own: until it was waited for.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        matches!(self.state, State::Running(_)).then_some(self.id)
    }

    /// Waits for its end. Its input is closed first, so that it does not wait for more. Dropped
    /// before its end, this loses nothing.
    ///
    /// What it writes meanwhile to a pipe that nobody reads, stops it when the pipe is full, and
    /// then this never ends: see [`communicate`](Child::communicate).
    ///
    /// How it ended tells a number from a signal: `code()` and, of
    /// [`ExitStatusExt`](std::os::unix::process::ExitStatusExt), `signal()`.
    ///
    /// # Errors
    ///
    /// `ECHILD` when the program has told the system to forget its children (SIGCHLD ignored), or
    /// has waited for this one by other means.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        let status = match &mut self.state {
            State::Running(running) => poll_fn(|context| running.poll_wait(context)).await?,
            State::Ended(status) => *status,
            State::Gone => unreachable!("only in a drop"),
        };
        self.state = State::Ended(status);
        Ok(status)
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    ///
    /// As [`wait`](Child::wait).
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if let State::Running(running) = &mut self.state
            && let Some(status) = running.child.try_wait()?
        {
            self.state = State::Ended(status);
        }
        Ok(if let State::Ended(status) = self.state { Some(status) } else { None })
    }

    /// Gives it `input`, collects its output and its errors, and waits for its end: all at once, so
    /// none of the three pipes can stop it, whatever their sizes. Streams that are not piped are
    /// left out.
    ///
    /// A child that ends, or closes its input, before it has read all of it is no error. When a
    /// child of the child keeps a pipe open, this lasts until that one ends, too.
    ///
    /// # Errors
    ///
    /// What the pipes say, and as [`wait`](Child::wait).
    pub async fn communicate(&mut self, input: &[u8]) -> io::Result<Output> {
        let feeding = feed(self.stdin.take(), input);
        let (out, err) = (collect(self.stdout.take()), collect(self.stderr.take()));
        let (fed, stdout, stderr) = all_three(feeding, out, err).await;
        let status = self.wait().await?;
        fed?;
        Ok(Output { status, stdout: stdout?, stderr: stderr? })
    }

    /// Kills it (SIGKILL): it cannot refuse. It is still to be waited for. No error once it was.
    ///
    /// # Errors
    ///
    /// What kill(2) says.
    pub fn kill(&mut self) -> io::Result<()> {
        match &mut self.state {
            State::Running(running) => running.child.kill(),
            State::Ended(_) | State::Gone => Ok(()),
        }
    }

    /// Sends it a signal. Until it was waited for, its number cannot be another's, even when it has
    /// ended; so this never hits a stranger.
    ///
    /// # Errors
    ///
    /// `InvalidInput` after it was waited for, and for no signal; else what kill(2) says.
    pub fn signal(&self, kind: SignalKind) -> io::Result<()> {
        let id = self.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let (Some(id), Some(signal)) = (id, Signal::from_named_raw(kind.as_raw())) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        Ok(kill_process(id, signal)?)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if let State::Running(mut running) = std::mem::replace(&mut self.state, State::Gone) {
            if self.kill_on_drop {
                // It may have ended by itself just now.
                let _ = running.child.kill();
            }
            see_off(running);
        }
    }
}

/// Writes all of `input`, and closes the pipe.
async fn feed(stdin: Option<ChildStdin>, input: &[u8]) -> io::Result<()> {
    let Some(stdin) = stdin else { return Ok(()) };
    match stdin.write_all(input).await {
        // It wants no more, and may have got what it needs.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        fed => fed,
    }
}

/// Reads until the end of the pipe.
async fn collect(pipe: Option<PipeReader>) -> io::Result<Vec<u8>> {
    let mut collected = Vec::new();
    let Some(pipe) = pipe else { return Ok(collected) };
    loop {
        let read =
            |mut pipe: &io::PipeReader| Chunk::fill(|buffer| io::Read::read(&mut pipe, buffer));
        let chunk = pipe.read_with(read).await?;
        if chunk.is_empty() {
            return Ok(collected);
        }
        collected.extend_from_slice(&chunk);
    }
}

/// Polls all three until each has ended.
async fn all_three<A, B, C>(
    one: impl Future<Output = A>,
    two: impl Future<Output = B>,
    three: impl Future<Output = C>,
) -> (A, B, C) {
    let (mut one, mut two, mut three) = (pin!(one), pin!(two), pin!(three));
    let (mut a, mut b, mut c) = (None, None, None);
    poll_fn(move |context| {
        // A future that has ended must not be polled again.
        if a.is_none()
            && let Poll::Ready(value) = one.as_mut().poll(context)
        {
            a = Some(value);
        }
        if b.is_none()
            && let Poll::Ready(value) = two.as_mut().poll(context)
        {
            b = Some(value);
        }
        if c.is_none()
            && let Poll::Ready(value) = three.as_mut().poll(context)
        {
            c = Some(value);
        }
        match (a.take(), b.take(), c.take()) {
            (Some(a), Some(b), Some(c)) => Poll::Ready((a, b, c)),
            unfinished => {
                (a, b, c) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}
