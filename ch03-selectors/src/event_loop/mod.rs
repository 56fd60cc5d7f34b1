//! An event loop, after the lower half of Python's asyncio.
//!
//! A selector says who is ready. A loop says who is to be called: for a descriptor that is ready,
//! for a time that has come, for a signal, for a word from another thread, or just soon. All
//! callbacks run on one thread, one after the other, and each to its end.
//!
//! In reading order:
//!
//! - [`run`](self): one iteration, which is all there is to it.
//! - `handle`: a callback that can be called off.
//! - `timers`: a heap, and what becomes of cancelled timers in it.
//! - `watch`: readers and writers.
//! - `remote`: callbacks from other threads.
//! - `signals`: signals as events.
//! - `deferred`: a result that is not there yet.
//! - `fault`: where a panic of a callback goes.
//!
//! What is as in asyncio, and was compared with Python 3.11: callbacks run in the order in which
//! they were asked for. One that is asked for by a callback runs in the next iteration, after
//! another look at descriptors and clock, so no chain of callbacks starves these. [`EventLoop::stop`]
//! ends the loop after the iteration that it is called in, and what is left runs when the loop is
//! run again. A cancelled handle is never called, even if it was due already.
//!
//! What differs: timers with the same deadline run in the order of their making (asyncio's heap
//! does not say), and none runs early (asyncio's may, by the clock's resolution). A reader that
//! panics is taken out, and not called again at once and for ever. A descriptor that is watched is
//! owned, and cannot be closed meanwhile. Signals can be handled by any loop on any thread.

mod deferred;
mod fault;
mod handle;
mod remote;
mod run;
mod signals;
mod timers;
mod watch;

pub use deferred::{Abandoned, Deferred, Promise};
pub use fault::Fault;
pub use handle::Handle;
pub use remote::{REMOTE_CALLS_MAX, Remote};
pub use run::RunError;

pub(crate) use fault::message_of;
pub(crate) use watch::Side;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use crate::event::{Event, Token, Trigger};
use crate::selector::Selector;
use crate::wake::{WakeReceiver, wake_pair};

use signals::Signals;
use timers::Timers;
use watch::Watches;

/// The name of the descriptor by which other threads wake the loop.
const WAKE: Token = Token { index: u32::MAX, generation: 0 };

/// What time it is. An argument, so that a test can say it.
pub type Clock = Rc<dyn Fn() -> Instant>;

type FaultHandler = Rc<dyn Fn(&EventLoop, &Fault)>;

/// A loop that calls callbacks. It belongs to one thread; others have a [`Remote`].
pub struct EventLoop {
    inner: Rc<Inner>,
}

/// A loop, as those see it who must not keep it alive.
#[derive(Clone)]
pub(crate) struct WeakLoop(Weak<Inner>);

pub(crate) struct Inner {
    selector: Rc<dyn Selector>,
    clock: Clock,
    /// To be called in this iteration or the next, in order.
    ready: RefCell<VecDeque<Handle>>,
    timers: Rc<Timers>,
    watches: Watches,
    signals: Signals,
    remote: Remote,
    wake: WakeReceiver,
    /// What the selector fills; kept for its memory.
    events: RefCell<Vec<Event>>,
    running: Cell<bool>,
    stopping: Cell<bool>,
    fault_handler: RefCell<Option<FaultHandler>>,
    slow_callback: Cell<Option<Duration>>,
    /// Who stands on this loop, in the order of coming: transports and children.
    pub(crate) tenants: crate::protocol::Tenants,
}

impl EventLoop {
    /// A loop over this platform's best selector.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn new() -> io::Result<EventLoop> {
        EventLoop::with(crate::default_selector()?, Rc::new(Instant::now))
    }

    /// A loop over a selector and a clock of your own.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a selector without level triggering; else as [`EventLoop::new`].
    pub fn with(selector: Rc<dyn Selector>, clock: Clock) -> io::Result<EventLoop> {
        let (waker, wake) = wake_pair(&selector, WAKE, Trigger::Level)?;
        let inner = Inner {
            selector,
            clock,
            ready: RefCell::default(),
            timers: Rc::default(),
            watches: Watches::default(),
            signals: Signals::default(),
            remote: Remote::new(waker),
            wake,
            events: RefCell::default(),
            running: Cell::new(false),
            stopping: Cell::new(false),
            fault_handler: RefCell::default(),
            slow_callback: Cell::new(None),
            tenants: crate::protocol::Tenants::default(),
        };
        Ok(EventLoop { inner: Rc::new(inner) })
    }

    /// What time it is on the loop's clock.
    #[must_use]
    pub fn time(&self) -> Instant {
        (self.inner.clock)()
    }

    /// Calls `callback` in the next iteration.
    #[track_caller]
    pub fn call_soon(&self, callback: impl FnOnce(&EventLoop) + 'static) -> Handle {
        let handle = Handle::once(Box::new(callback), Location::caller());
        self.inner.ready.borrow_mut().push_back(handle.clone());
        handle
    }

    /// Calls `callback` after `delay`, and not before. A delay so long that the clock cannot name
    /// its end, has none.
    #[track_caller]
    pub fn call_later(
        &self,
        delay: Duration,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        match self.time().checked_add(delay) {
            Some(deadline) => self.call_at(deadline, callback),
            None => Handle::once(Box::new(callback), Location::caller()),
        }
    }

    /// Calls `callback` when the time has come; in the next iteration if it has gone by.
    #[track_caller]
    pub fn call_at(
        &self,
        deadline: Instant,
        callback: impl FnOnce(&EventLoop) + 'static,
    ) -> Handle {
        let timers = &self.inner.timers;
        let handle = Handle::timer(Box::new(callback), deadline, timers, Location::caller());
        timers.add(deadline, handle.clone());
        handle
    }

    /// The loop for other threads: the way to `call_soon_threadsafe`.
    #[must_use]
    pub fn remote(&self) -> Remote {
        self.inner.remote.clone()
    }

    /// The two ends of a result that is not there yet.
    pub fn deferred<T>(&self) -> (Promise<T>, Deferred<T>) {
        deferred::pair(&self.downgrade())
    }

    pub(crate) fn push(&self, handle: Handle) {
        self.inner.ready.borrow_mut().push_back(handle);
    }

    pub(crate) fn downgrade(&self) -> WeakLoop {
        WeakLoop(Rc::downgrade(&self.inner))
    }

    pub(crate) fn tenants(&self) -> &crate::protocol::Tenants {
        &self.inner.tenants
    }
}

impl WeakLoop {
    pub(crate) fn upgrade(&self) -> Option<EventLoop> {
        self.0.upgrade().map(|inner| EventLoop { inner })
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.remote.close();
    }
}

impl fmt::Debug for EventLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventLoop")
            .field("ready", &self.inner.ready.borrow().len())
            .field("timers", &self.inner.timers)
            .field("watches", &self.inner.watches)
            .finish_non_exhaustive()
    }
}
