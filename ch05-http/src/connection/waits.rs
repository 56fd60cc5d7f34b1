//! Where a connection waits: for input, for room for its output, and not longer than it may.

use std::future::poll_fn;
use std::io;
use std::mem;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::{Connection, spare};
use crate::transport::Transport;

impl<T: Transport + 'static> Connection<T> {
    /// Writes all output.
    pub(super) async fn flush(&self) -> io::Result<()> {
        poll_fn(|context| self.poll_flush(context)).await
    }

    pub(super) fn poll_flush(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let state = &mut *self.state.borrow_mut();
        if state.output.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if !state.writing {
            if T::BLOCKS {
                state.writing = true;
                self.bound(self.settings.write);
            } else {
                // There mostly is room, and then nothing is waited for. What was waited for before is over.
                self.transport.set_deadline(self.now(), None);
            }
        }
        while state.written < state.output.len() {
            let rest = &state.output[state.written..];
            let written = match self.pass(self.transport.poll_write(context, rest)) {
                Poll::Pending if !state.writing => {
                    // Now it is. Its time is watched from the next look on.
                    state.writing = true;
                    self.bound(self.settings.write);
                    continue;
                }
                written => ready!(written)?,
            };
            state.written += written;
            state.answer = state.answer.filter(|begin| state.written <= *begin);
            if state.writing && written < rest.len() {
                self.bound(self.settings.write);
            }
        }
        spare::give(mem::take(&mut state.output));
        (state.written, state.writing) = (0, false);
        Poll::Ready(Ok(()))
    }

    /// Reads something, or notes the end.
    pub(super) fn poll_input(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.forget_time();
        let state = &mut *self.state.borrow_mut();
        if ready!(self.transport.poll_read(context, &mut state.input))? == 0 {
            state.server.end_of_input();
        }
        Poll::Ready(Ok(()))
    }

    /// The next progress must be made within this time, and within that of the whole request, which
    /// begins when something has to be bounded for the first time.
    pub(super) fn bound(&self, time: Duration) {
        let now = self.now();
        if self.total.get().is_none() {
            self.total.set(now.checked_add(self.settings.total));
        }
        let deadline = [now.checked_add(time), self.total.get()].into_iter().flatten().min();
        self.transport.set_deadline(now, deadline);
    }

    /// What time it is. Asking the clock costs more than most else in here, so it is asked anew only when
    /// something was waited for; whose calls block may have waited in any of them.
    pub(super) fn now(&self) -> Instant {
        if !T::BLOCKS
            && let Some(now) = self.time.get()
        {
            return now;
        }
        let now = self.transport.now();
        self.time.set(Some(now));
        now
    }

    /// Something is waited for.
    pub(super) fn forget_time(&self) {
        self.time.set(None);
    }

    /// What was polled is pending, or not.
    pub(super) fn pass<R>(&self, poll: Poll<R>) -> Poll<R> {
        if poll.is_pending() {
            self.forget_time();
        }
        poll
    }

    /// Something else is pending: what is there goes out. It is ready only if that fails.
    pub(super) fn flush_meanwhile<R>(&self, context: &mut Context<'_>) -> Poll<io::Result<R>> {
        let flushed = self.poll_flush(context);
        self.forget_time();
        match flushed {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Pending,
        }
    }
}
