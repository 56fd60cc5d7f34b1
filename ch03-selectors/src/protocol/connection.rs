//! What is behind a [`Transport`]: what waits to be written, what was said to its protocol, and how
//! it ends.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;

use super::buffer::{Notice, WriteBuffer};
use super::stream::{ByteStream, Direction};
use super::{Protocol, Tenant, Transport, attempt};
use crate::event_loop::{EventLoop, Fault, Side, WeakLoop, message_of};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// Closed by its protocol; what waits is still written.
    Closing,
    /// Over. Its protocol will hear of it, or has heard.
    Lost,
}

pub(super) struct Core {
    pub(super) event_loop: WeakLoop,
    pub(super) stream: Rc<dyn ByteStream>,
    /// `None` while one of its methods runs, and after the end.
    pub(super) protocol: Cell<Option<Box<dyn Protocol>>>,
    pub(super) output: RefCell<WriteBuffer>,
    /// Its protocol knows of it. Nothing else may be said before that, also if it is written to.
    pub(super) is_made: Cell<bool>,
    pub(super) stage: Cell<Stage>,
    /// By its protocol.
    pub(super) reading_paused: Cell<bool>,
    /// There is nothing more to read.
    pub(super) input_ended: Cell<bool>,
    /// After what waits, the peer is told that nothing more comes.
    pub(super) output_ends: Cell<bool>,
    pub(super) written: Cell<u64>,
    pub(super) tenancy: Cell<Option<u64>>,
    pub(super) made_at: &'static Location<'static>,
}

impl Core {
    fn transport(self: &Rc<Core>) -> Transport {
        Transport { core: Rc::downgrade(self) }
    }

    /// Calls one of the protocol's methods. `None`: it has ended, it panicked, or this call came
    /// out of another one.
    pub(super) fn tell<R>(
        self: &Rc<Core>,
        what: impl FnOnce(&mut dyn Protocol, &Transport) -> R,
    ) -> Option<R> {
        let result = self.tell_only(what);
        // Whatever it wrote may have crossed a mark.
        self.settle();
        result
    }

    fn tell_only<R>(
        self: &Rc<Core>,
        what: impl FnOnce(&mut dyn Protocol, &Transport) -> R,
    ) -> Option<R> {
        let mut protocol = self.protocol.take()?;
        let outcome = catch_unwind(AssertUnwindSafe(|| what(&mut *protocol, &self.transport())));
        self.protocol.set(Some(protocol));
        match outcome {
            Ok(result) => Some(result),
            Err(payload) => {
                if let Some(event_loop) = self.event_loop.upgrade() {
                    let fault = Fault::panic(&*payload, self.made_at);
                    event_loop.call_exception_handler(&fault);
                }
                let text = format!("its protocol panicked: {}", message_of(&*payload));
                self.lose(Some(io::Error::other(text)));
                None
            }
        }
    }

    /// Tells the protocol of the marks, if it can be told now. If it is in one of its methods, that
    /// one's caller comes here next.
    pub(super) fn settle(self: &Rc<Core>) {
        while self.is_made.get() && self.stage.get() != Stage::Lost {
            let Some(protocol) = self.protocol.take() else { return };
            self.protocol.set(Some(protocol));
            let notice = self.output.borrow_mut().notice();
            let Some(notice) = notice else { return };
            self.tell_only(|protocol, transport| match notice {
                Notice::Pause => protocol.pause_writing(transport),
                Notice::Resume => protocol.resume_writing(transport),
            });
        }
    }

