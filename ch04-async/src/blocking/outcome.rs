//! One value, from a thread that has it to a task that waits for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

/// The thread's end. Dropped without a word, it tells that there will be none.
pub(super) struct Told<T>(Arc<Shared<T>>);

/// The task's end.
pub(super) struct Awaited<T>(Arc<Shared<T>>);

struct Shared<T>(Mutex<State<T>>);

struct State<T> {
    value: Option<thread::Result<T>>,
    waiting: Option<Waker>,
    ended: bool,
}

/// Both ends.
pub(super) fn outcome<T>() -> (Told<T>, Awaited<T>) {
    let state = State { value: None, waiting: None, ended: false };
    let shared = Arc::new(Shared(Mutex::new(state)));
    (Told(Arc::clone(&shared)), Awaited(shared))
}

impl<T> Told<T> {
    /// Whether anybody still wants to know.
    pub(super) fn is_awaited(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    pub(super) fn tell(self, value: thread::Result<T>) {
        self.0.state().value = Some(value);
        // The drop wakes.
    }
}

impl<T> Drop for Told<T> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.state();
            state.ended = true;
            state.waiting.take()
        };
        // Unlocked: a waker may do anything.
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

/// `None`: the job was dropped before it began.
impl<T> Future for Awaited<T> {
    type Output = Option<thread::Result<T>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state();
        if state.ended {
            return Poll::Ready(state.value.take());
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }
}

impl<T> Shared<T> {
    /// No code of others runs while it is locked, so it is whole.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
