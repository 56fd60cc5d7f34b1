//! How much a task may do in one poll.
//!
//! A task that always finds something ready never comes to an await that waits, and a single thread
//! has nobody to take it away. So everything that can be awaited here takes from a budget first. When
//! it is spent, whatever is awaited next pretends that it is not ready, and the task goes to the end
//! of the queue.

use std::cell::Cell;
use std::task::{Context, Poll};

use crate::runtime::with_current;

/// Operations in one poll of one task: reads, writes, locks, items. Few enough that a turn is short,
/// and enough that going through the queue costs little beside them.
pub const BUDGET: u32 = 16;

/// Outside of a runtime: whoever polls us there has no turns to share out, and would never refill it. So
/// what is spent there, in the end, begins anew.
const UNLIMITED: u32 = u32::MAX;

thread_local! {
    static LEFT: Cell<u32> = const { Cell::new(UNLIMITED) };
}

/// Takes one operation from the budget of the poll under way. Pending: it is used up, and the task is
/// queued again. Every primitive calls it before it looks whether it is ready.
#[inline]
pub fn poll_budget(context: &Context<'_>) -> Poll<()> {
    match LEFT.get().checked_sub(1) {
        Some(left) => {
            LEFT.set(left);
            Poll::Ready(())
        }
        None => spent(context),
    }
}

#[cold]
fn spent(context: &Context<'_>) -> Poll<()> {
    if !is_spent() {
        LEFT.set(UNLIMITED);
        return Poll::Ready(());
    }
    context.waker().wake_by_ref();
    Poll::Pending
}

/// Whether nothing that is awaited in this poll can be ready any more. Who polls many futures in one
/// poll stops here: all that are left would only say so, one after the other.
pub(crate) fn is_spent() -> bool {
    LEFT.get() == 0 && with_current(|_| ()).is_some()
}

/// A poll begins.
pub(crate) fn refill() {
    LEFT.set(BUDGET);
}

/// Sets what is left, for a runtime within a task: the task's own budget goes on after it.
pub(crate) fn replace(left: u32) -> u32 {
    LEFT.replace(left)
}
