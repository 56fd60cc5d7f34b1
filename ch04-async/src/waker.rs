//! What a waker knows of its task: a name, and a few flags.
//!
//! So a waker may be kept by anybody, sent to any thread, and used at any time: during a poll, after
//! the task has ended, or a thousand times in a row. The worst it can do is to have the task polled
//! once for nothing.

use std::sync::Arc;
use std::sync::atomic::{self, AtomicBool, AtomicU64, Ordering};
use std::task::{Wake, Waker};

use ch03_selectors::Token;

use crate::mailbox::Stamp;
use crate::ready::Queue;

/// What all wakers of a task share.
#[derive(Debug)]
pub(crate) struct Header {
    /// The task's place in the table, as [`Token::to_bits`] writes it. Its generation keeps a late
    /// wake from the next owner.
    token: AtomicU64,
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
    pub(crate) fn token(&self) -> Token {
        Token::from_bits(self.token.load(Ordering::Relaxed))
    }

    /// True when it was not in the queue yet. On the runtime's thread only.
    #[inline]
    pub(crate) fn enter_queue(&self) -> bool {
        let first = !self.queued.load(Ordering::Relaxed);
        self.queued.store(true, Ordering::Relaxed);
        first
    }

    /// To be called right before the poll: a wake from now on, even one during the poll, queues the
    /// task again. On the runtime's thread only.
    #[inline]
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

    #[inline]
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

/// A header, and the waker made of it, that no task has.
#[derive(Debug)]
pub(crate) struct Spare {
    header: Arc<Header>,
    waker: Waker,
}

impl Spare {
    pub(crate) fn new(queue: &Arc<Queue>) -> Spare {
        let header = Arc::new(Header {
            token: AtomicU64::new(0),
            queued: AtomicBool::new(false),
            stamp: Stamp::new(),
            aborted: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            queue: Arc::clone(queue),
        });
        Spare { waker: Waker::from(Arc::clone(&header)), header }
    }

    /// For the task of this name.
    pub(crate) fn give(self, token: Token) -> (Arc<Header>, Waker) {
        self.header.token.store(token.to_bits(), Ordering::Relaxed);
        (self.header, self.waker)
    }

    /// What an ended task had, with no flag set; `None` when somebody still keeps a waker of it.
    pub(crate) fn back(header: Arc<Header>, waker: Waker) -> Option<Spare> {
        if Arc::strong_count(&header) > 2 {
            return None;
        }
        // Nobody else has it any more. What other threads did to it before they let it go comes
        // before what we do now: the same fence is in the drop of an `Arc`.
        atomic::fence(Ordering::Acquire);
        for flag in [&header.queued, &header.aborted, &header.finished] {
            flag.store(false, Ordering::Relaxed);
        }
        header.stamp.renew();
        Some(Spare { header, waker })
    }
}
