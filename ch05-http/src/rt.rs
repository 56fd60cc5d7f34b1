//! hyper on our runtime: its `rt` traits, for the streams and timers of chapter 4.
//!
//! hyper brings no runtime. What it wants of one is in a handful of traits: bytes both ways, a
//! moment to wait for, and a place for tasks. Who gives it these may be tokio, or whoever else.

use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use ::hyper::rt::{Read, ReadBufCursor, Sleep, Timer, Write};
use ch04_async::{Async, time};
use send_wrapper::SendWrapper;

use crate::scratch;

/// A connection, as hyper wants it.
#[derive(Debug)]
pub struct Io(Async<TcpStream>);

impl Io {
    /// Takes over an accepted connection.
    ///
    /// # Errors
    ///
    /// When the client is gone already.
    pub fn new(stream: TcpStream) -> io::Result<Io> {
        Async::from_accepted(stream).map(Io)
    }

    /// The connection.
    #[must_use]
    pub fn get_ref(&self) -> &Async<TcpStream> {
        &self.0
    }
}

// ANCHOR: io
impl Read for Io {
    /// hyper's buffer may be memory that nobody has written yet, which safe code cannot read into.
    /// So it is read into one that the thread has for all of them, and copied.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        scratch::with(|scratch| {
            let most = buffer.remaining().min(scratch.len());
            let read = |mut stream: &TcpStream| io::Read::read(&mut stream, &mut scratch[..most]);
            let came = ready!(self.0.poll_read_with(context, read))?;
            if came < most {
                // hyper reads until somebody says that there is no more: it is known already.
                self.0.note_short_read();
            }
            buffer.put_slice(&scratch[..came]);
            Poll::Ready(Ok(()))
        })
    }
}

impl Write for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.poll_write_with(context, |mut stream| io::Write::write(&mut stream, bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = |mut stream: &TcpStream| io::Write::write_vectored(&mut stream, slices);
        self.0.poll_write_with(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// The kernel has it already.
    fn poll_flush(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.get_ref().shutdown(Shutdown::Write))
    }
}
// ANCHOR_END: io

/// The timers of the runtime that the thread is in, by its clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct OurTimer;

/// hyper's timers must be `Send`, for it cannot know that nobody sends them. Ours stay where they
/// are: whoever touched one on another thread would be stopped by a panic.
struct OurSleep(SendWrapper<time::Sleep>);

impl Timer for OurTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(OurSleep(SendWrapper::new(time::sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(OurSleep(SendWrapper::new(time::sleep_until(deadline))))
    }

    fn now(&self) -> Instant {
        time::now()
    }
}

impl Future for OurSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut *self.get_mut().0).poll(context)
    }
}

impl Sleep for OurSleep {}

impl fmt::Debug for OurSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OurSleep").finish()
    }
}
