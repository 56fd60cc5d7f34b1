//! Which moment wakes which task.
//!
//! Timers lie in a tree by their deadline. Adding and cancelling one takes O(log n), and a cancelled
//! one is gone at once: a heap would keep it until its time has come, and a server makes a timeout
//! for every request and cancels nearly all of them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::runtime::with_current;

/// A timer's place: its deadline, and among equal deadlines the order of creation.
type Key = (Instant, u64);

/// The pending timers of a runtime. It is told what time it is, so its tests need no sleep.
#[derive(Debug, Default)]
pub struct Timers {
    pending: RefCell<BTreeMap<Key, Waker>>,
    created: Cell<u64>,
}

impl Timers {
    /// How long until the next one is due; `None` when there is none.
    pub fn until_next(&self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let pending = self.pending.borrow();
        let ((deadline, _), _) = pending.first_key_value()?;
        Some(deadline.saturating_duration_since(now()))
    }

    /// Wakes those that are due at `now`, in the order of their deadlines.
    pub fn fire(&self, now: impl FnOnce() -> Instant) {
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

    fn key(&self, deadline: Instant) -> Key {
        let number = self.created.get();
        self.created.set(number + 1);
        (deadline, number)
    }
}

/// Ends after `duration`. Not before; later by as much as other tasks keep the thread.
///
/// # Panics
///
/// When it is awaited outside a [`Runtime`](crate::Runtime).
#[must_use = "nothing happens before it is awaited"]
pub fn sleep(duration: Duration) -> Sleep {
    // A moment that the clock cannot name does not come.
    Sleep { deadline: Instant::now().checked_add(duration), key: None }
}

/// The future of [`sleep`]. Dropping it cancels the timer.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Sleep {
    deadline: Option<Instant>,
    key: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        if deadline <= Instant::now() {
            return Poll::Ready(());
        }
        with_current(|runtime| {
            let timers = &runtime.timers;
            let key = *self.key.get_or_insert_with(|| timers.key(deadline));
            // The newest waker counts: the future may have moved to another task.
            timers.pending.borrow_mut().insert(key, context.waker().clone());
        });
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            with_current(|runtime| runtime.timers.pending.borrow_mut().remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

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
            let key = timers.key(at(millis));
            timers.pending.borrow_mut().insert(key, Waker::from(Arc::clone(&count)));
        }
        assert_eq!(timers.until_next(|| start), Some(Duration::from_millis(10)));
        timers.fire(|| at(9));
        assert_eq!(count.0.load(Ordering::Relaxed), 0, "never early");
        timers.fire(|| at(20));
        assert_eq!(count.0.load(Ordering::Relaxed), 3);
        assert_eq!(timers.until_next(|| at(40)), Some(Duration::ZERO), "late, and due at once");
    }

    #[test]
    fn a_hundred_thousand_dropped_sleeps_leave_nothing_behind() {
        crate::Runtime::new().expect("a runtime").block_on(async {
            let pending = || with_current(|runtime| runtime.timers.pending.borrow().len());
            let mut sleeps: Vec<_> =
                (0..100_000).map(|_| Box::pin(sleep(Duration::from_secs(3600)))).collect();
            std::future::poll_fn(|context| {
                let mut all = sleeps.iter_mut();
                assert!(all.all(|sleep| sleep.as_mut().poll(context).is_pending()));
                Poll::Ready(())
            })
            .await;
            assert_eq!(pending(), Some(100_000));
            drop(sleeps);
            assert_eq!(pending(), Some(0));
        });
    }
}
