//! The tasks that have something to do, first come first served.
//!
//! A wake on the runtime's own thread adds to a plain list, with no lock and no atomic exchange:
//! nearly all wakes are such. One from another thread goes through the mailbox, and rings.
//!
//! There are two lists. The loop walks through the one while wakes fill the other; when it has come
//! to the end, they are exchanged.

use std::cell::{Cell, RefCell};
use std::mem::{self, ManuallyDrop};
use std::sync::Arc;

use ch03_selectors::{Token, Waker};

use crate::mailbox::Mailbox;
use crate::waker::Header;

thread_local! {
    /// The queue of the runtime that runs on this thread now. It is empty when none does, so there
    /// is nothing to drop at the thread's end; and what has no destructor is found at once, without
    /// a look whether it is still there.
    static HERE: ManuallyDrop<Here> = const {
        ManuallyDrop::new(Here { owner: Cell::new(0), woken: RefCell::new(Vec::new()) })
    };
}

struct Here {
    /// Whose it is: the address of its [`Queue`], only compared; 0 when no runtime runs here.
    owner: Cell<usize>,
    /// Whom to poll next, after those that the loop has taken already.
    woken: RefCell<Vec<Token>>,
}

/// What wakers hold of a runtime: the way into its queue from any thread.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) mailbox: Mailbox<Token>,
    bell: Waker,
}

impl Queue {
    /// An empty one, whose runtime sleeps where `bell` can end it.
    pub(crate) fn new(bell: Waker) -> Arc<Queue> {
        Arc::new(Queue { mailbox: Mailbox::new(), bell })
    }

    /// Adds a task at the end, unless it waits there already, and sees to it that the runtime
    /// notices.
    #[inline]
    pub(crate) fn push(&self, header: &Header) {
        let ours = HERE.with(|here| {
            let ours = here.owner.get() == self.address();
            if ours && header.enter_queue() {
                here.woken.borrow_mut().push(header.token());
            }
            ours
        });
        if !ours {
            self.push_from_afar(header);
        }
    }

    /// From another thread, or to a runtime that does not run at the moment.
    #[cold]
    fn push_from_afar(&self, header: &Header) {
        if self.mailbox.post(&header.stamp, header.token()) {
            self.bell.wake();
        }
    }

    /// Adds a task that is new, and in no queue. Only where the runtime runs.
    pub(crate) fn push_new(&self, token: Token) {
        HERE.with(|here| {
            debug_assert_eq!(here.owner.get(), self.address(), "entered");
            here.woken.borrow_mut().push(token);
        });
    }

    fn address(&self) -> usize {
        (&raw const *self).addr()
    }
}

/// A runtime's end of its queue, while it does not run.
#[derive(Debug, Default)]
pub(crate) struct Resting(RefCell<Vec<Token>>);

impl Resting {
    /// Makes `queue` that of the calling thread, with what has been resting here, until the guard is
    /// dropped.
    pub(crate) fn enter(&self, queue: &Queue) -> Running<'_> {
        let outer = swap(queue.address(), Vec::new());
        Running { resting: self, taken: self.0.take(), next: 0, outer }
    }
}

/// A runtime's end of its queue, while it runs.
#[derive(Debug)]
pub(crate) struct Running<'a> {
    resting: &'a Resting,
    /// The list that the loop walks through, and how far it has come.
    taken: Vec<Token>,
    next: usize,
    /// The queue of the thread before.
    outer: (usize, Vec<Token>),
}

impl Running<'_> {
    /// The next task to poll.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Token> {
        if self.next == self.taken.len() {
            self.taken.clear();
            self.next = 0;
            HERE.with(|here| mem::swap(&mut self.taken, &mut here.woken.borrow_mut()));
        }
        let task = self.taken.get(self.next).copied()?;
        self.next += 1;
        Some(task)
    }

    /// Whether there is nobody to poll.
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.taken.len() && HERE.with(|here| here.woken.borrow().is_empty())
    }
}

/// How many were woken on this thread since the loop last took them.
pub(crate) fn woken() -> usize {
    HERE.with(|here| here.woken.borrow().len())
}

/// Those of them but for the first so many.
pub(crate) fn woken_after(before: usize) -> Vec<Token> {
    HERE.with(|here| here.woken.borrow().get(before..).unwrap_or_default().to_vec())
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let (owner, woken) = mem::take(&mut self.outer);
        let (_, woken) = swap(owner, woken);
        let mut resting = mem::take(&mut self.taken);
        resting.drain(..self.next);
        resting.extend(woken);
        self.resting.0.replace(resting);
    }
}

fn swap(owner: usize, woken: Vec<Token>) -> (usize, Vec<Token>) {
    HERE.with(|here| (here.owner.replace(owner), here.woken.replace(woken)))
}
