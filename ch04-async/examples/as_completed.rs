//! asyncio's `as_completed`: results in the order in which they come, and what is left when time is
//! up.
//!
//! The clock is a virtual one: a second takes no time, and the printed moments are exact.

use std::time::Duration;

use ch04_async::structure::{as_completed, join_all};
use ch04_async::time::{now, timeout_at};
use ch04_async::{Clock, Runtime, sleep};

/// Which mirror answers after how many seconds.
const MIRRORS: [(&str, u64); 4] = [("far", 4), ("near", 1), ("dead", 60), ("middle", 2)];

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(by_completion());
    runtime.block_on(until_time_is_up());
}

async fn ask(name: &'static str, seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    name
}

async fn by_completion() {
    println!("each as it comes:");
    let (start, mut order) = (now(), Vec::new());
    let mut answers = as_completed(MIRRORS.map(|(name, seconds)| ask(name, seconds)));
    while let Some((number, name)) = answers.next().await {
        println!("  {:>2} s  {name} (number {number})", (now() - start).as_secs());
        assert_eq!(MIRRORS[number].0, name, "the number says whose result it is");
        order.push(name);
    }
    assert_eq!(order, ["near", "middle", "far", "dead"]);
}

async fn until_time_is_up() {
    println!("no longer than 3 s:");
    let (start, deadline) = (now(), now() + Duration::from_secs(3));
    let mut answers = as_completed(MIRRORS.map(|(name, seconds)| ask(name, seconds)));
    let mut came = Vec::new();
    // One deadline for all of them, and not three seconds for each.
    while let Ok(Some((_, name))) = timeout_at(deadline, answers.next()).await {
        came.push(name);
    }
    let left = answers.into_pending();
    let names: Vec<_> = left.iter().map(|(number, _)| MIRRORS[*number].0).collect();
    println!("  {:>2} s  came: {came:?}, left: {names:?}", (now() - start).as_secs());
    assert_eq!((&came[..], &names[..]), (&["near", "middle"][..], &["far", "dead"][..]));
    // They are ours to drop, which cancels them, or to wait for: they go on where they were.
    let late = join_all(left.into_iter().take(1).map(|(_, answer)| answer)).await;
    println!("  {:>2} s  waited for one of those: {late:?}", (now() - start).as_secs());
    assert_eq!((now() - start).as_secs(), 4, "not from the beginning");
}
