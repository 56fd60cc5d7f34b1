//! One value from one task to another: asyncio's `Future`, and what the two ends know of each other.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::budget::poll_budget;

/// Both ends of a way for one value.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let shared =
        Shared { value: Cell::new(None), sender_gone: Cell::new(false), waker: RefCell::new(None) };
    let shared = Rc::new(shared);
    (Sender { shared: Rc::clone(&shared) }, Receiver { shared })
}

struct Shared<T> {
    value: Cell<Option<T>>,
    sender_gone: Cell<bool>,
    /// Who awaits the receiver.
    waker: RefCell<Option<Waker>>,
}

/// Sends the value.
pub struct Sender<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Sender<T> {
    /// Sends the value; it is there at once, whenever the receiver looks.
    ///
    /// # Errors
    ///
    /// The value, when the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        if self.is_closed() {
            return Err(value);
        }
        self.shared.value.set(Some(value));
        // Dropping `self` wakes the receiver.
        Ok(())
    }

    /// Whether the receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        // There are two ends, and this is one.
        Rc::strong_count(&self.shared) == 1
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // First said, and then woken: who is woken may look at once.
        self.shared.sender_gone.set(true);
        let waker = self.shared.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

/// The value that is to come. Awaiting it gives the value, or [`Dropped`].
pub struct Receiver<T> {
    shared: Rc<Shared<T>>,
}

impl<T> Receiver<T> {
    /// The value, if it is there.
    #[must_use]
    pub fn try_take(&mut self) -> Option<T> {
        self.shared.value.take()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Dropped>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Dropped>> {
        ready!(poll_budget(context));
        if let Some(value) = self.shared.value.take() {
            return Poll::Ready(Ok(value));
        }
        if self.shared.sender_gone.get() {
            return Poll::Ready(Err(Dropped));
        }
        let stale = self.shared.waker.replace(Some(context.waker().clone()));
        drop(stale);
        Poll::Pending
    }
}

/// The sender was dropped without a word, or the value was taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("waiting for a value whose sender is gone")
    }
}

impl Error for Dropped {}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("closed", &self.is_closed()).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
