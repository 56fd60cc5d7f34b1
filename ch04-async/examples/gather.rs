//! asyncio's `gather`: all results in order; the first error ends it; or all errors are kept.
//!
//! The clock is a virtual one. When all tasks wait, it jumps to the next timer, so a second takes no
//! time, and the printed moments are exact.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch04_async::structure::{join_all, try_join_all};
use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep, spawn};

/// What was done, by whom.
type Log = Rc<RefCell<Vec<&'static str>>>;

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        in_order().await;
        all_errors_are_kept().await;
        the_first_error_ends_futures().await;
        the_first_error_leaves_tasks_alone().await;
    });
}

/// Takes so many seconds, and then gives its name, or fails.
async fn fetch(name: &'static str, seconds: u64, log: Log) -> Result<&'static str, String> {
    sleep(Duration::from_secs(seconds)).await;
    log.borrow_mut().push(name);
    if name == "bad" { Err(format!("{name} failed")) } else { Ok(name) }
}

fn at(start: Instant) -> u64 {
    (now() - start).as_secs()
}

async fn in_order() {
    let (start, log) = (now(), Log::default());
    let delays = [("slow", 3), ("quick", 1), ("middle", 2)];
    let results = join_all(delays.map(|(name, delay)| fetch(name, delay, log.clone()))).await;
    println!("at {} s, all: {results:?}", at(start));
    println!("   they ended as {:?}", log.borrow());
    assert_eq!(results, [Ok("slow"), Ok("quick"), Ok("middle")], "in the order of the call");
    assert_eq!((at(start), log.borrow()[0]), (3, "quick"), "side by side: the slowest counts");
}

/// `gather(..., return_exceptions=True)`.
async fn all_errors_are_kept() {
    let (start, log) = (now(), Log::default());
    let delays = [("good", 2), ("bad", 1)];
    let results = join_all(delays.map(|(name, delay)| fetch(name, delay, log.clone()))).await;
    println!("at {} s, errors among them: {results:?}", at(start));
    assert_eq!(results, [Ok("good"), Err("bad failed".to_owned())]);
}

/// `gather(...)`, with one difference: futures that nobody else owns end with it.
async fn the_first_error_ends_futures() {
    let (start, log) = (now(), Log::default());
    let delays = [("good", 2), ("bad", 1)];
    let failed = try_join_all(delays.map(|(name, delay)| fetch(name, delay, log.clone()))).await;
    println!("at {} s, the first error: {failed:?}", at(start));
    assert_eq!((failed, at(start)), (Err("bad failed".to_owned()), 1));
    sleep(Duration::from_secs(5)).await;
    println!("   five seconds later, ended: {:?}", log.borrow());
    assert_eq!(*log.borrow(), ["bad"], "the other was dropped in its sleep");
}

/// The same over handles of tasks. Those go on, as asyncio's do.
async fn the_first_error_leaves_tasks_alone() {
    let (start, log) = (now(), Log::default());
    let delays = [("good", 2), ("bad", 1)];
    let tasks = delays.map(|(name, delay)| spawn(fetch(name, delay, log.clone())));
    let outcomes = tasks.map(|task| async { task.await.expect("no panic") });
    let failed = try_join_all(outcomes).await;
    println!("at {} s, the same of tasks: {failed:?}", at(start));
    assert!(failed.is_err());
    sleep(Duration::from_secs(5)).await;
    println!("   five seconds later, ended: {:?}", log.borrow());
    assert_eq!(*log.borrow(), ["bad", "good"], "the runtime owns it, and not the handle");
}
