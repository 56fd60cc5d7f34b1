//! The first three programs of every asyncio tutorial: hello, the date, and one coroutine that waits
//! for another.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep};

fn main() {
    // A second is a second here, but nobody waits for it: see `timers`.
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");

    println!("-- hello");
    assert_eq!(runtime.block_on(hello()), "Hello World!");

    println!("-- the date, each second, for three seconds");
    let start = runtime.block_on(async { now() });
    let shown = runtime.block_on(display_date(Duration::from_secs(3)));
    assert_eq!(shown, 3);
    assert_eq!(runtime.block_on(async { now() }) - start, Duration::from_secs(3));

    println!("-- one waits for another");
    assert_eq!(runtime.block_on(print_sum(1, 2)), 3);
}

#[expect(clippy::unused_async, reason = "the least coroutine there is")]
async fn hello() -> &'static str {
    println!("Hello World!");
    "Hello World!"
}

/// Shows the time of day until `for_long` is over. Says how often.
async fn display_date(for_long: Duration) -> u32 {
    let (start, end) = (now(), now() + for_long);
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let mut shown = 0;
    while now() < end {
        let seconds = (wall + (now() - start)).as_secs() % 86_400;
        println!("{:02}:{:02}:{:02} UTC", seconds / 3600, seconds / 60 % 60, seconds % 60);
        shown += 1;
        sleep(Duration::from_secs(1)).await;
    }
    shown
}

async fn compute(x: u32, y: u32) -> u32 {
    println!("Compute {x} + {y} ...");
    sleep(Duration::from_secs(1)).await;
    x + y
}

/// `.await` runs the other one as a part of this. There is one task, and one state machine in another.
async fn print_sum(x: u32, y: u32) -> u32 {
    let result = compute(x, y).await;
    println!("{x} + {y} = {result}");
    result
}
