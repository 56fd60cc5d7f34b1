//! Something about the locked value has changed: asyncio's `Condition`.
//!
//! A task that holds a lock and finds that it cannot go on gives the lock away and waits, in one
//! step. Whoever changes the value notifies. The waiter then locks again, and looks again: it was
//! told that something changed, not what.
//!
//! Where asyncio differs: it wants the lock to be held by who notifies, and raises otherwise. Here
//! the value cannot be changed without the lock, so when to notify is free. And a waiter that is
//! cancelled there must lock again first; here it is gone at once, and its notification goes to
//! the next, which asyncio does only since Python 3.13.

use std::future::poll_fn;
use std::task::Poll;

use super::line::{Line, Ticket};
use super::mutex::MutexGuard;

/// Those who wait for a change.
#[derive(Debug, Default)]
pub struct Condition {
    line: Line,
}

impl Condition {
    /// A condition that nobody waits for.
    #[must_use]
    pub fn new() -> Condition {
        Condition::default()
    }

    /// Unlocks, waits for a notification, and locks again. One that comes between the unlocking and
    /// the waiting is not lost.
    pub async fn wait<'m, T: ?Sized>(&self, guard: MutexGuard<'m, T>) -> MutexGuard<'m, T> {
        let mutex = MutexGuard::mutex(&guard);
        let join = poll_fn(|context| Poll::Ready(self.line.join(context.waker())));
        // In line first, and only then unlocked.
        let waiting = Waiting { condition: self, ticket: join.await };
        drop(guard);
        poll_fn(|context| self.line.poll_served(waiting.ticket, context)).await;
        let guard = mutex.lock().await;
        // Only now has the notification reached somebody who can act on it.
        waiting.forget();
        guard
    }

    /// Waits until `holds` says so of the locked value; not at all if it does already.
    pub async fn wait_for<'m, T: ?Sized>(
        &self,
        mut guard: MutexGuard<'m, T>,
        mut holds: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'m, T> {
        while !holds(&mut guard) {
            guard = self.wait(guard).await;
        }
        guard
    }

    /// Notifies the first `count` of those who wait. With nobody waiting, nothing is remembered:
    /// what has changed is in the value.
    pub fn notify(&self, count: usize) {
        for _ in 0..count {
            if !self.line.serve_first() {
                return;
            }
        }
    }

    /// Notifies all who wait.
    pub fn notify_all(&self) {
        self.line.serve_all();
    }
}

/// A waiter. Dropped before it could lock again, it hands its notification on.
struct Waiting<'c> {
    condition: &'c Condition,
    ticket: Ticket,
}

impl Waiting<'_> {
    fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.condition.line.leave(self.ticket) {
            self.condition.notify(1);
        }
    }
}
