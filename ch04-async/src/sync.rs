//! Tasks that wait for each other: asyncio's `Lock`, `Event`, `Condition`, `Semaphore` and
//! `BoundedSemaphore`.
//!
//! All tasks of a runtime run on one thread, and between two awaits nobody else does. So a plain
//! `Cell` needs no lock. These are for what must hold *across* an await: a conversation on one
//! connection, a limit on what goes on at once, news that somebody waits for.
//!
//! Three rules hold for each of them.
//!
//! - First come, first served. What is given back goes straight to the first in line, and is never
//!   free in between; a task that locks in a loop cannot overtake those that wait.
//! - A waiter may be dropped at every await, and nothing is lost: who was served already, and did
//!   not live to see it, hands on what it was given.
//! - Nobody is woken while something is borrowed. A waker is foreign code.
//!
//! Where asyncio differs: its waiters are woken by an exception when they are cancelled, and run
//! until they are done with it. Ours are dropped, which takes effect at once and cannot be refused.
//!
//! In reading order:
//!
//! - [`mod@line`]: who waits, in which order, and who was served.
//! - [`semaphore`]: so many at once.
//! - [`bounded`]: the same, and an error for who gives back more than was taken.
//! - [`mutex`]: one at once, and a value that only that one can reach.
//! - [`event`]: something has happened, for all who wait and all who come later.
//! - [`condition`]: something about the locked value has changed.
//! - [`oneshot`]: one value from one task to another.

pub mod bounded;
pub mod condition;
pub mod event;
pub mod line;
pub mod mutex;
pub mod oneshot;
pub mod semaphore;

pub use bounded::{BoundedSemaphore, ReleasedTooOften};
pub use condition::Condition;
pub use event::Event;
pub use mutex::{Mutex, MutexGuard};
pub use semaphore::{Permit, Semaphore};
