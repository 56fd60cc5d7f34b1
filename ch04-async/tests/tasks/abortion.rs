//! A task that is aborted: where, when, and by whom.

use std::cell::RefCell;
use std::future::{pending, ready};
use std::rc::Rc;
use std::thread;

use ch04_async::{JoinHandle, spawn, yield_now};

use super::{Drops, OnDrop, block_on, panics};

#[test]
fn an_abort_drops_the_future_where_it_waits_once_and_inside_of_the_runtime() {
    let drops = Drops::default();
    block_on(async {
        let guard = drops.guard();
        let task = spawn(async move {
            let _guard = guard;
            let _spawns = OnDrop(|| drop(spawn(ready(()))));
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        task.abort();
        assert_eq!(drops.count(), 0, "at its turn, and not within the call");
        let error = task.await.expect_err("aborted");
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_aborted_before_its_first_poll_never_runs() {
    block_on(async {
        let task = spawn(panics());
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
    });
}

#[test]
fn a_task_that_has_ended_is_not_changed_by_an_abort() {
    block_on(async {
        let task = spawn(async { 7 });
        yield_now().await;
        task.abort();
        assert_eq!(task.await.expect("it had ended"), 7);
    });
}

#[test]
fn a_task_may_abort_itself() {
    block_on(async {
        let slot = Rc::new(RefCell::new(None::<JoinHandle<()>>));
        let own = Rc::clone(&slot);
        let task = spawn(async move {
            own.borrow().as_ref().expect("set before the first poll").abort();
            pending::<()>().await;
        });
        let handle = task.abort_handle();
        slot.replace(Some(task));
        while !handle.is_finished() {
            yield_now().await;
        }
        assert!(slot.take().expect("set").await.expect_err("aborted").is_cancelled());
    });
}

#[test]
fn an_abort_handle_works_from_another_thread_and_after_the_end() {
    block_on(async {
        let task = spawn(pending::<()>());
        let handle = task.abort_handle();
        let aborting = thread::spawn(move || {
            handle.abort();
            handle
        });
        assert!(task.await.expect_err("aborted").is_cancelled());
        let handle = aborting.join().expect("no panic");
        handle.abort();
        assert!(handle.is_finished());
    });
}
