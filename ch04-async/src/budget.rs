//! How much a task may do in one poll.
//!
//! A task that always finds something ready never comes to an await that waits, and a single thread
//! has nobody to take it away. So everything that can be awaited here takes from a budget first. When
//! it is spent, whatever is awaited next pretends that it is not ready, and the task goes to the end
//! of the queue.

use std::cell::Cell;
use std::task::{Context, Poll};

/// Operations in one poll of one task: reads, writes, locks, items. Few enough that a turn is short,
/// and enough that going through the queue costs little beside them.
pub const BUDGET: u32 = 16;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(BUDGET) };
}

/// Takes one operation from the budget of the poll under way. Pending: it is used up, and the task is
/// queued again. Every primitive calls it before it looks whether it is ready.
pub fn poll_budget(context: &Context<'_>) -> Poll<()> {
    let left = LEFT.get();
    if left == 0 {
        context.waker().wake_by_ref();
        return Poll::Pending;
    }
    LEFT.set(left - 1);
    Poll::Ready(())
}

/// A poll begins.
pub(crate) fn refill() {
    LEFT.set(BUDGET);
}

/// Sets what is left, for a runtime within a task: the task's own budget goes on after it.
pub(crate) fn replace(left: u32) -> u32 {
    LEFT.replace(left)
}
