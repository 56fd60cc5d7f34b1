//! What a runtime tells of its tasks, in order, on a paused clock.

use std::cell::RefCell;
use std::env;
use std::fs;
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::events::{EVENTS_VARIABLE, Event};
use ch04_async::{Clock, Runtime, sleep, spawn, yield_now};

/// The lines of all that happens.
fn told<T>(program: impl Future<Output = T>) -> Vec<String> {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let add = Rc::clone(&lines);
    let tell = move |event: &Event| add.borrow_mut().push(event.to_string());
    let runtime = Runtime::builder().clock(Clock::paused()).debug(false).on_event(tell).build();
    runtime.expect("a runtime").block_on(program);
    lines.take()
}

#[test]
fn a_child_is_spawned_polled_woken_by_its_timer_and_awaited() {
    let lines = told(async {
        spawn(sleep(Duration::from_secs(3600))).await.expect("no panic");
    });
    let expected = [
        "poll 1",
        "spawn 2 by 1",
        "pending 1",
        "poll 2",
        "pending 2", // The timer.
        "wake 2",
        "poll 2",
        "wake 1 by 2",
        "end 2",
        "poll 1",
        "end 1",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_task_that_yields_wakes_itself() {
    let lines = told(yield_now());
    assert_eq!(lines, ["poll 1", "wake 1 by 1", "pending 1", "poll 1", "end 1"]);
}

#[test]
fn a_task_that_is_aborted_ends_in_its_turn_and_one_that_panics_too() {
    let lines = told(async {
        let child = spawn(std::future::pending::<()>());
        yield_now().await;
        child.abort();
        assert!(child.await.is_err());
        let lost = spawn(async { panic!("it was asked to") });
        assert!(lost.await.is_err());
    });
    let ends: Vec<_> = lines.iter().filter(|line| line.starts_with("end")).collect();
    assert_eq!(ends, ["end 2", "end 3", "end 1"]);
    assert!(lines.contains(&"wake 2 by 1".into()), "{lines:?}");
}

#[test]
fn a_wake_from_another_thread_is_by_nobody() {
    let lines = told(async {
        ch04_async::spawn_blocking(|| ()).await.expect("no panic");
    });
    // The task that waits for the pool's thread.
    assert!(lines.contains(&"wake 2".into()), "{lines:?}");
}

/// Runs itself, as a program that knows nothing of events.
#[test]
fn the_variable_names_a_file_that_gets_the_lines() {
    const CHILD: &str = "EVENTS_TEST_CHILD";
    if env::var_os(CHILD).is_some() {
        Runtime::new().expect("a runtime").block_on(yield_now());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("events");
    let name = "the_variable_names_a_file_that_gets_the_lines";
    let mut child = Command::new(env::current_exe().expect("this program"));
    let child = child.args(["--exact", name]).env(CHILD, "1").env(EVENTS_VARIABLE, &file);
    assert!(child.output().expect("a child").status.success());
    let lines = fs::read_to_string(file).expect("the file");
    assert_eq!(lines, "poll 1\nwake 1 by 1\npending 1\npoll 1\nend 1\n");
}