    pub(super) fn watch_input(self: &Rc<Core>) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        let wanted = !self.reading_paused.get() && !self.input_ended.get();
        if self.stage.get() != Stage::Open || !wanted {
            return;
        }
        let core = Rc::clone(self);
        let stream = Rc::clone(&self.stream);
        let watched = event_loop.watch(stream, Side::Reader, move |event_loop| {
            core.read_ready(event_loop);
        });
        if let Err(error) = watched {
            self.lose(Some(error));
        }
    }

    pub(super) fn ignore_input(&self) {
        if let Some(event_loop) = self.event_loop.upgrade() {
            event_loop.remove_reader(&self.stream);
        }
    }

    /// One read for one readiness, so that one busy connection is no more than one of many.
    fn read_ready(self: &Rc<Core>, event_loop: &EventLoop) {
        if self.stream.direction() == Direction::Out {
            return self.reader_is_gone();
        }
        let buffer = &mut *event_loop.tenants().buffer.borrow_mut();
        match attempt(|| self.stream.read(buffer)) {
            Ok(None) => {}
            Ok(Some(0)) => self.input_end(),
            Ok(Some(read)) => {
                self.tell(|protocol, transport| protocol.data_received(transport, &buffer[..read]));
            }
            Err(error) => self.lose(Some(error)),
        }
    }

    fn input_end(self: &Rc<Core>) {
        self.input_ended.set(true);
        // The end stays readable for ever.
        self.ignore_input();
        let stay = self.tell(|protocol, transport| protocol.eof_received(transport));
        // A pipe's other end has no side to keep open.
        if stay != Some(true) || self.stream.direction() == Direction::In {
            self.close();
        }
    }

    /// A writing end of a pipe is "readable" when nobody can read from the other one any more.
    fn reader_is_gone(self: &Rc<Core>) {
        let unwritten = !self.output.borrow().is_empty();
        self.lose(unwritten.then(|| ErrorKind::BrokenPipe.into()));
    }

    pub(super) fn write(self: &Rc<Core>, mut data: &[u8]) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        if self.stage.get() != Stage::Open || self.output_ends.get() || data.is_empty() {
            return;
        }
        if self.output.borrow().is_empty() {
            match attempt(|| self.stream.write(data)) {
                Ok(written) => data = &data[self.count(written)..],
                Err(error) => return self.lose(Some(error)),
            }
            if data.is_empty() {
                return;
            }
            if let Err(error) = self.watch_output(&event_loop) {
                return self.lose(Some(error));
            }
        }
        let pushed = self.output.borrow_mut().push(data);
        match pushed {
            Ok(()) => self.settle(),
            Err(error) => self.lose(Some(error)),
        }
    }

    fn watch_output(self: &Rc<Core>, event_loop: &EventLoop) -> io::Result<()> {
        let core = Rc::clone(self);
        let stream = Rc::clone(&self.stream);
        event_loop.watch(stream, Side::Writer, move |_| core.write_ready())?;
        Ok(())
    }

    fn write_ready(self: &Rc<Core>) {
        let written = attempt(|| self.stream.write(self.output.borrow().front()));
        match written {
            Ok(written) => {
                let written = self.count(written);
                self.output.borrow_mut().consume(written);
            }
            Err(error) => return self.lose(Some(error)),
        }
        // It may write more now.
        self.settle();
        if !self.output.borrow().is_empty() || self.stage.get() == Stage::Lost {
            return;
        }
        // A socket nearly always has room. Who goes on asking for it never sleeps again.
        if let Some(event_loop) = self.event_loop.upgrade() {
            event_loop.remove_writer(&self.stream);
        }
        if self.stage.get() == Stage::Closing {
            self.lose(None);
        } else {
            self.end_output_if_written();
        }
    }

    fn count(&self, written: Option<usize>) -> usize {
        let written = written.unwrap_or(0);
        self.written.set(self.written.get() + written as u64);
        written
    }

    pub(super) fn end_output_if_written(self: &Rc<Core>) {
        if self.output_ends.get()
            && self.output.borrow().is_empty()
            && let Err(error) = self.stream.end_output()
        {
            self.lose(Some(error));
        }
    }

    pub(super) fn close(self: &Rc<Core>) {
        if self.stage.get() != Stage::Open {
            return;
        }
        self.stage.set(Stage::Closing);
        if self.stream.direction() != Direction::Out {
            self.ignore_input();
        }
        if self.output.borrow().is_empty() {
            self.lose(None);
        }
    }

    /// The one way to the end. The protocol hears of it in the next iteration: it may be in the
    /// middle of one of its methods.
    pub(super) fn lose(self: &Rc<Core>, error: Option<io::Error>) {
        if self.stage.replace(Stage::Lost) == Stage::Lost {
            return;
        }
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        event_loop.remove_reader(&self.stream);
        event_loop.remove_writer(&self.stream);
        self.output.borrow_mut().clear();
        let core = Rc::clone(self);
        event_loop.call_soon(move |event_loop| {
            core.tell_only(|protocol, transport| protocol.connection_lost(transport, error));
            // Nothing more is said to it; and with us the descriptor is closed.
            drop(core.protocol.take());
            if let Some(tenancy) = core.tenancy.take() {
                event_loop.tenants().leave(tenancy);
            }
        });
    }
}

impl Tenant for Core {
    fn abort(self: Rc<Core>) {
        self.lose(None);
    }
}
