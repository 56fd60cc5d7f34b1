//! A child: its pipes as transports, and its end as a callback.
//!
//! Who writes all of a child's input before reading its output may wait for ever: the child waits
//! for room in its output, and so reads no more. On a loop that cannot happen, for nobody waits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::process::{Child, Command, ExitStatus};
use std::rc::{Rc, Weak};

use rustix::process::{Pid, Signal, kill_process};

pub use super::child::ChildWatch;
use super::child::{self, Watched};
use super::{Protocol, Tenant, Transport};
use crate::event_loop::{EventLoop, Fault, WeakLoop};

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
    core: Weak<Core>,
}

/// What a child is said to have exited with if somebody else has waited for it: asyncio's choice.
const EXIT_UNKNOWN: i32 = 255;

type Later = Box<dyn FnOnce(&mut dyn SubprocessProtocol, &SubprocessTransport)>;

struct Core {
    event_loop: WeakLoop,
    child: RefCell<Child>,
    protocol: Cell<Option<Box<dyn SubprocessProtocol>>>,
    /// To be told when the method that runs has come back.
    later: RefCell<VecDeque<Later>>,
    pipes: RefCell<Vec<(Pipe, Transport)>>,
    pipes_open: Cell<usize>,
    status: Cell<Option<ExitStatus>>,
    watched: RefCell<Option<Watched>>,
    tenancy: Cell<Option<u64>>,
    made_at: &'static Location<'static>,
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

impl Core {
    fn connect(self: &Rc<Core>, event_loop: &EventLoop, pipe: Pipe, fd: OwnedFd) -> io::Result<()> {
        let side = Side { process: Rc::clone(self), pipe };
        let transport = match pipe {
            Pipe::Stdin => event_loop.connect_write_pipe(fd, side)?,
            Pipe::Stdout | Pipe::Stderr => event_loop.connect_read_pipe(fd, side)?,
        };
        self.pipes.borrow_mut().push((pipe, transport));
        self.pipes_open.set(self.pipes_open.get() + 1);
        Ok(())
    }

    fn tell(self: &Rc<Core>, what: impl FnOnce(&mut dyn SubprocessProtocol, &SubprocessTransport)) {
        let Some(mut protocol) = self.protocol.take() else { return };
        let transport = SubprocessTransport { core: Rc::downgrade(self) };
        let outcome = catch_unwind(AssertUnwindSafe(|| what(&mut *protocol, &transport)));
        self.protocol.set(Some(protocol));
        if let Err(payload) = outcome {
            if let Some(event_loop) = self.event_loop.upgrade() {
                let fault = Fault::panic(&*payload, self.made_at);
                event_loop.call_exception_handler(&fault);
            }
            // Nobody serves it any more.
            transport.close();
        }
        let next = self.later.borrow_mut().pop_front();
        if let Some(next) = next {
            self.tell(next);
        }
    }

    /// Tells it now, or after the method that it is in: it may have written, and so have filled
    /// its child's input.
    fn tell_or_later(
        self: &Rc<Core>,
        what: impl FnOnce(&mut dyn SubprocessProtocol, &SubprocessTransport) + 'static,
    ) {
        match self.protocol.take() {
            Some(protocol) => {
                self.protocol.set(Some(protocol));
                self.tell(what);
            }
            None => self.later.borrow_mut().push_back(Box::new(what)),
        }
    }

    fn look(self: &Rc<Core>, event_loop: &EventLoop) {
        if self.status.get().is_some() {
            return;
        }
        let status = match self.child.borrow_mut().try_wait() {
            Ok(Some(status)) => status,
            Ok(None) => return,
            // Somebody else has waited for it (waitpid(2), ECHILD), against all rules.
            Err(error) => {
                let doing = "waiting for a child";
                event_loop.call_exception_handler(&Fault::Other { doing, error });
                ExitStatus::from_raw(EXIT_UNKNOWN << 8)
            }
        };
        self.status.set(Some(status));
        if let Some(Watched::ByDescriptor(pidfd)) = self.watched.take() {
            event_loop.remove_reader(&*pidfd);
        }
        self.tell(|protocol, transport| protocol.process_exited(transport, status));
        self.finish_if_over(event_loop);
    }

    fn pipe_lost(self: &Rc<Core>, pipe: Pipe, error: Option<io::Error>) {
        self.pipes_open.set(self.pipes_open.get() - 1);
        self.tell(|protocol, transport| protocol.pipe_connection_lost(transport, pipe, error));
        if let Some(event_loop) = self.event_loop.upgrade() {
            self.finish_if_over(&event_loop);
        }
    }

    fn finish_if_over(self: &Rc<Core>, event_loop: &EventLoop) {
        if self.status.get().is_none() || self.pipes_open.get() > 0 {
            return;
        }
        let Some(tenancy) = self.tenancy.take() else { return };
        let core = Rc::clone(self);
        event_loop.call_soon(move |event_loop| {
            core.tell(|protocol, transport| protocol.connection_lost(transport));
            drop(core.protocol.take());
            event_loop.tenants().leave(tenancy);
        });
    }
}

impl Tenant for Core {
    fn abort(self: Rc<Core>) {
        SubprocessTransport { core: Rc::downgrade(&self) }.close();
    }

    fn child_may_have_exited(self: Rc<Core>, event_loop: &EventLoop) {
        self.look(event_loop);
    }
}

impl Drop for Core {
    /// No child outlives its loop, and none becomes a zombie.
    fn drop(&mut self) {
        if self.status.get().is_none() {
            let child = self.child.get_mut();
            // It fails for one that has exited. After SIGKILL the wait is a short one.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The protocol of one pipe, which tells the child's.
struct Side {
    process: Rc<Core>,
    pipe: Pipe,
}

impl Protocol for Side {
    fn data_received(&mut self, _pipe: &Transport, data: &[u8]) {
        let which = self.pipe;
        self.process.tell(|protocol, transport| {
            protocol.pipe_data_received(transport, which, data);
        });
    }

    fn pause_writing(&mut self, _pipe: &Transport) {
        self.process.tell_or_later(|protocol, transport| protocol.pause_writing(transport));
    }

    fn resume_writing(&mut self, _pipe: &Transport) {
        self.process.tell_or_later(|protocol, transport| protocol.resume_writing(transport));
    }

    fn connection_lost(&mut self, _pipe: &Transport, error: Option<io::Error>) {
        self.process.pipe_lost(self.pipe, error);
    }
}

impl fmt::Debug for SubprocessTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SubprocessTransport");
        shown.field("pid", &self.pid()).field("status", &self.status()).finish()
    }
}
