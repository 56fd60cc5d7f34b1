//! What time it is, for real or for tests.
//!
//! A test that sleeps is slow, and a test that measures sleeps fails on a busy machine. A paused
//! clock stands still while there is something to do. When all tasks wait, it jumps to the next timer:
//! an hour takes no time, and every moment is known exactly.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A runtime's clock. Clones are the same clock.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Absent: the system's.
    paused: Option<Rc<Paused>>,
}

#[derive(Debug)]
struct Paused {
    now: Cell<Instant>,
    /// As many [`Hold`]s are alive.
    holds: Cell<usize>,
}

impl Clock {
    /// The system's monotonic clock.
    #[must_use]
    pub fn real() -> Clock {
        Clock::default()
    }

    /// A clock that stands still, but for [`advance`](Clock::advance) and for a runtime in which
    /// nobody is ready: that one moves it to its next timer.
    #[must_use]
    pub fn paused() -> Clock {
        let paused = Paused { now: Cell::new(Instant::now()), holds: Cell::new(0) };
        Clock { paused: Some(Rc::new(paused)) }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.paused.as_ref().map_or_else(Instant::now, |paused| paused.now.get())
    }

    /// Moves a paused clock on. Timers that are due then fire when the runtime looks next.
    ///
    /// # Panics
    ///
    /// When it is the system's clock, which nobody moves.
    pub fn advance(&self, by: Duration) {
        let paused = self.paused.as_ref().expect("a paused clock");
        paused.now.set(paused.now.get() + by);
    }

    /// Keeps a paused clock from jumping while the guard lives: something goes on that the runtime
    /// cannot see, such as work on another thread. Nothing to a real clock.
    #[must_use = "dropping it lets the clock jump again"]
    pub fn hold(&self) -> Hold {
        if let Some(paused) = &self.paused {
            paused.holds.set(paused.holds.get() + 1);
        }
        Hold { clock: self.clone() }
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    /// Whether a runtime with nothing to do may move this clock instead of sleeping.
    pub(crate) fn may_jump(&self) -> bool {
        self.paused.as_ref().is_some_and(|paused| paused.holds.get() == 0)
    }

    /// Moves a paused clock to `moment`, and never back.
    pub(crate) fn jump_to(&self, moment: Instant) {
        if let Some(paused) = &self.paused {
            paused.now.set(paused.now.get().max(moment));
        }
    }
}

/// See [`Clock::hold`].
#[derive(Debug)]
pub struct Hold {
    clock: Clock,
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(paused) = &self.clock.paused {
            paused.holds.set(paused.holds.get() - 1);
        }
    }
}
