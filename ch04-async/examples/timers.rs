//! Delayed calls: sleeps that end in order, a tick each so often, and a sleep that is given up.
//!
//! The clock is paused. It stands still while there is something to do, and jumps to the next timer
//! when there is not; so this shows a quarter of a minute and takes no time.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch04_async::time::{interval, now};
use ch04_async::{Clock, Runtime, sleep, spawn, timeout};

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    let real = Instant::now();
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        let start = now();
        let since = move || (now() - start).as_secs_f32();

        println!("three sleeps, started in the wrong order:");
        let ended = Rc::new(RefCell::new(Vec::new()));
        let sleeping = [3, 1, 2].map(|seconds| {
            let ended = Rc::clone(&ended);
            spawn(async move {
                sleep(seconds * SECOND).await;
                println!("  {:.1} s: slept for {seconds}", since());
                ended.borrow_mut().push(seconds);
            })
        });
        for task in sleeping {
            task.await.expect("no panic");
        }
        assert_eq!(*ended.borrow(), [1, 2, 3]);

        println!("a tick each quarter of a second:");
        let mut ticks = interval(SECOND / 4);
        let first = ticks.tick().await;
        for _ in 0..4 {
            ticks.tick().await;
            println!("  {:.2} s: tick", since());
        }
        assert_eq!(now() - first, SECOND, "no tick is late because the one before was");

        println!("a sleep of an hour, given up after no time:");
        let gone = timeout(Duration::ZERO, sleep(3600 * SECOND)).await;
        assert!(gone.is_err());
        // Were it still there, the clock would jump to it: nobody has anything to do until then.
        let quiet = timeout(10 * SECOND, pending::<()>()).await;
        assert!(quiet.is_err());
        println!("  {:.1} s: it never fired", since());
        assert_eq!(now() - start, 14 * SECOND);
    });
    println!("all that in {} ms of real time", real.elapsed().as_millis());
    assert!(real.elapsed() < 14 * SECOND);
}
