//! What is behind a [`SubprocessTransport`]: the child, its pipes' protocols, and its end.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::process::{Child, ExitStatus};
use std::rc::Rc;

use super::child::Watched;
use super::process::Pipe;
use super::{Protocol, SubprocessProtocol, SubprocessTransport, Tenant, Transport};
use crate::event_loop::{EventLoop, Fault, WeakLoop};

/// What a child is said to have exited with if somebody else has waited for it: asyncio's choice.
const EXIT_UNKNOWN: i32 = 255;

type Later = Box<dyn FnOnce(&mut dyn SubprocessProtocol, &SubprocessTransport)>;

pub(super) struct Core {
    pub(super) event_loop: WeakLoop,
    pub(super) child: RefCell<Child>,
    pub(super) protocol: Cell<Option<Box<dyn SubprocessProtocol>>>,
    /// To be told when the method that runs has come back.
    pub(super) later: RefCell<VecDeque<Later>>,
    pub(super) pipes: RefCell<Vec<(Pipe, Transport)>>,
    pub(super) pipes_open: Cell<usize>,
    pub(super) status: Cell<Option<ExitStatus>>,
    pub(super) watched: RefCell<Option<Watched>>,
    pub(super) tenancy: Cell<Option<u64>>,
    pub(super) made_at: &'static Location<'static>,
}

impl Core {
    pub(super) fn connect(
        self: &Rc<Core>,
        event_loop: &EventLoop,
        pipe: Pipe,
        fd: OwnedFd,
    ) -> io::Result<()> {
        let side = Side { process: Rc::clone(self), pipe };
        let transport = match pipe {
            Pipe::Stdin => event_loop.connect_write_pipe(fd, side)?,
            Pipe::Stdout | Pipe::Stderr => event_loop.connect_read_pipe(fd, side)?,
        };
        self.pipes.borrow_mut().push((pipe, transport));
        self.pipes_open.set(self.pipes_open.get() + 1);
        Ok(())
    }

    pub(super) fn tell(
        self: &Rc<Core>,
        what: impl FnOnce(&mut dyn SubprocessProtocol, &SubprocessTransport),
    ) {
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

    pub(super) fn look(self: &Rc<Core>, event_loop: &EventLoop) {
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
