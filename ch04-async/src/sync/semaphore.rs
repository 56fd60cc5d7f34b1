//! So many at once: asyncio's `Semaphore`.
//!
//! A permit that is given back goes to the first in line, and is counted as free only when nobody
//! waits. That is what makes it fair: there is never a free permit beside a waiter, so there is
//! nothing for a newcomer to snatch.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::line::{Line, Ticket};
use crate::budget::poll_budget;

/// A number of permits, and a line of those who wait for one.
#[derive(Debug)]
pub struct Semaphore {
    /// Free ones. While somebody waits there are none.
    free: Cell<usize>,
    /// Taken, and to be given back by [`release`](Semaphore::release).
    forgotten: Cell<usize>,
    line: Line,
}

impl Semaphore {
    /// A semaphore with so many permits.
    #[must_use]
    pub fn new(permits: usize) -> Semaphore {
        let (free, forgotten) = (Cell::new(permits), Cell::new(0));
        Semaphore { free, forgotten, line: Line::default() }
    }

    /// Waits for a permit, which is given back when it is dropped.
    pub fn acquire(&self) -> Acquire<&Semaphore> {
        Acquire { semaphore: self, state: State::New }
    }

    /// The same with a permit that borrows nothing, so that a task can take it along.
    pub fn acquire_owned(self: Rc<Self>) -> Acquire<Rc<Semaphore>> {
        Acquire { semaphore: self, state: State::New }
    }

    /// A permit, if one is free; none when others are in line for it.
    pub fn try_acquire(&self) -> Option<Permit<&Semaphore>> {
        // Made only where one was taken: a permit gives itself back, whether it was taken or not.
        self.take().then(|| Permit { semaphore: self })
    }

    /// Gives back a permit that was [forgotten](Permit::forget), or adds one that never was.
    ///
    /// # Panics
    ///
    /// At more permits than `usize` counts.
    pub fn release(&self) {
        self.forgotten.set(self.forgotten.get().saturating_sub(1));
        self.give_back();
    }

    /// To the first in line, whose it is from now on; free only when there is no line.
    fn give_back(&self) {
        if !self.line.serve_first() {
            let free = self.free.get().checked_add(1);
            self.free.set(free.expect("fewer permits than usize::MAX"));
        }
    }

    /// How many permits could be had without waiting.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.free.get()
    }

    /// How many tasks are in line.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    pub(super) fn forgotten(&self) -> usize {
        self.forgotten.get()
    }

    fn take(&self) -> bool {
        let free = self.free.get();
        self.free.set(free.saturating_sub(1));
        free > 0
    }
}

/// The future of [`Semaphore::acquire`]. Dropping it leaves the line.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Acquire<S: Deref<Target = Semaphore>> {
    semaphore: S,
    state: State,
}

#[derive(Debug)]
enum State {
    New,
    InLine(Ticket),
    Done,
}

/// References move; nothing here is pinned.
impl<S: Deref<Target = Semaphore>> Unpin for Acquire<S> {}

impl<S: Deref<Target = Semaphore> + Clone> Future for Acquire<S> {
    type Output = Permit<S>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Permit<S>> {
        ready!(poll_budget(context));
        match self.state {
            State::New if self.semaphore.take() => {}
            State::New => {
                self.state = State::InLine(self.semaphore.line.join(context.waker()));
                return Poll::Pending;
            }
            State::InLine(ticket) => {
                if self.semaphore.line.poll_served(ticket, context).is_pending() {
                    return Poll::Pending;
                }
            }
            State::Done => panic!("an acquire was polled after it was done"),
        }
        self.state = State::Done;
        Poll::Ready(Permit { semaphore: self.semaphore.clone() })
    }
}

/// Given up while waiting. If its turn had come already, the permit goes to the next.
impl<S: Deref<Target = Semaphore>> Drop for Acquire<S> {
    fn drop(&mut self) {
        let State::InLine(ticket) = self.state else { return };
        if !self.semaphore.line.leave(ticket) {
            self.semaphore.give_back();
        }
    }
}

/// One of a semaphore's permits, until it is dropped.
#[derive(Debug)]
#[must_use = "dropped at once, it is given back at once"]
pub struct Permit<S: Deref<Target = Semaphore>> {
    semaphore: S,
}

impl<S: Deref<Target = Semaphore>> Permit<S> {
    /// Keeps the permit taken. Somebody else gives it back, by [`Semaphore::release`].
    pub fn forget(self) {
        let forgotten = &self.semaphore.forgotten;
        forgotten.set(forgotten.get() + 1);
        mem::forget(self);
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Permit<S> {
    fn drop(&mut self) {
        self.semaphore.give_back();
    }
}
