//! When each message is due, in an open loop: the same distance from one to the next, counted from the
//! beginning, so that nothing adds up.

use std::time::Duration;

/// Nanoseconds of a second.
const SECOND_NS: u128 = 1_000_000_000;

/// A number of messages a second. Message 0 is due at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    per_second: u32,
}

impl Schedule {
    /// So many messages a second; none is one.
    #[must_use]
    pub fn new(per_second: u32) -> Schedule {
        Schedule { per_second: per_second.max(1) }
    }

    /// When message `number` is due, since the beginning.
    #[must_use]
    pub fn due(self, number: u64) -> Duration {
        let after = u128::from(number) * SECOND_NS / u128::from(self.per_second);
        Duration::from_nanos(u64::try_from(after).unwrap_or(u64::MAX))
    }

    /// How many messages are due by `elapsed`, that moment included.
    #[must_use]
    pub fn by(self, elapsed: Duration) -> u64 {
        // The largest number n with n * second / rate, rounded down, not above `elapsed`.
        let n = ((elapsed.as_nanos() + 1) * u128::from(self.per_second)).div_ceil(SECOND_NS);
        u64::try_from(n).unwrap_or(u64::MAX)
    }

    /// How many are due before `end`.
    #[must_use]
    pub fn before(self, end: Duration) -> u64 {
        end.checked_sub(Duration::from_nanos(1)).map_or(0, |last| self.by(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: [u32; 7] = [1, 3, 7, 1000, 30_000, 333_333, 1_000_000_000];

    #[test]
    fn a_day_later_nothing_has_drifted() {
        for rate in RATES {
            let day = Schedule::new(rate).due(u64::from(rate) * 86_400);
            assert_eq!(day, Duration::from_secs(86_400), "{rate} a second");
        }
    }

    #[test]
    fn what_is_due_by_a_moment_is_what_became_due_until_then() {
        for rate in RATES {
            let schedule = Schedule::new(rate);
            for number in (0..1000).chain([1_000_003, 86_400_001]) {
                let due = schedule.due(number);
                assert!(schedule.by(due) > number, "{rate} a second, message {number}");
                assert!(schedule.before(due) <= number, "{rate} a second, message {number}");
            }
        }
    }

    #[test]
    fn a_second_holds_as_many_as_the_rate_says_and_never_fewer_than_one() {
        for rate in RATES {
            assert_eq!(Schedule::new(rate).before(Duration::from_secs(1)), u64::from(rate));
        }
        assert_eq!(Schedule::new(0).before(Duration::from_secs(3)), 3);
        assert_eq!(Schedule::new(5).before(Duration::ZERO), 0);
    }
}
