//! asyncio's `wait_for` and `shield`: a slow operation that is cut off, and one that goes on.
//!
//! The clock is a virtual one: a second takes no time, and the printed moments are exact.

use std::time::{Duration, Instant};

use ch04_async::structure::shield;
use ch04_async::time::{Elapsed, now};
use ch04_async::{Clock, Runtime, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(1);

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        quick_enough().await;
        cut_off().await;
        shielded().await;
    });
}

/// Says when it is dropped: at the end of its block, or wherever the block is cut off.
struct Transaction {
    begun: Instant,
    committed: bool,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let how = if self.committed { "committed" } else { "rolled back" };
        println!("  {} s  {how}", (now() - self.begun).as_secs());
    }
}

async fn store(seconds: u64) -> &'static str {
    let mut transaction = Transaction { begun: now(), committed: false };
    sleep(Duration::from_secs(seconds)).await;
    transaction.committed = true;
    "stored"
}

async fn quick_enough() {
    println!("in time:");
    assert_eq!(timeout(LIMIT, store(0)).await, Ok("stored"));
}

async fn cut_off() {
    println!("too slow: dropped where it waits, and its destructor has run before we hear of it");
    let start = now();
    assert_eq!(timeout(LIMIT, store(3)).await, Err(Elapsed));
    println!("  {} s  {Elapsed}", (now() - start).as_secs());
    assert_eq!(now() - start, LIMIT);
}

async fn shielded() {
    println!("too slow, and shielded: only the waiting is cut off");
    let start = now();
    let mut storing = shield(store(3));
    // The handle is lent to the timeout, which drops what it was lent: a reference.
    let waited = timeout(LIMIT, &mut storing).await;
    println!("  {} s  {Elapsed}", (now() - start).as_secs());
    assert!(waited.is_err() && !storing.is_finished());
    let stored = storing.await.expect("no panic");
    println!("  {} s  {stored}", (now() - start).as_secs());
    assert_eq!((stored, (now() - start).as_secs()), ("stored", 3));
}
