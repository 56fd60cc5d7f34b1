//! A task is cancelled by dropping it where it waits: its destructors run, and nothing after them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::{Clock, Runtime, sleep, spawn};

type Log = Rc<RefCell<Vec<&'static str>>>;

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    let log = Log::default();
    runtime.block_on(async {
        let task = spawn(outer(Rc::clone(&log)));
        sleep(Duration::from_millis(1)).await;
        println!("abort, while it waits in the inner sleep");
        task.abort();
        log.borrow_mut().push("abort was called");
        // Not yet: `abort` asks, and the runtime drops the task at its next turn.
        let error = task.await.expect_err("it was aborted");
        println!("its handle says: {error}");
        assert!(error.is_cancelled());

        println!("abort, when it had ended");
        let task = spawn(async { 7 });
        sleep(Duration::from_millis(1)).await;
        task.abort();
        assert_eq!(task.await.expect("it had ended"), 7);
        println!("its handle says: 7");
    });
    let expected = [
        "outer begins",
        "inner begins",
        "abort was called",
        "inner guard dropped",
        "second guard dropped",
        "first guard dropped",
    ];
    assert_eq!(*log.borrow(), expected, "the innermost first, and the last made before the first");
}

async fn outer(log: Log) {
    note(&log, "outer begins");
    let _first = Guard(Rc::clone(&log), "first guard dropped");
    let _second = Guard(Rc::clone(&log), "second guard dropped");
    inner(Rc::clone(&log)).await;
    note(&log, "never reached");
}

async fn inner(log: Log) {
    note(&log, "inner begins");
    let _guard = Guard(Rc::clone(&log), "inner guard dropped");
    sleep(Duration::from_secs(3600)).await;
    note(&log, "never reached");
}

fn note(log: &Log, what: &'static str) {
    println!("  {what}");
    log.borrow_mut().push(what);
}

struct Guard(Log, &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        note(&self.0, self.1);
    }
}
