//! asyncio's `wait`: the done and the pending, in each of its modes; and a timeout cancels nothing.
//!
//! The clock is a virtual one: a second takes no time, and the printed moments are exact.

use std::time::Duration;

use ch04_async::structure::{When, wait};
use ch04_async::time::now;
use ch04_async::{Clock, JoinHandle, Runtime, sleep, spawn};

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        println!("task 0 ends at 1 s, task 1 fails at 2 s, task 2 ends at 4 s");
        show(When::FirstCompleted, None, &[0], &[1, 2], 1).await;
        show(When::FirstException, None, &[0, 1], &[2], 2).await;
        show(When::AllCompleted, None, &[0, 1, 2], &[], 4).await;
        show(When::AllCompleted, Some(3), &[0, 1], &[2], 3).await;
    });
}

/// Three tasks; the second panics, which is a task's exception.
fn three() -> [JoinHandle<()>; 3] {
    [(1, false), (2, true), (4, false)].map(|(seconds, fails)| {
        spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
            if fails {
                // As a panic, but without the message on standard error.
                std::panic::resume_unwind(Box::new("on purpose"));
            }
        })
    })
}

async fn show(when: When, limit: Option<u64>, done: &[usize], pending: &[usize], seconds: u64) {
    let (start, mut tasks) = (now(), three());
    // The handles are lent. They are ours again when it returns.
    let waited = wait(tasks.iter_mut(), when, limit.map(Duration::from_secs)).await;
    let ended: Vec<_> = waited.done.iter().map(|(number, _)| *number).collect();
    let going_on: Vec<_> = waited.pending.iter().map(|(number, _)| *number).collect();
    let mode = format!("{when:?}{}", if limit.is_some() { ", timeout 3 s" } else { "" });
    println!("{mode:<26} at {seconds} s  done {ended:?}, pending {going_on:?}");
    assert_eq!((&ended[..], &going_on[..]), (done, pending));
    assert_eq!((now() - start).as_secs(), seconds);
    for (number, outcome) in &waited.done {
        assert_eq!(outcome.is_err(), *number == 1);
    }
    // What is pending is alive: waited for once more, it ends as if nothing had been.
    let left = waited.pending.into_iter().map(|(_, task)| task);
    let rest = wait(left, When::AllCompleted, None).await;
    assert_eq!((rest.done.len(), (now() - start).as_secs()), (pending.len(), 4));
}
