//! A loop whose time passes only while it waits, and then at once: an hour takes no time.

use std::cell::Cell;
use std::io;
use std::os::fd::BorrowedFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::{Event, Selector, Trigger, Watch, default_selector};

/// A loop that starts at the returned moment, and the clock for those who want to turn it.
pub(crate) fn event_loop() -> (EventLoop, Rc<Cell<Instant>>) {
    let now = Rc::new(Cell::new(Instant::now()));
    let inner = default_selector().expect("a selector");
    let selector = Rc::new(Jumping { inner, now: Rc::clone(&now), iterations: Cell::new(0) });
    let clock = Rc::clone(&now);
    let event_loop = EventLoop::with(selector, Rc::new(move || clock.get())).expect("a loop");
    (event_loop, now)
}

/// Far more iterations than a test needs. A loop that never comes to rest fails here.
const ITERATIONS_MAX: usize = 20_000;

/// Looks, and where another selector would sleep, turns the clock.
#[derive(Debug)]
struct Jumping {
    inner: Rc<dyn Selector>,
    now: Rc<Cell<Instant>>,
    iterations: Cell<usize>,
}

impl Selector for Jumping {
    fn supports(&self, trigger: Trigger) -> bool {
        self.inner.supports(trigger)
    }

    #[expect(unsafe_code, reason = "the promise is passed on")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        // SAFETY: what our caller promises is what it wants.
        unsafe { self.inner.register(fd, watch) }
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        self.inner.modify(fd, watch)
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.inner.unregister(fd)
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        self.iterations.set(self.iterations.get() + 1);
        assert!(self.iterations.get() < ITERATIONS_MAX, "this loop does not come to rest");
        self.inner.select(events, Some(Duration::ZERO))?;
        if events.is_empty() {
            let timeout = timeout.expect("this loop would sleep for ever");
            self.now.set(self.now.get() + timeout);
        }
        Ok(())
    }
}
