//! The tasks that have something to do, first come first served.
//!
//! There are two queues in one. The runtime's own thread pushes to a plain one, without a lock.
//! Other threads push to one behind a mutex, and then end the wait that the runtime may be in.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ch03_selectors::{Token, Waker};

thread_local! {
    /// The queue of the runtime that runs on this thread now.
    static LOCAL: RefCell<Option<Rc<LocalQueue>>> = const { RefCell::new(None) };
}

/// What wakers hold of a runtime: the way into its queue from any thread.
#[derive(Debug)]
pub struct Queue {
    remote: Mutex<VecDeque<Token>>,
    waker: Waker,
}

/// The runtime's end of the queue.
#[derive(Debug)]
pub struct LocalQueue {
    ready: RefCell<VecDeque<Token>>,
    shared: Arc<Queue>,
}

impl LocalQueue {
    /// An empty queue, whose runtime sleeps where `waker` can end it.
    #[must_use]
    pub fn new(waker: Waker) -> Rc<LocalQueue> {
        let shared = Arc::new(Queue { remote: Mutex::default(), waker });
        Rc::new(LocalQueue { ready: RefCell::default(), shared })
    }

    /// The way in, for wakers.
    #[must_use]
    pub fn shared(&self) -> &Arc<Queue> {
        &self.shared
    }

    /// Makes this the queue of the calling thread, until the guard is dropped.
    #[must_use]
    pub fn enter(self: &Rc<Self>) -> Entered {
        Entered { outer: LOCAL.replace(Some(Rc::clone(self))) }
    }

    /// The next task to poll.
    pub fn pop(&self) -> Option<Token> {
        self.ready.borrow_mut().pop_front()
    }

    /// How many tasks are ready, those that other threads woke included.
    pub fn collect(&self) -> usize {
        let mut ready = self.ready.borrow_mut();
        ready.append(&mut self.shared.remote());
        ready.len()
    }
}

impl Queue {
    /// Adds a task at the end, and sees to it that the runtime notices.
    pub fn push(self: &Arc<Self>, token: Token) {
        let local = LOCAL.try_with(|local| match &*local.borrow() {
            Some(local) if Arc::ptr_eq(&local.shared, self) => {
                local.ready.borrow_mut().push_back(token);
                true
            }
            _ => false,
        });
        // No local queue: another thread, or one that is ending.
        if !local.unwrap_or(false) {
            self.remote().push_back(token);
            self.waker.wake();
        }
    }

    /// A queue of names is whole whoever panicked beside it.
    fn remote(&self) -> MutexGuard<'_, VecDeque<Token>> {
        self.remote.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread's queue is set; see [`LocalQueue::enter`].
#[derive(Debug)]
pub struct Entered {
    outer: Option<Rc<LocalQueue>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        LOCAL.set(self.outer.take());
    }
}
