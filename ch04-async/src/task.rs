//! A future that nobody awaits, and the waker that names it.
//!
//! A task is a future with a place in the runtime's table. Its waker holds only the name of that
//! place and a flag, so it may be kept by anybody, sent to any thread, and used at any time: during
//! a poll, after the task has ended, or a thousand times in a row. The worst it can do is to have
//! the task polled once for nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

use ch03_selectors::Token;

use crate::queue::Queue;

/// A future as the runtime keeps it: pinned in its box, so that it never moves, and without a
/// result, because nobody waits for one.
pub type BoxedFuture = Pin<Box<dyn Future<Output = ()>>>;

/// A spawned future in the runtime's table.
pub struct Task {
    /// Absent while it is being polled.
    pub future: Option<BoxedFuture>,
    /// Made once, and lent out for each poll: waking allocates nothing.
    pub name: Arc<Name>,
    /// The same, as the standard library's type.
    pub waker: Waker,
}

impl Task {
    /// A task that will be known as `token`.
    #[must_use]
    pub fn new(future: BoxedFuture, token: Token, queue: &Arc<Queue>) -> Task {
        let name = Name::new(token, queue);
        let waker = Waker::from(Arc::clone(&name));
        Task { future: Some(future), name, waker }
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a waker holds of a task.
#[derive(Debug)]
pub struct Name {
    token: Token,
    /// In the ready queue already: a second wake changes nothing.
    queued: AtomicBool,
    queue: Arc<Queue>,
}

impl Name {
    /// The name of the task under `token`, not queued yet.
    #[must_use]
    pub fn new(token: Token, queue: &Arc<Queue>) -> Arc<Name> {
        Arc::new(Name { token, queued: AtomicBool::new(false), queue: Arc::clone(queue) })
    }

    /// To be called right before the task is polled: a wake from now on, even one during the poll,
    /// queues it again. Acquire, so that the poll sees what the waking thread did before.
    pub fn taken_from_queue(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }
}

// ANCHOR: wake
impl Wake for Name {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.queue.push(self.token);
        }
    }
}
// ANCHOR_END: wake
