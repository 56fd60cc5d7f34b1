//! Off the loop.
//!
//! Two jobs block: they look up names, say, by calls that know nothing of tasks. The function below calls them one
//! after the other, on the thread of all tasks. Meanwhile no other task runs, and the second job has not begun.
//!
//! Let the two run beside each other, and beside all tasks. A job that panics is a `None`, and ends nobody else.
//!
//! Until you have solved it, two tests take ten seconds: then a timeout ends the wait.
//!
//! Hint: `spawn_blocking` starts a job, and an await waits for it. Mind the order of the two.

use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

// SOLUTION
use ch04_async::{Runtime, spawn, spawn_blocking};
// START
// use ch04_async::{Runtime, spawn};
// END

/// What a job waits at most for something that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

async fn both(
    first: impl FnOnce() -> bool + Send + 'static,
    second: impl FnOnce() -> bool + Send + 'static,
) -> (Option<bool>, Option<bool>) {
    // SOLUTION
    let (first, second) = (spawn_blocking(first), spawn_blocking(second));
    (first.await.ok(), second.await.ok())
    // START
    // (Some(first()), Some(second()))
    // END
}

/// A job that blocks until it is told something, and says whether it was.
fn told(receiver: Receiver<()>) -> impl FnOnce() -> bool + Send + 'static {
    move || receiver.recv_timeout(PATIENCE).is_ok()
}

#[test]
fn the_tasks_go_on_meanwhile() {
    let (sender, receiver) = mpsc::channel();
    let runtime = Runtime::new().expect("a runtime");
    let said = runtime.block_on(async {
        // It runs when we wait, and not before.
        let _task = spawn(async move { sender.send(()) });
        both(told(receiver), || true).await
    });
    assert_eq!(said, (Some(true), Some(true)), "no task ran while the jobs did");
}

#[test]
fn the_second_begins_before_the_first_has_ended() {
    let (sender, receiver) = mpsc::channel();
    let runtime = Runtime::new().expect("a runtime");
    let said = runtime.block_on(both(told(receiver), move || sender.send(()).is_ok()));
    assert_eq!(said, (Some(true), Some(true)), "the first waits for a word of the second");
}

#[test]
fn a_panic_is_that_of_one_job() {
    let runtime = Runtime::new().expect("a runtime");
    let said = runtime.block_on(both(|| panic!("on purpose"), || true));
    assert_eq!(said, (None, Some(true)));
}
