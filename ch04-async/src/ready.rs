//! The tasks that have something to do, first come first served.
//!
//! A wake on the runtime's own thread pushes to a plain queue, with no lock and no atomic exchange:
//! nearly all wakes are such. One from another thread goes through the mailbox, and rings.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;

use ch03_selectors::{Token, Waker};

use crate::mailbox::Mailbox;
use crate::waker::Header;

thread_local! {
    /// The queue of the runtime that runs on this thread now.
    static HERE: Here = const { Here { owner: Cell::new(0), ready: RefCell::new(VecDeque::new()) } };
}

struct Here {
    /// Whose it is: the address of its [`Queue`], only compared; 0 when no runtime runs here.
    owner: Cell<usize>,
    ready: RefCell<VecDeque<Token>>,
}

/// What wakers hold of a runtime: the way into its queue from any thread.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) mailbox: Mailbox<Token>,
    bell: Waker,
}

impl Queue {
    /// Adds a task at the end, unless it waits there already, and sees to it that the runtime
    /// notices.
    #[inline]
    pub(crate) fn push(&self, header: &Header) {
        let here = HERE.try_with(|here| {
            let ours = here.owner.get() == self.address();
            if ours && header.enter_queue() {
                here.ready.borrow_mut().push_back(header.token);
            }
            ours
        });
        if !here.unwrap_or(false) {
            self.push_from_afar(header);
        }
    }

    /// From another thread, or one that is ending, or to a runtime that does not run at the moment.
    #[cold]
    fn push_from_afar(&self, header: &Header) {
        if self.mailbox.post(&header.stamp, header.token) {
            self.bell.wake();
        }
    }

    fn address(&self) -> usize {
        (&raw const *self).addr()
    }
}

/// The runtime's end of the queue.
#[derive(Debug)]
pub(crate) struct LocalQueue {
    shared: Arc<Queue>,
    /// What is ready while the runtime does not run. Else it is in `HERE`.
    resting: RefCell<VecDeque<Token>>,
}

impl LocalQueue {
    /// An empty queue, whose runtime sleeps where `bell` can end it.
    pub(crate) fn new(bell: Waker) -> Rc<LocalQueue> {
        let shared = Arc::new(Queue { mailbox: Mailbox::new(), bell });
        Rc::new(LocalQueue { shared, resting: RefCell::default() })
    }

    /// The way in, for wakers.
    pub(crate) fn shared(&self) -> &Arc<Queue> {
        &self.shared
    }

    /// Makes this the queue of the calling thread, until the guard is dropped.
    pub(crate) fn enter(self: &Rc<Self>) -> Entered {
        let outer = swap(self.shared.address(), self.resting.take());
        Entered { queue: Rc::clone(self), outer }
    }

    /// The next task to poll. Only while this is the queue of the calling thread.
    pub(crate) fn pop(&self) -> Option<Token> {
        self.with_ready(VecDeque::pop_front).flatten()
    }

    /// Whether there is nobody to poll. The same holds for it.
    pub(crate) fn is_empty(&self) -> bool {
        self.with_ready(|ready| ready.is_empty()).unwrap_or(true)
    }

    fn with_ready<R>(&self, use_it: impl FnOnce(&mut VecDeque<Token>) -> R) -> Option<R> {
        let with = |here: &Here| {
            debug_assert_eq!(here.owner.get(), self.shared.address(), "entered");
            use_it(&mut here.ready.borrow_mut())
        };
        HERE.try_with(with).ok()
    }
}

/// A thread's queue is set; see [`LocalQueue::enter`].
#[derive(Debug)]
pub(crate) struct Entered {
    queue: Rc<LocalQueue>,
    outer: Option<(usize, VecDeque<Token>)>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Some((owner, ready)) = self.outer.take() else { return };
        if let Some((_, resting)) = swap(owner, ready) {
            self.queue.resting.replace(resting);
        }
    }
}

/// `None` on a thread that is ending: its queue is gone, and wakes go through the mailbox.
fn swap(owner: usize, ready: VecDeque<Token>) -> Option<(usize, VecDeque<Token>)> {
    let swap = |here: &Here| {
        (here.owner.replace(owner), mem::replace(&mut *here.ready.borrow_mut(), ready))
    };
    HERE.try_with(swap).ok()
}
