//! One connection, as its protocol and others see it.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::panic::Location;
use std::rc::{Rc, Weak};

use super::Protocol;
use super::buffer::WriteBuffer;
use super::connection::{Core, Stage};
use super::stream::{ByteStream, Direction};
use crate::event_loop::EventLoop;

/// A connection, by name. The loop owns it, so a protocol may keep as many of these as it likes,
/// also of other connections: they keep nothing alive. After the connection is lost, all of their
/// methods do nothing.
#[derive(Clone)]
pub struct Transport {
    pub(super) core: Weak<Core>,
}

impl EventLoop {
    /// Puts a protocol onto a stream that is connected and does not block.
    #[track_caller]
    pub(crate) fn start(
        &self,
        stream: Rc<dyn ByteStream>,
        protocol: Box<dyn Protocol>,
    ) -> Transport {
        let core = Rc::new(Core {
            event_loop: self.downgrade(),
            stream,
            protocol: Cell::new(Some(protocol)),
            output: RefCell::new(WriteBuffer::new()),
            is_made: Cell::new(false),
            stage: Cell::new(Stage::Open),
            reading_paused: Cell::new(false),
            input_ended: Cell::new(false),
            output_ends: Cell::new(false),
            written: Cell::new(0),
            tenancy: Cell::new(None),
            made_at: Location::caller(),
        });
        core.tenancy.set(Some(self.tenants().enter(Rc::clone(&core) as _)));
        let transport = Transport { core: Rc::downgrade(&core) };
        self.call_soon(move |_| {
            core.is_made.set(true);
            core.tell(|protocol, transport| protocol.connection_made(transport));
            // Not before: nothing may come to a protocol that does not know its connection.
            core.watch_input();
        });
        transport
    }
}

impl Transport {
    /// Sends `data`: as much as the peer takes at once, and keeps the rest for later. Closed, or
    /// after [`Transport::write_eof`], it sends nothing.
    pub fn write(&self, data: &[u8]) {
        if let Some(core) = self.core.upgrade() {
            core.write(data);
        }
    }

    /// Ends this side of the connection when all is written, and goes on reading. For a pipe, which
    /// has one side, that is [`Transport::close`].
    pub fn write_eof(&self) {
        let Some(core) = self.core.upgrade() else { return };
        if core.stream.direction() == Direction::Out {
            core.close();
        } else if core.stage.get() == Stage::Open && !core.output_ends.replace(true) {
            core.end_output_if_written();
        }
    }

    /// Reads no more, writes what waits, and then ends the connection.
    pub fn close(&self) {
        if let Some(core) = self.core.upgrade() {
            core.close();
        }
    }

    /// Ends the connection now. What waits to be written is dropped.
    pub fn abort(&self) {
        if let Some(core) = self.core.upgrade() {
            core.lose(None);
        }
    }

    /// Whether it is closed, aborted or lost.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.core.upgrade().is_none_or(|core| core.stage.get() != Stage::Open)
    }

    /// Reads no more until [`Transport::resume_reading`], so that the peer comes to wait. Meanwhile
    /// nothing is heard of its end, either.
    pub fn pause_reading(&self) {
        let Some(core) = self.core.upgrade() else { return };
        if !core.reading_paused.replace(true) && core.stream.direction() != Direction::Out {
            core.ignore_input();
        }
    }

    /// Reads again.
    pub fn resume_reading(&self) {
        let Some(core) = self.core.upgrade() else { return };
        if core.reading_paused.replace(false) {
            core.watch_input();
        }
    }

    /// How many bytes wait to be written.
    #[must_use]
    pub fn write_buffer_size(&self) -> usize {
        self.core.upgrade().map_or(0, |core| core.output.borrow().len())
    }

    /// Chooses the marks: above `high` the protocol is told to pause, at `low` to go on. Zero for
    /// both means that nothing should wait here at all.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if `low` is above `high`.
    pub fn set_write_buffer_limits(&self, high: usize, low: usize) -> io::Result<()> {
        let Some(core) = self.core.upgrade() else { return Ok(()) };
        core.output.borrow_mut().set_limits(high, low)?;
        core.settle();
        Ok(())
    }

    /// How many bytes the kernel has taken so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.core.upgrade().map_or(0, |core| core.written.get())
    }

    /// Whom it leads to, if that has an address, and is still there.
    #[must_use]
    pub fn peer_addr(&self) -> Option<SocketAddr> {
        self.core.upgrade().and_then(|core| core.stream.peer_addr())
    }

    /// Calls `with` with the connection's loop: for a timeout, say. `None`: both are gone.
    pub fn with_loop<R>(&self, with: impl FnOnce(&EventLoop) -> R) -> Option<R> {
        let event_loop = self.core.upgrade()?.event_loop.upgrade()?;
        Some(with(&event_loop))
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Transport");
        if let Some(core) = self.core.upgrade() {
            shown.field("stage", &core.stage.get()).field("output", &core.output.borrow().len());
        }
        shown.finish_non_exhaustive()
    }
}
