//! Waiting until a source is ready, without doing anything with it yet.
//!
//! The reactor is told of edges, and an edge that somebody else has used up says nothing about now.
//! So the kernel is asked, by a poll(2) that does not wait, and the answer is an answer for now.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use ch03_selectors::Source;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::reactor::Async;

impl<T: Source> Async<T> {
    /// Ends when a read would not block: there are bytes, a client, the end of input or an error.
    ///
    /// Among several tasks it is a race: by the time this one reads, another may have.
    ///
    /// # Errors
    ///
    /// None is to be expected in the runtime that it belongs to.
    pub async fn readable(&self) -> io::Result<()> {
        self.read_with(|source| is_ready(source, PollFlags::IN)).await
    }

    /// Ends when a write would not block: there is room, or an error.
    ///
    /// # Errors
    ///
    /// None is to be expected in the runtime that it belongs to.
    pub async fn writable(&self) -> io::Result<()> {
        self.write_with(|source| is_ready(source, PollFlags::OUT)).await
    }

    /// The same as [`readable`](Self::readable), for a hand-written future.
    ///
    /// # Errors
    ///
    /// None is to be expected in the runtime that it belongs to.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_with(context, |source| is_ready(source, PollFlags::IN))
    }

    /// Tries `operation` until it says something other than `WouldBlock`, waiting for input in
    /// between. With it, any call on a descriptor can be awaited. Dropping the future does nothing
    /// to the source: what was not read is still there.
    ///
    /// # Errors
    ///
    /// What `operation` says.
    pub async fn read_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        poll_fn(|context| self.poll_read_with(context, &mut operation)).await
    }

    /// The same for output.
    ///
    /// # Errors
    ///
    /// What `operation` says.
    pub async fn write_with<R>(
        &self,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        poll_fn(|context| self.poll_write_with(context, &mut operation)).await
    }
}

/// `WouldBlock`, unless the kernel says otherwise right now.
fn is_ready(source: &impl Source, flags: PollFlags) -> io::Result<()> {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    match poll(&mut [PollFd::new(source, flags)], Some(&now))? {
        0 => Err(io::ErrorKind::WouldBlock.into()),
        _ => Ok(()),
    }
}
