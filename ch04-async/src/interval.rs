//! A tick again and again, and what becomes of those that were missed.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::time::{Sleep, now, sleep_until};

/// What to do about ticks that came due while nobody waited for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissedTicks {
    /// Make up for each of them at once, and then go on by the old plan.
    #[default]
    Burst,
    /// Forget them. The next one is the next of the old plan.
    Skip,
    /// Forget them, and the plan. The next one is a whole period after the one that was late.
    Delay,
}

/// Ticks each `period`, the first time at once.
///
/// # Panics
///
/// When `period` is zero: such ticks would never end.
pub fn interval(period: Duration) -> Interval {
    interval_at(now(), period)
}

/// The same, the first time at `start`.
///
/// # Panics
///
/// When `period` is zero.
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(period > Duration::ZERO, "an interval needs a period");
    Interval { sleep: sleep_until(start), period, missed: MissedTicks::default() }
}

/// See [`interval`].
#[derive(Debug)]
#[must_use = "nothing happens before its ticks are awaited"]
pub struct Interval {
    /// Until the next tick.
    sleep: Sleep,
    period: Duration,
    missed: MissedTicks,
}

impl Interval {
    /// What becomes of missed ticks. Default: [`MissedTicks::Burst`].
    pub fn missed_ticks(self, missed: MissedTicks) -> Interval {
        Interval { missed, ..self }
    }

    /// Waits for the next tick, and says for when it was planned. A tick whose wait is dropped is not
    /// lost.
    pub async fn tick(&mut self) -> Instant {
        poll_fn(|context| self.poll_tick(context)).await
    }

    /// As [`tick`](Interval::tick), for futures written by hand.
    pub fn poll_tick(&mut self, context: &mut Context<'_>) -> Poll<Instant> {
        let Some(planned) = self.sleep.deadline() else { return Poll::Pending };
        ready!(Pin::new(&mut self.sleep).poll(context));
        let next = self.after(planned, now());
        self.sleep = next.map_or_else(|| crate::time::sleep(Duration::MAX), sleep_until);
        Poll::Ready(planned)
    }

    /// When the tick after `planned` comes, if that one was noticed at `now`. None: never, as the
    /// clock has no such moment.
    fn after(&self, planned: Instant, now: Instant) -> Option<Instant> {
        let next = planned.checked_add(self.period)?;
        if next > now {
            return Some(next);
        }
        match self.missed {
            MissedTicks::Burst => Some(next),
            MissedTicks::Delay => now.checked_add(self.period),
            MissedTicks::Skip => {
                let late = (now - planned).as_nanos() % self.period.as_nanos();
                let late = Duration::from_nanos(u64::try_from(late).ok()?);
                let until_next = self.period.saturating_sub(late);
                now.checked_add(until_next)
            }
        }
    }
}
