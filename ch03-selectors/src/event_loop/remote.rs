//! Callbacks from other threads.
//!
//! A loop belongs to its thread, and so do its callbacks. What another thread may have is this: a
//! queue behind a lock, and the wake-up that makes the loop look at it.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::EventLoop;
use crate::wake::Waker;

/// Calls that may wait for the loop. A loop that has fallen behind by so many is stuck; whoever
/// calls it must hear of that, and not fill the memory.
pub const REMOTE_CALLS_MAX: usize = 1 << 16;

pub(crate) type Call = Box<dyn FnOnce(&EventLoop) + Send>;

/// A loop, as other threads see it. Cloning it is cheap.
#[derive(Clone)]
pub struct Remote {
    shared: Arc<Shared>,
}

struct Shared {
    /// `None`: the loop is gone.
    calls: Mutex<Option<VecDeque<Call>>>,
    waker: Waker,
}

impl Remote {
    pub(crate) fn new(waker: Waker) -> Remote {
        let calls = Mutex::new(Some(VecDeque::new()));
        Remote { shared: Arc::new(Shared { calls, waker }) }
    }

    /// Has the loop call `callback` on its own thread, in the order of such calls, and wakes it for
    /// that. The one method for other threads, and safe from any of them.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` when the loop is gone; `WouldBlock` when [`REMOTE_CALLS_MAX`] calls wait.
    pub fn call_soon_threadsafe(
        &self,
        callback: impl FnOnce(&EventLoop) + Send + 'static,
    ) -> io::Result<()> {
        match &mut *self.lock() {
            None => return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the loop is gone")),
            Some(calls) if calls.len() == REMOTE_CALLS_MAX => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, "the loop is behind"));
            }
            Some(calls) => calls.push_back(Box::new(callback)),
        }
        // First the call, then the wake-up: the loop takes them in the other order.
        self.shared.waker.wake();
        Ok(())
    }

    /// Takes all calls that wait.
    pub(crate) fn take(&self) -> VecDeque<Call> {
        self.lock().as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The loop is going. What still waits is dropped, on this thread.
    pub(crate) fn close(&self) {
        let waiting = self.lock().take();
        // Outside of the lock: what a callback holds may call us when it is dropped.
        drop(waiting);
    }

    /// A queue stays whole whoever panicked beside it, so a poisoned lock is no error.
    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<Call>>> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let waiting = self.lock().as_ref().map(VecDeque::len);
        f.debug_struct("Remote").field("waiting", &waiting).finish_non_exhaustive()
    }
}
