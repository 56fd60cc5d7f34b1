//! A deadline that is moved with nearly every message, and nearly never comes.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use ch04_async::time::{self, Sleep};

// ANCHOR: deadline
/// A moment by which something must have happened.
///
/// A timer for each would be added and cancelled for each. So the timer stays where it was set, and
/// when it comes too early, it is set anew: one a minute, and not one a message.
#[derive(Debug, Default)]
pub(crate) struct Deadline {
    at: Cell<Option<Instant>>,
    timer: RefCell<Option<Sleep>>,
}

impl Deadline {
    /// Moves it; `None` is never.
    pub(crate) fn set(&self, at: Option<Instant>) {
        self.at.set(at);
    }

    /// Ready when it has passed.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at.get() else { return Poll::Pending };
        let mut timer = self.timer.borrow_mut();
        // One that comes too late is no use.
        if timer.as_ref().is_none_or(|timer| timer.deadline().is_none_or(|set| set > at)) {
            *timer = Some(time::sleep_until(at));
        }
        while let Some(sleep) = &mut *timer {
            ready!(Pin::new(sleep).poll(context));
            *timer = (time::now() < at).then(|| time::sleep_until(at));
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
        ready!(self.poll(context));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}
// ANCHOR_END: deadline
