//! Messages in, messages out: a dispatcher that collects and sends, after Python's asynchat.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use ladder::socket::READ_BYTES;

use super::collector::Collector;
use super::{Channel, Dispatcher, Outbox, Terminator};

/// Output of one peer that may wait, before this one is not read from any more: whoever sends
/// requests and takes no answers comes to wait.
const OUTBOX_HIGH_BYTES: usize = 64 * 1024;

/// What may wait for one peer when others send to it: then it has lost touch.
pub const OUTBOX_BYTES_MAX: usize = 256 * 1024;

/// Producers that may wait for one peer.
pub const PRODUCERS_MAX: usize = 16;

/// Whoever understands the messages.
#[expect(unused_variables, reason = "the names are for the reader; a default does nothing")]
pub trait Chat {
    /// A message is complete. The returned terminator ends the next one; `None`: the same as
    /// before.
    ///
    /// # Errors
    ///
    /// They end this channel.
    fn found_terminator(
        &mut self,
        message: Vec<u8>,
        outbox: &mut Outbox,
    ) -> io::Result<Option<Terminator>>;

    /// The peer has ended its side. A message without its terminator is not one.
    fn peer_ended(&mut self, outbox: &mut Outbox) {
        outbox.close_when_done();
    }

    /// The channel is closed; the error is what ended it, if one did.
    fn closed(&mut self, error: Option<io::Error>) {}
}

/// A channel of messages.
#[derive(Debug)]
pub struct AsyncChat<C> {
    chat: C,
    collector: Collector,
    /// Shared with those who send to this peer.
    outbox: Rc<RefCell<Outbox>>,
    peer_ended: bool,
    error: Option<io::Error>,
}

impl<C: Chat> AsyncChat<C> {
    /// Messages end with `terminator`, and have `max_bytes` at most.
    pub fn new(chat: C, terminator: Terminator, max_bytes: usize) -> AsyncChat<C> {
        let outbox = Rc::new(RefCell::new(Outbox::new(OUTBOX_BYTES_MAX, PRODUCERS_MAX)));
        let collector = Collector::new(terminator, max_bytes);
        AsyncChat { chat, collector, outbox, peer_ended: false, error: None }
    }

    /// The peer's output, for others who have something to say to it.
    #[must_use]
    pub fn outbox(&self) -> Rc<RefCell<Outbox>> {
        Rc::clone(&self.outbox)
    }
}

impl<C: Chat> Dispatcher for AsyncChat<C> {
    fn readable(&self) -> bool {
        let outbox = self.outbox.borrow();
        !self.peer_ended && !outbox.is_closing() && outbox.len() < OUTBOX_HIGH_BYTES
    }

    fn writable(&self) -> bool {
        !self.outbox.borrow().is_empty()
    }

    fn is_done(&self) -> bool {
        self.outbox.borrow().is_done()
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let mut buffer = [0; READ_BYTES];
        let read = channel.recv(&mut buffer)?;
        self.collector.feed(&buffer[..read]);
        while let Some(message) = self.collector.next_message()? {
            let outbox = &mut *self.outbox.borrow_mut();
            if let Some(next) = self.chat.found_terminator(message, outbox)? {
                self.collector.set_terminator(next);
            }
            if outbox.is_closing() {
                break;
            }
        }
        Ok(())
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        self.outbox.borrow_mut().send(|piece| channel.send(piece))
    }

    fn handle_close(&mut self, _channel: &mut Channel<'_>) -> io::Result<()> {
        self.peer_ended = true;
        self.chat.peer_ended(&mut self.outbox.borrow_mut());
        Ok(())
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        self.error = Some(error);
        channel.close();
    }

    fn handle_closed(&mut self) {
        self.chat.closed(self.error.take());
    }
}
