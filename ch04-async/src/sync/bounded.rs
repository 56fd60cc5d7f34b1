//! A semaphore that notices who gives back more than was taken: asyncio's `BoundedSemaphore`.
//!
//! A permit that is dropped cannot be given back twice: the compiler sees to that. What is left to
//! get wrong is giving back by hand, and that is what is counted here.

use std::error::Error;
use std::fmt;

use super::semaphore::{Acquire, Permit, Semaphore};

/// A [`Semaphore`] that never has more permits than it began with.
#[derive(Debug)]
pub struct BoundedSemaphore {
    inner: Semaphore,
}

impl BoundedSemaphore {
    /// A semaphore with so many permits, and never more.
    #[must_use]
    pub fn new(permits: usize) -> BoundedSemaphore {
        BoundedSemaphore { inner: Semaphore::new(permits) }
    }

    /// Waits for a permit, which is given back when it is dropped.
    pub fn acquire(&self) -> Acquire<&Semaphore> {
        self.inner.acquire()
    }

    /// A permit, if one is free; none when others are in line for it.
    pub fn try_acquire(&self) -> Option<Permit<&Semaphore>> {
        self.inner.try_acquire()
    }

    /// Gives back a permit that was [forgotten](Permit::forget).
    ///
    /// # Errors
    ///
    /// When all of those were given back already. Nothing has changed then. asyncio raises
    /// `ValueError`.
    pub fn release(&self) -> Result<(), ReleasedTooOften> {
        if self.inner.forgotten() == 0 {
            return Err(ReleasedTooOften);
        }
        self.inner.release();
        Ok(())
    }

    /// How many permits could be had without waiting.
    #[must_use]
    pub fn permits(&self) -> usize {
        self.inner.permits()
    }
}

/// A permit was given back that nobody had taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleasedTooOften;

impl fmt::Display for ReleasedTooOften {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("releasing a bounded semaphore more often than it was acquired")
    }
}

impl Error for ReleasedTooOften {}
