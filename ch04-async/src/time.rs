//! Waiting for a moment, and not longer than until a moment.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use crate::budget::poll_budget;
pub use crate::clock::{Clock, Hold};
pub use crate::interval::{Interval, MissedTicks, interval, interval_at};
use crate::runtime::with_current;
use crate::timer::{Key, Timers};

/// The time by the clock of the current runtime; by the system's outside of one.
#[must_use]
pub fn now() -> Instant {
    with_current(|runtime| runtime.clock.now()).unwrap_or_else(Instant::now)
}

/// What time it was when somebody first asked in this turn of the loop: one look at the clock for all
/// tasks that have something to do. It is as late as a turn takes, so it is for bounds of seconds, and
/// not for measuring.
///
/// Outside of a runtime it is [`now`].
#[must_use]
#[inline]
pub fn turn() -> Instant {
    with_current(|runtime| runtime.table.turn_time()).unwrap_or_else(now)
}

/// Ends after `duration`. Not before; later by as much as other tasks keep the thread.
///
/// # Panics
///
/// When it is awaited outside a [`Runtime`](crate::Runtime).
pub fn sleep(duration: Duration) -> Sleep {
    // A moment that the clock cannot name does not come.
    Sleep { deadline: now().checked_add(duration), timer: None, over: false }
}

/// Ends at `deadline`, and at once when that is over.
///
/// # Panics
///
/// When it is awaited outside a [`Runtime`](crate::Runtime).
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline: Some(deadline), timer: None, over: false }
}

/// The future of [`sleep`]. Dropping it cancels the timer.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Sleep {
    /// Absent: never.
    deadline: Option<Instant>,
    /// Where it is pending. A runtime's own: the future may be moved to another.
    timer: Option<(Rc<Timers>, Key)>,
    over: bool,
}

impl Sleep {
    /// When it ends; `None` when never.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// As `poll`, and free of the budget: a timeout must end also what uses the budget up each time.
    fn poll_elapsed(&mut self, context: &Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        if self.over {
            return Poll::Ready(());
        }
        self.leave_other_runtime();
        if let Some((timers, key)) = &self.timer {
            // The newest waker counts: the future may have moved to another task.
            if timers.update(*key, context.waker()) {
                return Poll::Pending;
            }
        } else {
            let added = with_current(|runtime| {
                let pending = deadline > runtime.clock.now();
                pending.then(|| {
                    let key = runtime.timers.add(deadline, context.waker().clone());
                    (Rc::clone(&runtime.timers), key)
                })
            });
            self.timer = added.expect("a runtime on this thread");
            if self.timer.is_some() {
                return Poll::Pending;
            }
        }
        (self.timer, self.over) = (None, true);
        Poll::Ready(())
    }

    /// Forgets a timer that is pending in another runtime than the current one: that one may be
    /// gone, or may not run while this one does, and nobody would fire it.
    fn leave_other_runtime(&mut self) {
        let Some((timers, key)) = &self.timer else { return };
        let elsewhere = with_current(|runtime| !Rc::ptr_eq(&runtime.timers, timers));
        if elsewhere == Some(true) {
            timers.cancel(*key);
            self.timer = None;
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        ready!(poll_budget(context));
        self.poll_elapsed(context)
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some((timers, key)) = &self.timer {
            timers.cancel(*key);
        }
    }
}

/// Gives what `future` gives, or [`Elapsed`] when that takes longer than `duration`. It is dropped
/// then, where it waits.
///
/// # Panics
///
/// When it is awaited outside a [`Runtime`](crate::Runtime).
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: future.into_future(), sleep: sleep(duration) }
}

/// As [`timeout`], with the moment itself.
///
/// # Panics
///
/// When it is awaited outside a [`Runtime`](crate::Runtime).
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout { future: future.into_future(), sleep: sleep_until(deadline) }
}

pin_project! {
    /// The future of [`timeout`].
    #[derive(Debug)]
    #[must_use = "nothing happens before it is awaited"]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        sleep: Sleep,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // The future first: what is there in time is given, also when time is up.
        if let Poll::Ready(output) = this.future.poll(context) {
            return Poll::Ready(Ok(output));
        }
        this.sleep.poll_elapsed(context).map(|()| Err(Elapsed))
    }
}

/// It took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it took too long")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[test]
    fn the_time_of_a_turn_stands_still_within_it_and_not_beyond() {
        let passes = |from: Instant| while Instant::now() == from {};
        crate::Runtime::new().expect("a runtime").block_on(async {
            let first = turn();
            passes(Instant::now());
            assert_eq!(turn(), first);
            // The next turn comes after a number of polls.
            while turn() == first {
                crate::yield_now().await;
            }
            let second = turn();
            assert!(second > first);
            assert!(now() >= second);
        });
    }

    #[test]
    fn a_paused_clock_that_is_moved_within_a_turn_is_seen_to_be() {
        let clock = Clock::paused();
        let runtime = crate::Runtime::builder().clock(clock.clone()).build().expect("a runtime");
        runtime.block_on(async {
            let first = turn();
            clock.advance(Duration::from_secs(1));
            assert_eq!(turn(), first + Duration::from_secs(1));
            assert_eq!(turn(), now());
        });
    }

    #[test]
    fn a_hundred_thousand_dropped_sleeps_leave_nothing_behind() {
        crate::Runtime::new().expect("a runtime").block_on(async {
            let pending = || with_current(|runtime| runtime.timers.len());
            let mut sleeps: Vec<_> =
                (0..100_000).map(|_| Box::pin(sleep(Duration::from_secs(3600)))).collect();
            poll_fn(|context| {
                let mut all = sleeps.iter_mut();
                assert!(all.all(|sleep| sleep.poll_elapsed(context).is_pending()));
                Poll::Ready(())
            })
            .await;
            assert_eq!(pending(), Some(100_000));
            drop(sleeps);
            assert_eq!(pending(), Some(0));
        });
    }
}
