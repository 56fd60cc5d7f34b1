//! A body that must go on.

use std::fmt;
use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::body::{Body, Source};
use super::clock::{Clock, Sleep};

/// A body of which something must come within a time, again and again; else it ends by `TimedOut`.
///
/// The time runs only while a piece is waited for: whoever does not ask is not kept waiting.
pub struct Timely {
    body: Body,
    clock: Clock,
    within: Duration,
    waiting: Option<Sleep>,
}

impl Timely {
    /// The body, of which each piece must come `within` this time.
    #[must_use]
    pub fn new(body: Body, within: Duration, clock: Clock) -> Timely {
        Timely { body, clock, within, waiting: None }
    }
}

impl Source for Timely {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Poll::Ready(data) = self.body.poll_data(context) {
            self.waiting = None;
            return Poll::Ready(data);
        }
        let waiting = self.waiting.get_or_insert_with(|| self.clock.sleep(self.within));
        waiting.as_mut().poll(context).map(|()| {
            self.waiting = None;
            Some(Err(io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly")))
        })
    }

    fn length(&self) -> Option<u64> {
        self.body.length()
    }
}

impl fmt::Debug for Timely {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timely")
            .field("body", &self.body)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}
