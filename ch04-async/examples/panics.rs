//! A panic or an error in a task: it reaches whoever awaits. If nobody does, it is reported.

use std::cell::RefCell;
use std::future::{poll_fn, ready};
use std::panic;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::task::{Builder, spawn_fallible};
use ch04_async::{Clock, Report, Runtime, sleep, spawn};

fn main() {
    // The standard library prints every panic. Here that would only be noise.
    panic::set_hook(Box::new(|_| ()));
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let runtime = Runtime::builder()
        .clock(Clock::paused())
        .on_report(move |report| {
            println!("  report: {report}");
            told.borrow_mut().push(report.clone());
        })
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let bystander = spawn(async {
            sleep(Duration::from_secs(1)).await;
            "unharmed"
        });

        println!("awaited:");
        let error = spawn(poll_fn(|_| panic!("one"))).await.map(|(): ()| ()).expect_err("panicked");
        println!("  the handle says: {error}");
        assert!(error.is_panic());
        let error = spawn_fallible(ready(Err::<(), _>("two"))).await.expect("no panic");
        println!("  the task says: {error:?}");
        assert!(reports.borrow().is_empty(), "somebody looked");

        println!("and not:");
        drop(Builder::new().name("careless").spawn(poll_fn::<(), _>(|_| panic!("three"))));
        drop(Builder::new().name("hapless").spawn_fallible(ready(Err::<(), _>("four"))));

        assert_eq!(bystander.await.expect("no panic"), "unharmed");
        println!("the other task is unharmed");
    });
    let [panicked, failed] = &reports.borrow()[..] else { panic!("two reports") };
    assert!(matches!(panicked, Report::UnobservedPanic { message, .. } if message == "three"));
    assert!(matches!(failed, Report::UnobservedError { message, .. } if message == "four"));
    assert_eq!(panicked.task().name(), Some("careless"));
    assert_eq!(failed.task().name(), Some("hapless"));
}
