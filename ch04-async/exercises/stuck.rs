//! Who is stuck?
//!
//! A server hangs, and you may look at its tasks. That a task waits says little: all good tasks wait, nearly all of the
//! time. What says more is a second look, a while later. Who waits, waited before, and was not polled in between, has
//! not moved.
//!
//! The function below blames everybody who waits. Let it name those who have not moved between the two looks.
//!
//! Hint: a task is known by its number. And in the second list there may be tasks that the first one does not have.

use std::future::pending;
use std::time::Duration;

use ch04_async::report::{TaskInfo, TaskState};
use ch04_async::task::{self, Builder};
use ch04_async::{Clock, Runtime, sleep};

/// The names of those who have not moved.
fn stuck(before: &[TaskInfo], after: &[TaskInfo]) -> Vec<String> {
    // SOLUTION
    let has_not_moved = |task: &&TaskInfo| {
        task.state == TaskState::Waiting
            && before.iter().any(|old| {
                old.id() == task.id() && old.state == TaskState::Waiting && old.polls == task.polls
            })
    };
    let found = after.iter().filter(has_not_moved);
    // START
    // let waits = |task: &&TaskInfo| task.state == TaskState::Waiting;
    // let found = before.iter().chain(after).filter(waits);
    // END
    found.filter_map(TaskInfo::name).map(str::to_string).collect()
}

async fn tick() {
    loop {
        sleep(Duration::from_secs(1)).await;
    }
}

/// Looks, lets a minute pass, and looks again, each time between two ticks. The clock jumps: nobody waits for it.
fn found_among(start: impl FnOnce(), meanwhile: impl FnOnce()) -> Vec<String> {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        start();
        sleep(Duration::from_millis(1500)).await;
        let before = task::all();
        meanwhile();
        sleep(Duration::from_secs(60)).await;
        stuck(&before, &task::all())
    })
}

#[test]
fn who_has_not_moved_is_named_and_who_ticks_is_not() {
    let start = || {
        drop(Builder::new().name("ticks").spawn(tick()));
        drop(Builder::new().name("hangs").spawn(pending::<()>()));
        drop(Builder::new().name("ticks, too").spawn(tick()));
    };
    assert_eq!(found_among(start, || ()), ["hangs"]);
}

#[test]
fn who_has_ended_or_has_just_come_is_not_named() {
    let start = || drop(Builder::new().name("ends").spawn(sleep(Duration::from_secs(5))));
    let newcomer = || drop(Builder::new().name("newcomer").spawn(pending::<()>()));
    assert_eq!(found_among(start, newcomer), Vec::<String>::new());
}

#[test]
fn in_a_program_that_works_nobody_is_named() {
    let start = || drop(Builder::new().name("ticks").spawn(tick()));
    assert_eq!(found_among(start, || ()), Vec::<String>::new());
}
