//! What the runtime promises about a task's end: its outcome, its abortion, its destructors, and what
//! is told of it.

mod abortion;
mod crowds;
mod destructors;
mod outcomes;
mod told;

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::time::Duration;

use ch04_async::{Clock, JoinError, Report, Runtime};

/// A runtime, and what it reported.
fn observed() -> (Runtime, Rc<RefCell<Vec<Report>>>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let builder = Runtime::builder().clock(Clock::paused());
    let builder = builder.debug(true).slow_poll(Duration::MAX);
    let builder = builder.on_report(move |report| told.borrow_mut().push(report.clone()));
    (builder.build().expect("a runtime"), reports)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (runtime, reports) = observed();
    let output = runtime.block_on(future);
    drop(runtime);
    let reports = reports.take();
    assert!(reports.is_empty(), "{reports:?}");
    output
}

/// Counts how often it was dropped.
#[derive(Clone, Default)]
struct Drops(Rc<Cell<usize>>);

impl Drops {
    fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn count(&self) -> usize {
        self.0.get()
    }
}

struct Guard(Drops);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn message(error: JoinError) -> &'static str {
    error.into_panic().downcast_ref::<&str>().copied().expect("text")
}

fn panics() -> impl Future<Output = ()> {
    poll_fn(|_| panic!("on purpose"))
}
