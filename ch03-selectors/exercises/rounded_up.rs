//! A timeout that is not too short.
//!
//! `poll(2)` counts in milliseconds, and a timer in nanoseconds. The function below cuts off what does not fit. So
//! with a timer due in half a millisecond, the wait is told to take no time at all, comes back, and is told the same
//! again: a core is burnt until the timer is due.
//!
//! Write it so that a wait never ends before its time. No timeout is -1, which means for ever; one that is too long
//! for the call is as long as the call can have it.
//!
//! Hint: `div_ceil`. And mind what `as` does with a number that does not fit.

use std::time::Duration;

/// A timeout as poll(2) takes it.
fn to_millis(timeout: Option<Duration>) -> i32 {
    // SOLUTION
    let Some(timeout) = timeout else { return -1 };
    i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
    // START
    // timeout.map_or(-1, |timeout| timeout.as_millis() as i32)
    // END
}

#[test]
fn a_wait_never_ends_before_its_time() {
    for (asked, millis) in [(1, 1), (999_999, 1), (1_000_000, 1), (1_000_001, 2)] {
        assert_eq!(to_millis(Some(Duration::from_nanos(asked))), millis, "{asked} ns");
    }
}

#[test]
fn no_time_is_no_time_and_for_ever_is_for_ever() {
    assert_eq!(to_millis(Some(Duration::ZERO)), 0);
    assert_eq!(to_millis(None), -1);
}

#[test]
fn what_is_too_long_is_as_long_as_it_can_be() {
    assert_eq!(to_millis(Some(Duration::MAX)), i32::MAX);
    assert_eq!(to_millis(Some(Duration::from_secs(60 * 60 * 24 * 365))), i32::MAX);
}
