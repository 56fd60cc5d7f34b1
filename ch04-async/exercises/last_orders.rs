//! Last orders.
//!
//! A kitchen takes orders and cooks them, each in a task. When it closes, it takes no new orders, finishes what it can
//! within a time of grace, and gives up the rest. The one below waits for the next order and for nothing else, so it
//! does not hear that it shall close. And when there are no more orders, it waits all of the time of grace, and drops
//! whoever is left.
//!
//! Let it close in order, and return how many were served and how many given up.
//!
//! Hint: `Shutdown` has a method for a wait that the end may cut off, and one for all that comes after.

use std::time::Duration;

use ch04_async::queues::Queue;
use ch04_async::shutdown::{Counts, Shutdown};
use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep, timeout};

const GRACE_PERIOD: Duration = Duration::from_secs(30);

/// Takes orders, each as the time that it takes, until the end is asked for or the queue is closed.
async fn kitchen(orders: &Queue<Duration>, shutdown: &Shutdown) -> Counts {
    // SOLUTION
    while let Some(Ok(order)) = shutdown.until_begun(orders.get()).await {
        shutdown.spawn(sleep(order));
    }
    shutdown.drain(GRACE_PERIOD).await
    // START
    // while let Ok(order) = orders.get().await {
    //     shutdown.spawn(sleep(order));
    // }
    // sleep(GRACE_PERIOD).await;
    // shutdown.cancel();
    // shutdown.counts()
    // END
}

/// How many were finished and given up, how many orders were never taken, and how many seconds
/// after closing time the kitchen was dark. Time jumps: an hour takes none.
fn evening(orders: &[u64]) -> (usize, usize, usize, u64) {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        let (queue, shutdown) = (Queue::<Duration>::bounded(10), Shutdown::new());
        for seconds in orders {
            queue.try_put(Duration::from_secs(*seconds)).expect("room for ten");
        }
        let closing = async {
            sleep(Duration::from_secs(1)).await;
            shutdown.begin();
            // Too late.
            queue.try_put(Duration::ZERO).expect("room for ten");
            now()
        };
        let cooking = timeout(Duration::from_secs(3600), kitchen(&queue, &shutdown));
        let (closed_at, counts) = ch04_async::structure::join(closing, cooking).await;
        let counts = counts.expect("it does not close within an hour");
        let dark_after = (now() - closed_at).as_secs();
        (counts.finished + counts.drained, counts.cancelled, queue.len(), dark_after)
    })
}

#[test]
fn those_under_way_are_finished() {
    assert_eq!(evening(&[3, 11]), (2, 0, 1, 10), "the last one takes ten seconds more");
}

#[test]
fn nobody_cooks_for_ever() {
    assert_eq!(evening(&[3, 7200, 11]), (2, 1, 1, 30), "grace is over after half a minute");
}

#[test]
fn an_empty_kitchen_closes_at_once() {
    assert_eq!(evening(&[]), (0, 0, 1, 0));
}
