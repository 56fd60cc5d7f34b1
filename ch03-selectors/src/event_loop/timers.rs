//! Which callback is due, and when.
//!
//! The timers lie in a heap: the next one is on top, adding one takes O(log n). A cancelled one
//! somewhere inside cannot be taken out so cheaply, so it stays, empty, until it comes to the top.
//! A server makes a timeout for each request and cancels nearly all of them, so that alone would
//! keep a million dead timers; when more than half are dead, the heap is built anew without them.
//!
//! What time it is, is an argument here. So the tests need not sleep.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use super::handle::Handle;

/// Cancelled timers that are not worth a rebuilding, however few others there are.
const CANCELLED_KEPT: usize = 64;

/// The timers of a loop.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: RefCell<BinaryHeap<Timer>>,
    created: Cell<u64>,
    /// How many in the heap are cancelled.
    cancelled: Cell<usize>,
}

#[derive(Debug)]
struct Timer {
    deadline: Instant,
    /// The order of creation, which decides between equal deadlines. A heap alone keeps no order.
    number: u64,
    handle: Handle,
}

impl Timers {
    pub(crate) fn add(&self, deadline: Instant, handle: Handle) {
        let number = self.created.get();
        self.created.set(number + 1);
        handle.set_in_heap(true);
        self.heap.borrow_mut().push(Timer { deadline, number, handle });
    }

    /// How long until the next one is due; `None` when there is none.
    pub(crate) fn until_next(&self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let mut heap = self.heap.borrow_mut();
        while let Some(top) = heap.peek() {
            if !top.handle.is_cancelled() {
                return Some(top.deadline.saturating_duration_since(now()));
            }
            heap.pop();
            self.cancelled.set(self.cancelled.get() - 1);
        }
        None
    }

    /// Takes out the next one that is due at `now`.
    pub(crate) fn pop_due(&self, now: Instant) -> Option<Handle> {
        let mut heap = self.heap.borrow_mut();
        while heap.peek()?.deadline <= now {
            let Timer { handle, .. } = heap.pop()?;
            handle.set_in_heap(false);
            if !handle.is_cancelled() {
                return Some(handle);
            }
            self.cancelled.set(self.cancelled.get() - 1);
        }
        None
    }

    /// Whether there is none, not even a cancelled one.
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.borrow().is_empty()
    }

    /// A handle in the heap was cancelled. Rebuilding takes O(n), and happens after n / 2
    /// cancellations at the earliest: a constant for each of them.
    pub(crate) fn one_was_cancelled(&self) {
        self.cancelled.set(self.cancelled.get() + 1);
        let mut heap = self.heap.borrow_mut();
        if self.cancelled.get() > CANCELLED_KEPT && self.cancelled.get() * 2 > heap.len() {
            heap.retain(|timer| !timer.handle.is_cancelled());
            let alive = heap.len();
            heap.shrink_to(alive * 2);
            self.cancelled.set(0);
        }
    }
}

impl Ord for Timer {
    /// The greatest is on top of the heap: the earliest, and of these the oldest.
    fn cmp(&self, other: &Timer) -> Ordering {
        (other.deadline, other.number).cmp(&(self.deadline, self.number))
    }
}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Timer) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Timer {
    fn eq(&self, other: &Timer) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Timer {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::Location;
    use std::rc::Rc;

    fn add(timers: &Rc<Timers>, deadline: Instant) -> Handle {
        let handle = Handle::timer(Box::new(|_| ()), deadline, timers, Location::caller());
        timers.add(deadline, handle.clone());
        handle
    }

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn none_is_early_and_all_that_are_due_come_in_order() {
        let (timers, start) = (Rc::new(Timers::default()), Instant::now());
        for late in [30, 10, 20, 10] {
            add(&timers, start + millis(late));
        }
        assert_eq!(timers.until_next(|| start), Some(millis(10)));
        assert!(timers.pop_due(start + millis(9)).is_none(), "never early");
        let due: Vec<_> = std::iter::from_fn(|| timers.pop_due(start + millis(20)))
            .map(|due| due.when())
            .collect();
        assert_eq!(due, [10, 10, 20].map(|late| Some(start + millis(late))));
        assert_eq!(timers.until_next(|| start + millis(40)), Some(Duration::ZERO), "late is now");
    }

    #[test]
    fn a_million_made_and_cancelled_leave_no_memory_behind() {
        let (timers, start) = (Rc::new(Timers::default()), Instant::now());
        let kept = add(&timers, start + millis(1));
        for _ in 0..1_000_000 {
            add(&timers, start + Duration::from_secs(3600)).cancel();
        }
        // And all at once, after they were alive together.
        let alive: Vec<_> =
            (0..100_000).map(|_| add(&timers, start + Duration::from_secs(3600))).collect();
        alive.iter().for_each(Handle::cancel);
        let heap = timers.heap.borrow();
        assert!(heap.len() <= 2 * CANCELLED_KEPT + 2, "{} are kept", heap.len());
        assert!(heap.capacity() <= 8 * CANCELLED_KEPT, "room for {} is kept", heap.capacity());
        drop(heap);
        assert_eq!(timers.pop_due(start + millis(1)).and_then(|due| due.when()), kept.when());
    }

    #[test]
    fn a_cancelled_one_on_top_does_not_shorten_the_wait() {
        let (timers, start) = (Rc::new(Timers::default()), Instant::now());
        add(&timers, start + millis(1)).cancel();
        add(&timers, start + millis(5));
        assert_eq!(timers.until_next(|| start), Some(millis(5)));
        assert!(timers.pop_due(start + millis(4)).is_none());
    }

    #[test]
    fn one_that_is_cancelled_after_it_was_taken_out_is_not_counted() {
        let (timers, start) = (Rc::new(Timers::default()), Instant::now());
        let handle = add(&timers, start);
        assert!(timers.pop_due(start).is_some());
        handle.cancel();
        assert_eq!((timers.cancelled.get(), timers.is_empty()), (0, true));
    }
}
