//! A result that is not there yet.
//!
//! Two ends: whoever works holds the [`Promise`], whoever waits holds the [`Deferred`]. A promise
//! is used up when it is kept, so it cannot be kept twice; and when it is dropped, the other end
//! hears that nobody will keep it any more. In asyncio a future has one end, both of these are
//! mistakes found at run time, and the second one is a program that hangs.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::handle::Once;
use super::{EventLoop, WeakLoop};

/// The worker's end.
#[must_use = "dropping it tells the other end that nothing will come"]
pub struct Promise<T> {
    shared: Rc<RefCell<State<T>>>,
    event_loop: WeakLoop,
}

/// The waiter's end.
pub struct Deferred<T> {
    shared: Rc<RefCell<State<T>>>,
    event_loop: WeakLoop,
}

/// The promise was dropped, and not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abandoned;

struct State<T> {
    /// `None`: still to come, or taken already.
    result: Option<Result<T, Abandoned>>,
    settled: bool,
    /// What to call then.
    callback: Option<Once>,
}

pub(crate) fn pair<T>(event_loop: &WeakLoop) -> (Promise<T>, Deferred<T>) {
    let shared = Rc::new(RefCell::new(State { result: None, settled: false, callback: None }));
    let promise = Promise { shared: Rc::clone(&shared), event_loop: event_loop.clone() };
    (promise, Deferred { shared, event_loop: event_loop.clone() })
}

impl<T> Promise<T> {
    /// Gives the result. The other end's callback runs in the next iteration.
    pub fn keep(self, value: T) {
        self.settle(Ok(value));
    }

    fn settle(&self, result: Result<T, Abandoned>) {
        let callback = {
            let mut state = self.shared.borrow_mut();
            if state.settled {
                return;
            }
            (state.settled, state.result) = (true, Some(result));
            state.callback.take()
        };
        soon(&self.event_loop, callback);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.settle(Err(Abandoned));
    }
}

impl<T> Deferred<T> {
    /// Whether the result is there, or will never come.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.shared.borrow().settled
    }

    /// Takes the result, if it is there.
    #[must_use]
    pub fn take(&self) -> Option<Result<T, Abandoned>> {
        self.shared.borrow_mut().result.take()
    }

    /// Calls `callback` with the result, in the iteration after the one in which it comes.
    pub fn then(self, callback: impl FnOnce(&EventLoop, Result<T, Abandoned>) + 'static)
    where
        T: 'static,
    {
        let shared = Rc::clone(&self.shared);
        self.set_callback(Some(Box::new(move |event_loop| {
            let result = shared.borrow_mut().result.take();
            callback(event_loop, result.unwrap_or(Err(Abandoned)));
        })));
    }

    /// What to call when it is settled; at once, so to speak, if it is.
    pub(crate) fn set_callback(&self, callback: Option<Once>) {
        let mut state = self.shared.borrow_mut();
        if state.settled {
            drop(state);
            soon(&self.event_loop, callback);
        } else {
            let replaced = std::mem::replace(&mut state.callback, callback);
            drop(state);
            drop(replaced);
        }
    }
}

/// Without a loop there is nobody to call anybody.
fn soon(event_loop: &WeakLoop, callback: Option<Once>) {
    if let (Some(event_loop), Some(callback)) = (event_loop.upgrade(), callback) {
        event_loop.call_soon(callback);
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferred").field("settled", &self.is_settled()).finish_non_exhaustive()
    }
}
