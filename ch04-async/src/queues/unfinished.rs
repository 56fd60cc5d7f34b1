//! What was put and is not done yet.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use crate::sync::Event;

/// Counts what was put and not reported done, and wakes who waits for none to be left.
#[derive(Debug)]
pub(super) struct Unfinished {
    count: Cell<usize>,
    none_left: Event,
}

impl Default for Unfinished {
    fn default() -> Unfinished {
        let none_left = Event::new();
        none_left.set();
        Unfinished { count: Cell::new(0), none_left }
    }
}

impl Unfinished {
    pub(super) fn add(&self) {
        self.count.set(self.count.get() + 1);
        self.none_left.clear();
    }

    pub(super) fn done(&self) -> Result<(), DoneTooOften> {
        let left = self.count.get().checked_sub(1).ok_or(DoneTooOften)?;
        self.count.set(left);
        if left == 0 {
            self.none_left.set();
        }
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    pub(super) async fn join(&self) {
        self.none_left.wait().await;
    }
}

/// `task_done` was called more often than items were put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoneTooOften;

impl fmt::Display for DoneTooOften {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reporting more tasks done than were put into the queue")
    }
}

impl Error for DoneTooOften {}
