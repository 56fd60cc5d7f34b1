//! What never ran, and what never came to its end.
//!
//! A coroutine that nobody awaits does nothing, and the compiler says so: `tests/never_awaited` holds
//! it to that. A task that waits when its runtime goes is dropped, and debug mode says so.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;

use ch04_async::task::Builder;
use ch04_async::{Report, Runtime, yield_now};

fn main() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let runtime = Runtime::builder()
        .debug(true)
        .on_report(move |report| told.borrow_mut().push(report.clone()))
        .build()
        .expect("a runtime");
    let ran = Rc::new(Cell::new(false));
    let released = Rc::new(Cell::new(false));
    runtime.block_on(async {
        // Without the `drop`, the compiler warns: unused implementer of `Future` that must be used.
        drop(say_hello(&ran));
        println!("made, and not awaited: it has said nothing");
        assert!(!ran.get());
        say_hello(&ran).await;
        assert!(ran.get());

        let guard = Guard(Rc::clone(&released));
        drop(Builder::new().name("waits for ever").spawn(async move {
            let _guard = guard;
            pending::<()>().await;
        }));
        yield_now().await;
    });
    println!("the runtime goes, and a task still waits");
    assert!(!released.get());
    drop(runtime);
    assert!(released.get(), "dropped with its runtime");
    let reports = reports.borrow();
    let left = reports.iter().find(|report| report.task().name() == Some("waits for ever"));
    let Some(report @ Report::DestroyedWhilePending { .. }) = left else { panic!("{reports:?}") };
    println!("report: {report}");
}

#[expect(clippy::unused_async, reason = "it is about the call, and not about what it waits for")]
async fn say_hello(ran: &Cell<bool>) {
    println!("hello");
    ran.set(true);
}

struct Guard(Rc<Cell<bool>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(true);
    }
}
