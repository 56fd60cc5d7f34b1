//! A bound on the time that a client may take nothing, for hyper, which has none.
//!
//! hyper bounds how long a head may take, and no more: a client that asks for something large and does not
//! read it would keep its connection for ever. It waits in a write then, and there is where it can be ended.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use ::hyper::rt::{Read, ReadBufCursor, Write};

use crate::web::{Clock, Sleep};

/// A connection of which each write must get on within a time; else it fails by `TimedOut`, and hyper ends the
/// connection.
pub struct WriteTimeout<T> {
    io: T,
    within: Duration,
    clock: Clock,
    /// A write waits, and the time for it runs. It is made for those that wait, which are few.
    waiting: Option<Sleep>,
}

impl<T> WriteTimeout<T> {
    /// A connection by whose clock each write has so long.
    #[must_use]
    pub fn new(io: T, within: Duration, clock: Clock) -> WriteTimeout<T> {
        WriteTimeout { io, within, clock, waiting: None }
    }

    /// The connection.
    #[must_use]
    pub fn get_ref(&self) -> &T {
        &self.io
    }

    /// The connection, without the bound.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.io
    }

    // ANCHOR: in_time
    fn in_time<R>(
        &mut self,
        context: &mut Context<'_>,
        write: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if write.is_ready() {
            self.waiting = None;
            return write;
        }
        let waiting = self.waiting.get_or_insert_with(|| self.clock.sleep(self.within));
        waiting.as_mut().poll(context).map(|()| {
            self.waiting = None;
            Err(io::ErrorKind::TimedOut.into())
        })
    }
    // ANCHOR_END: in_time
}

impl<T: Read + Unpin> Read for WriteTimeout<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: Write + Unpin> Write for WriteTimeout<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.io).poll_write(context, bytes);
        self.in_time(context, write)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = Pin::new(&mut self.io).poll_write_vectored(context, slices);
        self.in_time(context, write)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flush = Pin::new(&mut self.io).poll_flush(context);
        self.in_time(context, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.io).poll_shutdown(context);
        self.in_time(context, shutdown)
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteTimeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteTimeout")
            .field("io", &self.io)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}
