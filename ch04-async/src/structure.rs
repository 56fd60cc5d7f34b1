//! Several things at once, and what becomes of the rest: asyncio's `gather`, `as_completed`, `wait`,
//! `shield` and `TaskGroup`.
//!
//! One rule explains most of it: *a future lives where it is owned*. A plain future that is handed
//! to a combinator is polled inside the caller's task, and dropped with the combinator: that cancels
//! it. A task that was spawned belongs to the runtime, and its handle only watches: a handle that is
//! dropped cancels nothing. asyncio's functions make tasks of all that they are given, and each has
//! its own rule for the rest. Here the same function gives both behaviours, and which one is seen
//! from what it was given.
//!
//! In reading order:
//!
//! - [`children`]: many futures in one task, of which only those are polled that were woken.
//! - [`mod@join`]: all of them; at the first error none (`gather`).
//! - [`mod@race`]: the first of them.
//! - [`mod@wait`]: until all, one, or an error; or until time is up.
//! - [`mod@shield`]: what goes on when nobody waits for it any more.
//! - [`join_set`]: tasks that are joined as they end, and aborted with their set.
//! - [`mod@task_group`]: tasks that end before the block does, in which they were started.

pub mod children;
pub mod join;
pub mod join_set;
pub mod race;
pub mod shield;
pub mod task_group;
pub mod wait;

pub use children::{Children, as_completed};
pub use join::{join, join_all, try_join_all};
pub use join_set::JoinSet;
pub use race::{Either, race, race_all};
pub use shield::shield;
pub use task_group::{Failure, GroupError, TaskGroup, task_group};
pub use wait::{Waited, When, wait, wait_until};
