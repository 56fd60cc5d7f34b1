//! What goes on when nobody waits for it any more: asyncio's `shield`.
//!
//! A future is cancelled by dropping it, and no code of its own can refuse that. What must not be
//! cut off half-way, such as a write that was begun, goes to where nobody drops it: to a task.

use std::future::Future;

use crate::task::{JoinHandle, spawn};

/// Starts `future` as a task, to be awaited by the handle. A timeout around the handle drops the
/// handle, and the task goes on. With `&mut` in front of it, the handle stays, too, and can be
/// awaited once more.
///
/// It is nothing but [`spawn`], under the name by which asyncio's readers look for it: there, waiting
/// for a task and being cancelled cancels the task as well, and a shield is what prevents it.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[track_caller]
#[must_use = "await it, or say `drop` if nobody wants to know how it ends"]
pub fn shield<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    spawn(future)
}
