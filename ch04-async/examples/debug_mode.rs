//! Debug mode names whoever keeps the thread for too long. The builder switches it on, or
//! `LEARNING_TO_WAIT_DEBUG=1`.

use std::cell::RefCell;
use std::env;
use std::process::Command;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ch04_async::builder::DEBUG_VARIABLE;
use ch04_async::task::Builder;
use ch04_async::{Report, Runtime, sleep};

const LIMIT: Duration = Duration::from_millis(50);

fn main() {
    // Run again by ourselves, below: with the environment variable, and nothing set in the builder.
    if env::args().nth(1).as_deref() == Some("child") {
        let reported = run(Runtime::builder());
        assert_eq!(reported.len(), 1);
        return;
    }
    println!("by the builder:");
    let reported = run(Runtime::builder().debug(true));
    let [Report::SlowPoll { task, took }] = &reported[..] else { panic!("{reported:?}") };
    assert_eq!(task.name(), Some("greedy"));
    assert!(task.location.file().ends_with("debug_mode.rs"));
    assert!(*took >= LIMIT);

    println!("switched off:");
    assert!(run(Runtime::builder().debug(false)).is_empty());
    println!("  nothing is measured, and nothing said");

    println!("by {DEBUG_VARIABLE}=1:");
    let own = env::current_exe().expect("our own path");
    let child = Command::new(own).arg("child").env(DEBUG_VARIABLE, "1").status();
    assert!(child.expect("started").success());
}

/// Runs a good task and a greedy one; gives what was reported of them.
fn run(builder: ch04_async::Builder) -> Vec<Report> {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let runtime = builder
        .slow_poll(LIMIT)
        .on_report(move |report| {
            // A busy machine may make anybody slow. We look at the one that is slow by itself.
            if report.task().name() == Some("greedy") {
                println!("  {report}");
                told.borrow_mut().push(report.clone());
            }
        })
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        // It waits for longer, and keeps nobody.
        let good = Builder::new().name("good").spawn(sleep(2 * LIMIT));
        // It sleeps with the thread in its hands.
        let greedy = Builder::new().name("greedy").spawn(async { thread::sleep(2 * LIMIT) });
        good.await.expect("no panic");
        greedy.await.expect("no panic");
    });
    drop(runtime);
    reports.take()
}
