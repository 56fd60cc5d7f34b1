//! Something has happened: asyncio's `Event`.
//!
//! A flag that can be awaited. Who comes after it was set does not wait; who waited while it was
//! set goes on, even if it is cleared again before their turn to run.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::line::{Line, Ticket};
use crate::budget::poll_budget;

/// A flag, and those who wait for it.
#[derive(Debug, Default)]
pub struct Event {
    is_set: Cell<bool>,
    line: Line,
}

impl Event {
    /// An event that has not happened.
    #[must_use]
    pub fn new() -> Event {
        Event::default()
    }

    /// It has happened: all who wait go on, in the order in which they came.
    pub fn set(&self) {
        if !self.is_set.replace(true) {
            self.line.serve_all();
        }
    }

    /// It has not happened: who comes from now on waits.
    pub fn clear(&self) {
        self.is_set.set(false);
    }

    /// Whether it has happened.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.is_set.get()
    }

    /// Waits until it has happened.
    pub fn wait(&self) -> Wait<'_> {
        Wait { event: self, ticket: None }
    }
}

/// The future of [`Event::wait`]. Dropping it leaves the line.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Wait<'e> {
    event: &'e Event,
    ticket: Option<Ticket>,
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        ready!(poll_budget(context));
        let line = &self.event.line;
        match self.ticket {
            Some(ticket) => line.poll_served(ticket, context),
            None if self.event.is_set() => Poll::Ready(()),
            None => {
                self.ticket = Some(line.join(context.waker()));
                Poll::Pending
            }
        }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            // An event is for everybody, so there is nothing to hand on.
            let _was_waiting = self.event.line.leave(ticket);
        }
    }
}
