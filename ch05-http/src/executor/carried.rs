//! A stream of any kind, as what carries HTTP.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::BytesMut;
use ch04_async::time;
use futures_io::{AsyncRead, AsyncWrite};

use super::CLOCK;
use crate::deadline::Deadline;
use crate::scratch;
use crate::transport::Transport;
use crate::web::Clock;

/// A stream of any kind on the runtime.
pub(super) struct Carried<S> {
    stream: RefCell<S>,
    deadline: Deadline,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Carried<S> {
    pub(super) fn new(stream: S) -> Carried<S> {
        Carried { stream: RefCell::new(stream), deadline: Deadline::default() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport for Carried<S> {
    fn poll_read(
        &self,
        context: &mut Context<'_>,
        input: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let stream = &mut *self.stream.borrow_mut();
        let read = |room: &mut [u8]| Pin::new(stream).poll_read(context, room);
        let read = scratch::read_into(input, read);
        self.deadline.or_late(context, read)
    }

    fn poll_write(&self, context: &mut Context<'_>, output: &[u8]) -> Poll<io::Result<usize>> {
        let stream = &mut *self.stream.borrow_mut();
        let mut wrote = Pin::new(&mut *stream).poll_write(context, output);
        if let Poll::Ready(Ok(written)) = wrote
            && written == output.len()
        {
            // The last of it: what the stream keeps is to go, too. If there is no room for it now,
            // it goes with what is read or written next.
            if let Poll::Ready(Err(error)) = Pin::new(stream).poll_flush(context) {
                wrote = Poll::Ready(Err(error));
            }
        }
        self.deadline.or_late(context, wrote)
    }

    fn poll_end_output(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = Pin::new(&mut *self.stream.borrow_mut()).poll_close(context);
        self.deadline.or_late(context, closed)
    }

    fn set_deadline(&self, now: Instant, deadline: Option<Instant>) {
        self.deadline.set(now, deadline);
    }

    fn clock(&self) -> Clock {
        CLOCK
    }

    fn now(&self) -> Instant {
        time::turn()
    }
}
