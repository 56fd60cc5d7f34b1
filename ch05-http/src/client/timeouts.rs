//! For how long a request may wait for what.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ch04_async::time::{self, Sleep};
use thiserror::Error;

/// How long a request may wait; `None` is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For all of it, redirects and the last byte of the body included.
    pub total: Option<Duration>,
    /// For a connection: for a place in the session, for its name to be resolved, for its
    /// handshakes.
    pub connect: Option<Duration>,
    /// For something to come: the head, or the next piece of the body.
    pub read: Option<Duration>,
}

/// Which time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Timeout {
    /// [`Timeouts::total`].
    #[error("not done in time")]
    Total,
    /// [`Timeouts::connect`].
    #[error("no connection in time")]
    Connect,
    /// [`Timeouts::read`].
    #[error("nothing came in time")]
    Read,
}

/// The timers of one request.
#[derive(Debug)]
pub(super) struct Timers {
    read: Option<Duration>,
    total: Option<Instant>,
    /// Made when something is waited for the first time.
    until_total: Option<Sleep>,
    until_read: Option<Sleep>,
}

impl Timers {
    /// Timers for a request that begins now.
    pub(super) fn start(timeouts: Timeouts) -> Timers {
        // A moment that the clock cannot name does not come.
        let total = timeouts.total.and_then(|total| time::now().checked_add(total));
        Timers { read: timeouts.read, total, until_total: None, until_read: None }
    }

    /// Something has come; the time for the next thing begins when it is waited for.
    pub(super) fn progress(&mut self) {
        self.until_read = None;
    }

    /// Ready with the time that is up.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Timeout> {
        if let Some(total) = self.total {
            let until = self.until_total.get_or_insert_with(|| time::sleep_until(total));
            if Pin::new(until).poll(context).is_ready() {
                return Poll::Ready(Timeout::Total);
            }
        }
        if let Some(read) = self.read {
            let until = self.until_read.get_or_insert_with(|| time::sleep(read));
            if Pin::new(until).poll(context).is_ready() {
                return Poll::Ready(Timeout::Read);
            }
        }
        Poll::Pending
    }

    /// Runs a future until the time is up for all, and for a connection.
    pub(super) async fn connecting<T>(
        &self,
        connect: Option<Duration>,
        future: impl Future<Output = T>,
    ) -> Result<T, Timeout> {
        let connect = connect.and_then(|connect| time::now().checked_add(connect));
        let Some(deadline) = [self.total, connect].into_iter().flatten().min() else {
            return Ok(future.await);
        };
        let which = if Some(deadline) == self.total { Timeout::Total } else { Timeout::Connect };
        time::timeout_at(deadline, future).await.map_err(|_| which)
    }
}
