//! What a waker knows of its task: a name, and a few flags.
//!
//! So a waker may be kept by anybody, sent to any thread, and used at any time: during a poll, after
//! the task has ended, or a thousand times in a row. The worst it can do is to have the task polled
//! once for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use ch03_selectors::Token;

use crate::join::Who;
use crate::mailbox::Stamp;
use crate::ready::Queue;

/// What all wakers of a task share.
#[derive(Debug)]
pub(crate) struct Header {
    /// The task's place in the table. Its generation keeps a late wake from the next owner.
    pub(crate) token: Token,
    /// Who that is, for people.
    pub(crate) who: Who,
    /// In the ready queue. Only the runtime's thread looks at it, so it needs no exchange: it is an
    /// atomic because a waker must be `Sync`.
    queued: AtomicBool,
    /// The same for the mailbox, where the other threads look.
    pub(crate) stamp: Stamp,
    /// The task is to be dropped instead of polled.
    aborted: AtomicBool,
    /// The task has ended.
    finished: AtomicBool,
    queue: Arc<Queue>,
}

impl Header {
    pub(crate) fn new(token: Token, who: Who, queue: &Arc<Queue>) -> Arc<Header> {
        Arc::new(Header {
            token,
            who,
            queued: AtomicBool::new(false),
            stamp: Stamp::new(),
            aborted: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            queue: Arc::clone(queue),
        })
    }

    /// Gives the header to another task, with no flag set. Nobody else may hold it.
    pub(crate) fn reuse(&mut self, token: Token, who: Who) {
        (self.token, self.who, self.stamp) = (token, who, Stamp::new());
        for flag in [&mut self.queued, &mut self.aborted, &mut self.finished] {
            *flag.get_mut() = false;
        }
    }

    /// True when it was not in the queue yet. On the runtime's thread only.
    pub(crate) fn enter_queue(&self) -> bool {
        let first = !self.queued.load(Ordering::Relaxed);
        self.queued.store(true, Ordering::Relaxed);
        first
    }

    /// To be called right before the poll: a wake from now on, even one during the poll, queues the
    /// task again. On the runtime's thread only.
    pub(crate) fn leave_queue(&self) {
        self.queued.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_queued(&self) -> bool {
        self.queued.load(Ordering::Relaxed)
    }

    /// Has the task dropped at its next turn.
    pub(crate) fn abort(self: &Arc<Self>) {
        self.aborted.store(true, Ordering::Release);
        self.wake_by_ref();
    }

    pub(crate) fn is_aborted(&self) -> bool {
        self.aborted.load(Ordering::Acquire)
    }

    pub(crate) fn finish(&self) {
        self.finished.store(true, Ordering::Release);
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }
}

// ANCHOR: wake
impl Wake for Header {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    #[inline]
    fn wake_by_ref(self: &Arc<Self>) {
        self.queue.push(self);
    }
}
// ANCHOR_END: wake
