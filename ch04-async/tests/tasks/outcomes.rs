//! What a handle gives, and to whom.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ch04_async::{Runtime, sleep, spawn, yield_now};

use super::{Drops, block_on, message, panics};

#[test]
fn a_handle_gives_what_its_task_gave_also_when_it_is_not_send() {
    let value = block_on(async { spawn(async { Rc::new(7) }).await });
    assert_eq!(*value.expect("no panic"), 7);
}

#[test]
fn a_handle_awaited_after_the_end_gives_it_too() {
    block_on(async {
        let handle = spawn(async { 7 });
        assert!(!handle.is_finished());
        yield_now().await;
        assert!(handle.is_finished());
        assert_eq!(handle.await.expect("no panic"), 7);
    });
}

#[test]
fn a_dropped_handle_lets_its_task_go_on() {
    let drops = Drops::default();
    block_on(async {
        let guard = drops.guard();
        drop(spawn(async move {
            yield_now().await;
            drop(guard);
        }));
        while drops.count() == 0 {
            yield_now().await;
        }
    });
}

#[test]
fn an_output_that_nobody_takes_is_dropped_once() {
    for early in [true, false] {
        let drops = Drops::default();
        block_on(async {
            let guard = drops.guard();
            let handle = spawn(async move { guard });
            if early {
                drop(handle);
                yield_now().await;
            } else {
                yield_now().await;
                drop(handle);
            }
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn a_panic_reaches_whoever_awaits_and_nobody_else() {
    block_on(async {
        let other = spawn(async {
            yield_now().await;
            7
        });
        let error = spawn(panics()).await;
        let error = error.expect_err("it panicked");
        assert!(error.is_panic() && !error.is_cancelled());
        assert!(error.to_string().ends_with("panicked: on purpose"), "{error}");
        assert_eq!(message(error), "on purpose");
        assert_eq!(other.await.expect("unharmed"), 7);
    });
}

#[test]
fn a_task_whose_waker_moved_from_one_awaiter_to_another_wakes_the_newest() {
    block_on(async {
        let mut task = spawn(async {
            sleep(Duration::from_secs(1)).await;
            7
        });
        poll_fn(|_| {
            // Another waker first.
            let noop = &mut Context::from_waker(Waker::noop());
            assert!(pin!(&mut task).poll(noop).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(task.await.expect("no panic"), 7);
    });
}

#[test]
fn a_runtime_that_goes_cancels_what_others_wait_for() {
    let inner = Runtime::new().expect("a runtime");
    let task = inner.block_on(poll_fn(|_| Poll::Ready(spawn(pending::<()>()))));
    block_on(async move {
        let waits = spawn(task);
        yield_now().await;
        drop(inner);
        let outcome = waits.await.expect("the waiting task itself is well");
        assert!(outcome.expect_err("its runtime is gone").is_cancelled());
    });
}
