//! The time of whoever carries a request.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// What [`Clock::sleep`] gives.
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// How a carrier tells the time and waits. Functions and no values: a runtime is found by its
/// thread.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What time it is.
    pub now: fn() -> Instant,
    /// Ends after so long.
    pub sleep: fn(Duration) -> Sleep,
}

impl Clock {
    /// The time by this clock.
    #[must_use]
    pub fn now(self) -> Instant {
        (self.now)()
    }

    /// Ends after `duration`, and keeps nobody else meanwhile, if its carrier can wait for several
    /// things at once.
    #[must_use]
    pub fn sleep(self, duration: Duration) -> Sleep {
        (self.sleep)(duration)
    }
}
