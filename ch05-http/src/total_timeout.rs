//! A bound on the time of a request in all, for hyper, which has none.
//!
//! Each step of a slow client has its own time: a head, a piece of a body, a write. One that makes its
//! progress, a byte every nineteen seconds, would keep its place for ever all the same. hyper calls a service
//! for each request, and reads and writes below it; only both together know whether a request is under way,
//! so here is one of each: [`Requests`] above hyper, and [`TotalTimeout`] below.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::hyper::rt::{Read, ReadBufCursor, Write};
use bytes::Bytes;
use futures_util::TryFutureExt;
use http::Response;
use http_body::{Body, Frame, SizeHint};

use crate::web::{Clock, Sleep};

/// The requests of one connection. A clone counts the same ones.
#[derive(Clone, Debug, Default)]
pub struct Requests(Rc<Count>);

#[derive(Debug, Default)]
struct Count {
    asked: Cell<u64>,
    /// So many answers have been made whole, and are with hyper.
    answered: Cell<u64>,
}

impl Requests {
    /// Counts a request whose answer this is, and says what `answer` says. As an `async fn` it would keep
    /// the future twice, as what it was given and as what it awaits, and move it from the one to the other.
    pub fn count<B, E>(
        &self,
        answer: impl Future<Output = Result<Response<B>, E>>,
    ) -> impl Future<Output = Result<Response<Counted<B>>, E>> {
        self.0.asked.set(self.0.asked.get() + 1);
        let end = End(Rc::clone(&self.0));
        answer.map_ok(|response| response.map(|body| Counted { body, _end: end }))
    }
}

/// Counts an answer when it is dropped.
#[derive(Debug)]
struct End(Rc<Count>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.answered.set(self.0.answered.get() + 1);
    }
}

/// The body of an answer. hyper drops it when it has taken all of it.
#[derive(Debug)]
pub struct Counted<B> {
    body: B,
    _end: End,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection that fails by `TimedOut` when a request and its answer take longer than they may. The time
/// begins when something of them is waited for.
pub struct TotalTimeout<T> {
    io: T,
    within: Duration,
    clock: Clock,
    requests: Requests,
    /// So many answers have gone out.
    sent: u64,
    /// The request whose time runs, and that time. It is made for those that wait.
    waiting: Option<(u64, Sleep)>,
}

impl<T> TotalTimeout<T> {
    /// A connection by whose clock each of these requests has so long.
    #[must_use]
    pub fn new(io: T, within: Duration, clock: Clock, requests: Requests) -> TotalTimeout<T> {
        TotalTimeout { io, within, clock, requests, sent: 0, waiting: None }
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
        step: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        let asked = self.requests.0.asked.get();
        if step.is_ready() || asked == self.sent {
            return step;
        }
        if self.waiting.as_ref().is_none_or(|(request, _)| *request != asked) {
            self.waiting = Some((asked, self.clock.sleep(self.within)));
        }
        match &mut self.waiting {
            Some((_, time)) => time.as_mut().poll(context).map(|()| Err(late())),
            None => step,
        }
    }

    /// hyper has written all that it had.
    fn all_sent(&mut self) {
        self.sent = self.requests.0.answered.get();
        if self.sent == self.requests.0.asked.get() {
            self.waiting = None;
        }
    }
    // ANCHOR_END: in_time
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the request took too long in all")
}

impl<T: Read + Unpin> Read for TotalTimeout<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        self.in_time(context, read)
    }
}

impl<T: Write + Unpin> Write for TotalTimeout<T> {
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
        if let Poll::Ready(Ok(())) = flush {
            self.all_sent();
        }
        self.in_time(context, flush)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shutdown = Pin::new(&mut self.io).poll_shutdown(context);
        self.in_time(context, shutdown)
    }
}

impl<T: fmt::Debug> fmt::Debug for TotalTimeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TotalTimeout")
            .field("io", &self.io)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}
