//! What is told of tasks: reports, and the list of the living.

use std::cell::{Cell, RefCell};
use std::future::{pending, ready};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use ch04_async::task::TaskState;
use ch04_async::{Report, Runtime, sleep, spawn, task, yield_now};

use super::{observed, panics};

#[test]
fn a_panic_or_error_that_nobody_looks_at_is_reported_with_the_tasks_name_and_place() {
    let (runtime, reports) = observed();
    runtime.block_on(async {
        drop(task::Builder::new().name("early").spawn(panics()));
        let late = task::spawn_fallible(async { Err::<(), _>("two") });
        let seen = task::spawn_fallible(async { Err::<(), _>("seen") });
        assert_eq!(seen.await.expect("no panic"), Err("seen"));
        drop(late);
    });
    let reports: Vec<_> = reports.take().iter().map(ToString::to_string).collect();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(
        reports[0].contains("(early), spawned at ") && reports[0].contains("tests/tasks/told.rs:")
    );
    assert!(reports[0].ends_with("panicked, and nobody looked: on purpose"), "{}", reports[0]);
    assert!(reports[1].ends_with("ended with an error, and nobody looked: two"), "{}", reports[1]);
}

#[test]
fn debug_mode_reports_slow_polls_and_pending_tasks_that_are_destroyed() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let builder = Runtime::builder().debug(true).slow_poll(Duration::from_millis(20));
    let builder = builder.on_report(move |report| told.borrow_mut().push(report.clone()));
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        let slow = task::Builder::new().name("slow");
        let blocks = slow.spawn(async { thread::sleep(Duration::from_millis(20)) });
        blocks.await.expect("no panic");
        drop(task::Builder::new().name("left").spawn(pending::<()>()));
    });
    drop(runtime);
    let reports = reports.take();
    let slow = reports.iter().find(|report| report.task().name() == Some("slow"));
    let Some(Report::SlowPoll { took, .. }) = slow else { panic!("{reports:?}") };
    assert!(*took >= Duration::from_millis(20));
    let left = reports.iter().find(|report| report.task().name() == Some("left"));
    assert!(matches!(left, Some(Report::DestroyedWhilePending { .. })), "{reports:?}");
}

#[test]
fn without_debug_mode_neither_is_reported() {
    let count = Rc::new(Cell::new(0));
    let told = Rc::clone(&count);
    let builder = Runtime::builder().debug(false).slow_poll(Duration::ZERO);
    let builder = builder.on_report(move |_| told.set(told.get() + 1));
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async { drop(spawn(pending::<()>())) });
    drop(runtime);
    assert_eq!(count.get(), 0);
}

#[test]
fn the_living_tasks_are_listed_with_name_age_polls_place_and_state() {
    let (runtime, _) = observed();
    runtime.block_on(async {
        let waits = task::Builder::new().name("waits").spawn(pending::<()>());
        let line = line!() - 1;
        sleep(Duration::from_secs(5)).await;
        let ready = task::Builder::new().name("ready").spawn(ready(()));
        let all = task::all();
        let names: Vec<_> = all.iter().map(|task| task.name().expect("named")).collect();
        assert_eq!(names, ["main", "waits", "ready"]);
        let [main, waiting, about_to_run] = &all[..] else { panic!("{all:?}") };
        assert_eq!((main.state, main.polls), (TaskState::Running, 2));
        assert_eq!((waiting.state, waiting.polls), (TaskState::Waiting, 1));
        assert_eq!(waiting.age, Duration::from_secs(5));
        assert_eq!(waiting.location.line(), line);
        assert_eq!((about_to_run.state, about_to_run.polls), (TaskState::Ready, 0));
        assert_eq!(waits.name().as_deref(), Some("waits"));
        assert_eq!(waiting.id(), waits.id());
        yield_now().await;
        assert_eq!(task::all()[2].state, TaskState::Ended);
        drop(ready);
        assert_eq!(task::all().len(), 2);
        assert_eq!(task::current().expect("main").name(), Some("main"));
    });
    assert_eq!(runtime.tasks().len(), 1, "the one that waits");
}
