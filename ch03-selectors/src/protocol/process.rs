//! A child: its pipes as transports, and its end as a callback.
//!
//! Who writes all of a child's input before reading its output may wait for ever: the child waits
//! for room in its output, and so reads no more. On a loop that cannot happen, for nobody waits.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::panic::Location;
use std::process::{Command, ExitStatus};
use std::rc::{Rc, Weak};

use rustix::process::{Pid, Signal, kill_process};

use super::child;
pub use super::child::ChildWatch;
use super::running::Core;
use super::{Tenant, Transport};
use crate::event_loop::EventLoop;

/// A pipe of a child, by the number that the child knows it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pipe {
    /// What it reads.
    Stdin,
    /// What it writes.
    Stdout,
    /// What it complains about.
    Stderr,
}

/// What a child tells whoever started it. Its output and its exit come in any order: a process may
/// close its output and live on, and what it wrote is still read after its exit.
#[expect(unused_variables, reason = "the names are for the reader; a default does nothing")]
pub trait SubprocessProtocol {
    /// It runs.
    fn connection_made(&mut self, transport: &SubprocessTransport) {}

    /// It wrote something.
    fn pipe_data_received(&mut self, transport: &SubprocessTransport, pipe: Pipe, data: &[u8]) {}

    /// One of its pipes is closed: by itself, by its exit, or by us.
    fn pipe_connection_lost(
        &mut self,
        transport: &SubprocessTransport,
        pipe: Pipe,
        error: Option<io::Error>,
    ) {
    }

    /// More than the high-water mark waits to be written to its input.
    fn pause_writing(&mut self, transport: &SubprocessTransport) {}

    /// There is room again.
    fn resume_writing(&mut self, transport: &SubprocessTransport) {}

    /// It has exited, and was waited for: there is no zombie.
    fn process_exited(&mut self, transport: &SubprocessTransport, status: ExitStatus) {}

    /// It has exited, and all of its pipes are closed.
    fn connection_lost(&mut self, transport: &SubprocessTransport) {}
}

/// A child, by name. The loop owns it: if the loop is dropped, the child is killed and waited for.
#[derive(Clone)]
pub struct SubprocessTransport {
    pub(super) core: Weak<Core>,
}

impl EventLoop {
    /// Starts `command`. Those of its standard streams that it was given as pipes
    /// (`Stdio::piped()`) become transports.
    ///
    /// # Errors
    ///
    /// What fork(2) and execve(2) said, or that there are no descriptors left.
    #[track_caller]
    pub fn subprocess_exec(
        &self,
        command: &mut Command,
        protocol: impl SubprocessProtocol + 'static,
    ) -> io::Result<SubprocessTransport> {
        self.subprocess_exec_watched(command, protocol, ChildWatch::BEST)
    }

    /// The same, and how the loop learns of its exit.
    ///
    /// # Errors
    ///
    /// As [`EventLoop::subprocess_exec`].
    #[track_caller]
    pub fn subprocess_exec_watched(
        &self,
        command: &mut Command,
        protocol: impl SubprocessProtocol + 'static,
        watch: ChildWatch,
    ) -> io::Result<SubprocessTransport> {
        let mut child = command.spawn()?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // From here on its drop sees to it that no zombie is left, whatever fails.
        let core = Rc::new(Core {
            event_loop: self.downgrade(),
            child: RefCell::new(child),
            protocol: Cell::new(Some(Box::new(protocol))),
            later: RefCell::default(),
            pipes: RefCell::default(),
            pipes_open: Cell::new(0),
            status: Cell::new(None),
            watched: RefCell::default(),
            tenancy: Cell::new(None),
            made_at: Location::caller(),
        });
        let looking = Rc::downgrade(&core);
        let watched = child::watch(self, &core.child.borrow(), watch, move |event_loop| {
            if let Some(core) = looking.upgrade() {
                core.child_may_have_exited(event_loop);
            }
        })?;
        core.watched.replace(Some(watched));
        core.tenancy.set(Some(self.tenants().enter(Rc::clone(&core) as _)));
        let made = Rc::clone(&core);
        self.call_soon(move |_| {
            made.tell(|protocol, transport| protocol.connection_made(transport));
        });
        let started = [
            stdin.map(|stdin| core.connect(self, Pipe::Stdin, stdin.into())),
            stdout.map(|stdout| core.connect(self, Pipe::Stdout, stdout.into())),
            stderr.map(|stderr| core.connect(self, Pipe::Stderr, stderr.into())),
        ];
        let transport = SubprocessTransport { core: Rc::downgrade(&core) };
        for started in started.into_iter().flatten() {
            if let Err(error) = started {
                transport.close();
                return Err(error);
            }
        }
        Ok(transport)
    }
}

impl SubprocessTransport {
    /// One of its pipes, to write to, to pause, or to close; `None` if it is no pipe.
    #[must_use]
    pub fn pipe(&self, pipe: Pipe) -> Option<Transport> {
        let core = self.core.upgrade()?;
        let pipes = core.pipes.borrow();
        pipes.iter().find(|(which, _)| *which == pipe).map(|(_, transport)| transport.clone())
    }

    /// Its number; `None` when it was waited for, and the number may be another one's.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        let core = self.core.upgrade()?;
        core.status.get().is_none().then(|| core.child.borrow().id())
    }

    /// How it ended, if it did.
    #[must_use]
    pub fn status(&self) -> Option<ExitStatus> {
        self.core.upgrade()?.status.get()
    }

    /// Calls `with` with the child's loop. `None`: both are gone.
    pub fn with_loop<R>(&self, with: impl FnOnce(&EventLoop) -> R) -> Option<R> {
        let event_loop = self.core.upgrade()?.event_loop.upgrade()?;
        Some(with(&event_loop))
    }

    /// Sends it a signal. Once it has exited, this does nothing: its number is never used after it
    /// was waited for.
    ///
    /// # Errors
    ///
    /// What kill(2) said.
    pub fn send_signal(&self, signal: Signal) -> io::Result<()> {
        match self.core.upgrade() {
            Some(core) if core.status.get().is_none() => {
                Ok(kill_process(Pid::from_child(&core.child.borrow()), signal)?)
            }
            _ => Ok(()),
        }
    }

    /// Closes its pipes, dropping what waits, and kills it if it is still there.
    pub fn close(&self) {
        let Some(core) = self.core.upgrade() else { return };
        let pipes: Vec<_> = core.pipes.borrow().iter().map(|(_, pipe)| pipe.clone()).collect();
        for pipe in pipes {
            pipe.abort();
        }
        // The only error is that it has exited.
        let _ = self.send_signal(Signal::KILL);
    }
}

impl fmt::Debug for SubprocessTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SubprocessTransport");
        shown.field("pid", &self.pid()).field("status", &self.status()).finish()
    }
}
