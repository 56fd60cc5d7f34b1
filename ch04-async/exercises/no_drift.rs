//! A clock that does not drift.
//!
//! Something is to be done every hundred milliseconds. The function below does it, and then sleeps for a hundred
//! milliseconds: so what is done takes its time on top, and after an hour the ticks are far from where they should be.
//!
//! Let the ticks come at the first period, at the second, and so on, counted from the start. If what is done takes
//! longer than a period, the ticks that were missed are left out. They are not made up for all at once.
//!
//! Hint: `sleep_until` takes a moment. Keep the next one.

use std::time::{Duration, Instant};

// SOLUTION
use ch04_async::time::{now, sleep_until};
// START
// use ch04_async::time::now;
// END
use ch04_async::{Clock, Runtime, sleep};

/// Calls `act` so many times, once in each period.
async fn every(period: Duration, times: usize, mut act: impl AsyncFnMut()) {
    // SOLUTION
    let mut next = now() + period;
    for _ in 0..times {
        sleep_until(next).await;
        act().await;
        while next <= now() {
            next += period;
        }
    }
    // START
    // for _ in 0..times {
    //     sleep(period).await;
    //     act().await;
    // }
    // END
}

/// When `act` was called, in milliseconds, if it takes as long as said: the last one for all others.
fn ticks(times: usize, takes: &[u64]) -> Vec<u128> {
    // The clock jumps when everybody sleeps: no test waits.
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        let (start, mut called): (Instant, Vec<u128>) = (now(), Vec::new());
        every(Duration::from_millis(100), times, async || {
            let takes = takes[called.len().min(takes.len() - 1)];
            called.push((now() - start).as_millis());
            sleep(Duration::from_millis(takes)).await;
        })
        .await;
        called
    })
}

#[test]
fn what_takes_no_time_is_done_in_each_period() {
    assert_eq!(ticks(4, &[0]), [100, 200, 300, 400]);
}

#[test]
fn what_takes_time_does_not_move_the_ticks() {
    assert_eq!(ticks(4, &[30, 99, 1, 50]), [100, 200, 300, 400]);
}

#[test]
fn ticks_that_were_missed_are_left_out() {
    assert_eq!(ticks(4, &[250, 0]), [100, 400, 500, 600]);
}
