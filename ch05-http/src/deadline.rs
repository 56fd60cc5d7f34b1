//! A deadline that is moved with nearly every message, and nearly never comes.

use std::cell::{Cell, RefCell};
use std::future::{Future, Pending, pending};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use ch04_async::time::{self, Timeout};

// ANCHOR: deadline
/// A moment by which something must have happened.
///
/// A timer for each would be added and cancelled for each. So the timer stays where it was set, and
/// when it comes too early, it is set anew: one a minute, and not one a message.
#[derive(Debug, Default)]
pub(crate) struct Deadline {
    at: Cell<Option<Instant>>,
    /// Not a `Sleep`: that one is counted against its task's budget, and is not set once that is used
    /// up. A client that keeps us busy and then falls silent would be waited for without end.
    timer: RefCell<Option<Timeout<Pending<()>>>>,
    /// When the timer fires, if there is one.
    armed: Cell<Option<Instant>>,
    /// The timer had not fired when the deadline was moved, and was not looked at since. Whoever is
    /// pending now is woken by it: each look would cost as much as a small request.
    fresh: Cell<bool>,
}

impl Deadline {
    /// Moves it, `now`; `None` is never.
    pub(crate) fn set(&self, now: Instant, at: Option<Instant>) {
        self.at.set(at);
        let armed = |at| self.armed.get().is_some_and(|armed| now < armed && armed <= at);
        self.fresh.set(at.is_some_and(armed));
    }

    /// Ready when it has passed. To be polled by one task alone.
    #[inline]
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        match self.at.get() {
            None => Poll::Pending,
            Some(_) if self.fresh.replace(false) => Poll::Pending,
            Some(at) => self.poll_timer(at, context),
        }
    }

    fn poll_timer(&self, at: Instant, context: &mut Context<'_>) -> Poll<()> {
        let mut timer = self.timer.borrow_mut();
        let arm = |timer: &mut Option<_>| {
            self.armed.set(Some(at));
            *timer = Some(time::timeout_at(at, pending()));
        };
        // One that comes too late is no use.
        if self.armed.get().is_none_or(|armed| armed > at) {
            arm(&mut timer);
        }
        while let Some(set) = &mut *timer {
            if Pin::new(set).poll(context).is_pending() {
                return Poll::Pending;
            }
            *timer = None;
            self.armed.set(None);
            if time::now() < at {
                arm(&mut timer);
            }
        }
        Poll::Ready(())
    }

    /// Pending until the deadline, and an error then.
    pub(crate) fn or_late<R>(
        &self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        if poll.is_ready() {
            return poll;
        }
        self.poll(context).map(|()| Err(ErrorKind::TimedOut.into()))
    }
}
// ANCHOR_END: deadline
