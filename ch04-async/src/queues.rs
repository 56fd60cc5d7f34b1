//! Work handed from task to task: asyncio's `Queue`, `PriorityQueue` and `LifoQueue`.
//!
//! In reading order:
//!
//! - [`order`]: which item comes out next.
//! - [`queue`]: putting waits for room, getting waits for an item.
//! - [`unfinished`]: what was put and is not done yet; `join` waits for it.

pub mod order;
pub mod queue;
pub mod unfinished;

pub use order::{Fifo, Lifo, Order, Priority};
pub use queue::{Closed, LifoQueue, Place, PriorityQueue, Queue, TryGetError, TryPutError};
pub use unfinished::DoneTooOften;
