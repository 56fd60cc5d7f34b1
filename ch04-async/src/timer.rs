//! Which moment wakes which task.
//!
//! Timers lie in a tree by their deadline. Adding and cancelling one takes O(log n), and a cancelled
//! one is gone at once: a heap would keep it until its time has come, and a server makes a timeout
//! for every request and cancels nearly all of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// A timer's place: its deadline, and among equal deadlines the order of creation.
pub(crate) type Key = (Instant, u64);

/// The pending timers of a runtime. It is told what time it is, so its tests need no sleep.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    pending: RefCell<BTreeMap<Key, Waker>>,
    created: Cell<u64>,
}

impl Timers {
    /// When the next one is due; `None` when there is none.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.pending.borrow().first_key_value().map(|((deadline, _), _)| *deadline)
    }

    /// Adds one that wakes `waker` at `deadline`.
    pub(crate) fn add(&self, deadline: Instant, waker: Waker) -> Key {
        let key = (deadline, self.created.get());
        self.created.set(key.1 + 1);
        self.pending.borrow_mut().insert(key, waker);
        key
    }

    /// Has a timer wake `waker` from now on. False: it has fired already.
    pub(crate) fn update(&self, key: Key, waker: &Waker) -> bool {
        let mut pending = self.pending.borrow_mut();
        let Some(known) = pending.get_mut(&key) else { return false };
        if !known.will_wake(waker) {
            let stale = std::mem::replace(known, waker.clone());
            drop(pending);
            drop(stale);
        }
        true
    }

    /// Takes one out, if it has not fired.
    pub(crate) fn cancel(&self, key: Key) {
        let cancelled = self.pending.borrow_mut().remove(&key);
        // Outside of the borrow, as it may hold the last trace of a task.
        drop(cancelled);
    }

    /// Wakes those that are due at `now`, in the order of their deadlines.
    pub(crate) fn fire(&self, now: impl FnOnce() -> Instant) {
        if self.pending.borrow().is_empty() {
            return;
        }
        let now = now();
        while let Some(waker) = self.pop_due(now) {
            // Nothing is borrowed here: a waker may do anything, even make a timer.
            waker.wake();
        }
    }

    fn pop_due(&self, now: Instant) -> Option<Waker> {
        let mut pending = self.pending.borrow_mut();
        let first = pending.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.pending.borrow().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn those_that_are_due_fire_and_the_others_stay() {
        let (timers, count, start) =
            (Timers::default(), Arc::new(Count::default()), Instant::now());
        let at = |millis| start + Duration::from_millis(millis);
        for millis in [30, 10, 20, 10] {
            timers.add(at(millis), Waker::from(Arc::clone(&count)));
        }
        assert_eq!(timers.next(), Some(at(10)));
        timers.fire(|| at(9));
        assert_eq!(count.0.load(Ordering::Relaxed), 0, "never early");
        timers.fire(|| at(20));
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
        assert_eq!(timers.next(), Some(at(30)));
    }
}
