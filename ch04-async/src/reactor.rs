//! Which socket wakes which task.
//!
//! Each descriptor is registered once, for both directions and edge triggered, and nothing is ever
//! changed about it. An operation is tried first; only when it said `WouldBlock` does its task wait,
//! and the next edge wakes it. So a message costs one read, one write and its share of one wait.
//!
//! select(2) and poll(2) know no edges. There a descriptor is registered for one shot, and armed
//! each time that a task waits: one change more for each wait.

mod readiness;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ch03_selectors::slots::Slots;
use ch03_selectors::wake::{WakeReceiver, wake_pair};
use ch03_selectors::{Event, Interest, Registration, Selector, Source, Token, Trigger, Watch};

use crate::budget::poll_budget;
use crate::runtime::with_current;
use readiness::{Direction, READ, Readiness, WRITE};

/// The name under which the runtime itself is woken.
const WAKE: Token = Token { index: u32::MAX, generation: 0 };

/// The registered sources of a runtime, and the selector that it sleeps in.
pub struct Reactor {
    selector: Rc<dyn Selector>,
    sources: RefCell<Slots<Rc<Readiness>>>,
    wake: WakeReceiver,
    /// How sources are registered.
    trigger: Trigger,
    /// Kept only for its memory.
    events: RefCell<Vec<Event>>,
    /// Its runtime is the one that runs on this thread. Known here, where each wait asks.
    here: Cell<bool>,
}

impl Reactor {
    /// A reactor over `selector`, and the waker that ends its wait.
    ///
    /// # Errors
    ///
    /// When there is no descriptor left.
    pub fn new(selector: Rc<dyn Selector>) -> io::Result<(Reactor, ch03_selectors::Waker)> {
        let (trigger, of_wake) = if selector.supports(Trigger::Edge) {
            (Trigger::Edge, Trigger::Edge)
        } else {
            (Trigger::OneShot, Trigger::Level)
        };
        let (waker, wake) = wake_pair(&selector, WAKE, of_wake)?;
        let (sources, events) = (RefCell::default(), RefCell::default());
        let here = Cell::new(false);
        Ok((Reactor { selector, sources, wake, trigger, events, here }, waker))
    }

    /// To be told by the runtime that begins or ends to run on this thread, or another one within it.
    pub(crate) fn set_here(&self, here: bool) {
        self.here.set(here);
    }

    /// Sleeps until something is ready, someone wakes us, or `timeout` is over, and wakes the tasks
    /// that waited for it. Says how many events there were.
    ///
    /// # Errors
    ///
    /// When the selector fails.
    // ANCHOR: wait
    pub fn wait(&self, timeout: Option<Duration>) -> io::Result<usize> {
        let mut events = self.events.borrow_mut();
        self.selector.select(&mut events, timeout)?;
        for event in &*events {
            // The table is not borrowed while tasks are woken.
            let source = self.sources.borrow().get(event.token).map(Rc::clone);
            match source {
                Some(source) => source.apply(event),
                None if event.token == WAKE => self.wake.clear(),
                // A late event finds nobody.
                None => {}
            }
        }
        Ok(events.len())
    }
    // ANCHOR_END: wait
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = self.sources.borrow().len();
        f.debug_struct("Reactor").field("sources", &sources).finish_non_exhaustive()
    }
}

/// A source whose operations can be awaited. Belongs to the runtime on whose thread it was made.
///
/// That one alone sleeps in the selector that knows the source. So an operation that had to wait anywhere
/// else, in another runtime or in none, would wait for ever: it fails instead, with an error of the kind
/// [`Other`](io::ErrorKind::Other) that says so. What need not wait succeeds anywhere. On another thread there
/// is nothing to ask, as no `Async` gets there:
///
/// ```compile_fail,E0277
/// fn moved_there(socket: ch04_async::net::tcp::TcpStream) {
///     std::thread::spawn(move || drop(socket));
/// }
/// ```
///
/// To hand a socket to another runtime, take a duplicate of it there, which may be sent, and register that:
/// `Async::new(socket.get_ref().try_clone()?)`.
#[derive(Debug)]
pub struct Async<T: Source> {
    registration: Registration<T>,
    readiness: Rc<Readiness>,
    reactor: Rc<Reactor>,
}

