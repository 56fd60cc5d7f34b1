//! Output that is written now and sent when there is room: asyncio's `StreamWriter`.
//!
//! [`write`](StreamWriter::write) does not wait. What the kernel takes goes out at once; the rest is
//! kept, and a task of its own sends it while the caller does something else. That task exists only
//! while there is a rest: a client that reads as fast as we write never needs one.
//!
//! Kept output is memory, and a client that reads slowly would make it grow without end. So there is
//! a mark, and [`drain`](StreamWriter::drain) waits while the rest is above it. Who never drains has
//! no bound.
//!
//! Where asyncio differs: there a writer that is forgotten sends on. Here a writer that is dropped
//! without [`close`](StreamWriter::close) drops the rest, as every cancelled task drops what it holds.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, BytesMut};
use futures_io::AsyncWrite;

use crate::sync::Event;
use crate::task::{JoinHandle, spawn};

/// With more than this kept, [`drain`](StreamWriter::drain) waits. As asyncio.
pub const HIGH_WATER_BYTES: usize = 64 * 1024;

/// Of the high mark, down to which part the rest must be sent before `drain` goes on. A mark below
/// the other, so that it is not one small write after each small drain.
const LOW_WATER_PART: usize = 4;

/// Writes to `W`, without waiting.
pub struct StreamWriter<W> {
    shared: Rc<Shared<W>>,
    /// Sends the rest.
    sending: Option<JoinHandle<()>>,
}

/// What the writer and the task that sends for it know.
struct Shared<W> {
    output: RefCell<Output<W>>,
    /// The rest is not too much.
    below: Event,
    /// The end was sent, or nothing more can be.
    closed: Event,
    high_water: Cell<usize>,
}

struct Output<W> {
    sink: W,
    /// Written, and not sent.
    rest: BytesMut,
    /// After the rest comes the end.
    ending: bool,
    failed: Option<io::Error>,
}

impl<W: AsyncWrite + Unpin + 'static> StreamWriter<W> {
    /// A writer with asyncio's mark.
    pub fn new(sink: W) -> StreamWriter<W> {
        let output = Output { sink, rest: BytesMut::new(), ending: false, failed: None };
        let (below, closed) = (Event::new(), Event::new());
        below.set();
        let high_water = Cell::new(HIGH_WATER_BYTES);
        let shared = Shared { output: RefCell::new(output), below, closed, high_water };
        StreamWriter { shared: Rc::new(shared), sending: None }
    }

    /// Another mark for [`drain`](StreamWriter::drain).
    pub fn set_high_water(&mut self, bytes: usize) {
        self.shared.high_water.set(bytes);
        self.shared.mark(self.pending());
    }

    /// Sends `bytes`, or keeps them to be sent. An error is told by the next `drain`.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime), when not all could be sent at once.
    pub fn write(&mut self, bytes: &[u8]) {
        let mut output = self.shared.output.borrow_mut();
        if output.ending {
            output.fail(io::Error::new(io::ErrorKind::BrokenPipe, "written after the end"));
        }
        if output.failed.is_some() {
            return;
        }
        output.rest.extend_from_slice(bytes);
        drop(output);
        self.send();
    }

    /// Waits while too much is kept. The place for it is after every write, or every few: it costs
    /// nothing where there is no need to wait.
    ///
    /// # Errors
    ///
    /// What the sink said, now or before. Nothing more can be written then.
    pub async fn drain(&mut self) -> io::Result<()> {
        self.shared.below.wait().await;
        self.shared.check()
    }

    /// Says that nothing more comes, after all that was written. The other direction goes on.
    ///
    /// # Panics
    ///
    /// As [`write`](StreamWriter::write).
    pub fn write_eof(&mut self) {
        self.shared.output.borrow_mut().ending = true;
        self.send();
    }

    /// The same, by the name that asyncio has for the end of both directions: ours of the other ends
    /// when its reader is dropped. The writer may be dropped now: what is kept is still sent.
    ///
    /// # Panics
    ///
    /// As [`write`](StreamWriter::write).
    pub fn close(&mut self) {
        self.write_eof();
    }

    /// Waits until all is sent that was written before [`close`](StreamWriter::close).
    ///
    /// # Errors
    ///
    /// When it could not be.
    pub async fn wait_closed(&mut self) -> io::Result<()> {
        self.shared.closed.wait().await;
        self.shared.check()
    }

    /// How many bytes are kept.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.shared.output.borrow().rest.len()
    }

    /// Sends what can be sent now. For what is left there is the task.
    fn send(&mut self) {
        if self.sending.as_ref().is_some_and(|sending| !sending.is_finished()) {
            self.shared.mark(self.pending());
            return;
        }
        // Nobody to wake: if it has to wait, the task asks again, and that counts.
        if self.shared.poll_send(&mut Context::from_waker(Waker::noop())).is_pending() {
            let shared = Rc::clone(&self.shared);
            self.sending = Some(spawn(async move {
                poll_fn(|context| shared.poll_send(context)).await;
            }));
        }
    }
}

impl<W: AsyncWrite + Unpin> Shared<W> {
    /// Ready when nothing is kept, and, if it was asked for, the end was sent.
    fn poll_send(&self, context: &mut Context<'_>) -> Poll<()> {
        if self.closed.is_set() {
            // The end is said once.
            return Poll::Ready(());
        }
        let mut output = self.output.borrow_mut();
        let sent = output.poll_send(context);
        let rest = output.rest.len();
        if let Poll::Ready(Err(error)) = sent {
            output.fail(error);
        } else if sent.is_pending() {
            drop(output);
            self.mark(rest);
            return Poll::Pending;
        }
        let closed = output.ending || output.failed.is_some();
        // Nobody is woken within the borrow.
        drop(output);
        self.below.set();
        if closed {
            self.closed.set();
        }
        Poll::Ready(())
    }
}

impl<W> Shared<W> {
    /// Says whether the rest is too much. In between it stays as it was.
    fn mark(&self, rest: usize) {
        let high_water = self.high_water.get();
        if rest > high_water {
            self.below.clear();
        } else if rest <= high_water / LOW_WATER_PART {
            self.below.set();
        }
    }

    fn check(&self) -> io::Result<()> {
        self.output.borrow().failed.as_ref().map_or(Ok(()), |failed| Err(again(failed)))
    }
}

impl<W: AsyncWrite + Unpin> Output<W> {
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.rest.is_empty() {
            match ready!(Pin::new(&mut self.sink).poll_write(context, &self.rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.rest.advance(written),
            }
        }
        // With its memory: there is a rest only where a client is slow.
        self.rest = BytesMut::new();
        ready!(Pin::new(&mut self.sink).poll_flush(context))?;
        if self.ending { Pin::new(&mut self.sink).poll_close(context) } else { Poll::Ready(Ok(())) }
    }
}

impl<W> Output<W> {
    /// The first error counts. What is kept will never be sent.
    fn fail(&mut self, error: io::Error) {
        self.failed.get_or_insert(error);
        self.rest = BytesMut::new();
    }
}

/// The same error once more: `io::Error` cannot be cloned.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// Without `close` nobody has said that the rest is worth waiting for.
impl<W> Drop for StreamWriter<W> {
    fn drop(&mut self) {
        let ending = self.shared.output.borrow().ending;
        if let Some(sending) = self.sending.take()
            && !ending
        {
            sending.abort();
        }
    }
}

impl<W> fmt::Debug for StreamWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending = self.shared.output.borrow().rest.len();
        f.debug_struct("StreamWriter").field("pending", &pending).finish_non_exhaustive()
    }
}