impl<T: Source> Async<T> {
    /// Registers `source`, which must be non-blocking: one that blocks, blocks every task.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    pub fn new(source: T) -> io::Result<Async<T>> {
        let reactor = with_current(|runtime| Rc::clone(&runtime.reactor)).expect("a runtime");
        let (trigger, one_shot) = (reactor.trigger, reactor.trigger == Trigger::OneShot);
        // One shot is armed when somebody waits.
        let interest = if one_shot { Interest::NONE } else { Interest::BOTH };
        let readiness = Rc::new(Readiness::new(one_shot));
        let mut registration = None;
        reactor.sources.borrow_mut().try_insert(|token| {
            let watch = Watch { token, interest, trigger };
            let made = Registration::new(&reactor.selector, source, watch)?;
            registration = Some(made);
            io::Result::Ok(Rc::clone(&readiness))
        })?;
        let registration = registration.expect("made, or we had returned its error");
        Ok(Async { registration, readiness, reactor })
    }

    /// The source itself.
    pub fn get_ref(&self) -> &T {
        self.registration.source()
    }

    /// Tries `operation` until it says something other than `WouldBlock`, and waits for input in
    /// between.
    ///
    /// # Errors
    ///
    /// What `operation` says; and when it would wait outside of the runtime that this belongs to.
    #[inline]
    pub fn poll_read_with<R>(
        &self,
        context: &mut Context<'_>,
        operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.poll_with(READ, context, operation)
    }

    /// The same for output.
    ///
    /// # Errors
    ///
    /// What `operation` says.
    #[inline]
    pub fn poll_write_with<R>(
        &self,
        context: &mut Context<'_>,
        operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        self.poll_with(WRITE, context, operation)
    }

    // ANCHOR: poll_with
    #[inline]
    fn poll_with<R>(
        &self,
        direction: Direction,
        context: &mut Context<'_>,
        mut operation: impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        if self.readiness.may_be_ready(direction) {
            // Enough for one poll? Then it was queued again, behind the others.
            ready!(poll_budget(context));
            loop {
                match operation(self.get_ref()) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => return Poll::Ready(result),
                }
            }
            // An edge from here on is reported by the next wait: nothing can be lost in between,
            // because only our own thread looks.
            self.readiness.is_not_ready(direction);
        }
        // The sleep of no other runtime would end by our events.
        if !self.reactor.here.get() {
            return Poll::Ready(Err(would_wait_elsewhere()));
        }
        if !self.readiness.wait_again(direction, context) {
            self.readiness.wait_anew(direction, context);
        }
        if self.readiness.is_one_shot() {
            self.registration.set_interest(self.readiness.awaited())?;
        }
        Poll::Pending
    }
    // ANCHOR_END: poll_with

    /// To be told that a read of a stream brought less than there was room for, by whoever makes the calls
    /// himself. There is no more, then, and the read that would only say `WouldBlock` is saved. Not so where
    /// an end of input or urgent data was reported: that is said once, perhaps together with these bytes, and
    /// still to be read.
    #[inline]
    pub fn note_short_read(&self) {
        if !self.readiness.is_exceptional() {
            self.readiness.is_not_ready(READ);
        }
    }
}

#[cold]
fn would_wait_elsewhere() -> io::Error {
    io::Error::other(
        "it would wait for ever: it is awaited outside of the runtime that it was made in",
    )
}

impl<T: Source> Drop for Async<T> {
    fn drop(&mut self) {
        let token = self.registration.token();
        let readiness = self.reactor.sources.borrow_mut().remove(token);
        // Outside of the borrow: it may hold the last waker of a task.
        drop(readiness);
    }
}
