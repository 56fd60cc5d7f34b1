//! What destructors may do, and what becomes of their panics.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Poll, Waker};

use ch04_async::task::AbortHandle;
use ch04_async::{JoinHandle, Runtime, spawn, yield_now};

use super::{Drops, OnDrop, block_on, message};

#[test]
fn a_panic_in_a_destructor_is_the_tasks_outcome_however_it_ends() {
    block_on(async {
        let bomb = || OnDrop(|| panic!("in drop"));
        let (ends, aborted) = (bomb(), bomb());
        let ends = spawn(async move {
            let _bomb = ends;
            yield_now().await;
        });
        assert_eq!(message(ends.await.expect_err("it panicked")), "in drop");
        let aborted = spawn(async move {
            let _bomb = aborted;
            pending::<()>().await;
        });
        yield_now().await;
        aborted.abort();
        assert_eq!(message(aborted.await.expect_err("it panicked")), "in drop");
    });
}

#[test]
fn destructors_may_wake_spawn_and_abort() {
    let drops = Drops::default();
    block_on(async {
        let victim = spawn(pending::<()>());
        let abort = victim.abort_handle();
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let (kept, woken, guard) = (Rc::clone(&waker), Rc::clone(&waker), drops.clone());
        let task = spawn(async move {
            let _drops = OnDrop(move || {
                woken.borrow().as_ref().expect("kept").wake_by_ref();
                abort.abort();
                let guard = guard.guard();
                drop(spawn(async move { drop(guard) }));
            });
            poll_fn(|context| {
                kept.replace(Some(context.waker().clone()));
                Poll::<()>::Pending
            })
            .await;
        });
        yield_now().await;
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        assert!(victim.await.expect_err("aborted").is_cancelled());
        while drops.count() == 0 {
            yield_now().await;
        }
    });
}

/// Tasks that hold each other, each the next one's only hope: who is dropped aborts the next.
fn chain(length: usize, drops: &Drops) -> JoinHandle<()> {
    let mut next = None::<AbortHandle>;
    let mut last = None;
    for _ in 0..length {
        let (abort, guard) = (next.take(), drops.guard());
        let task = spawn(async move {
            let _guard = guard;
            let _next = OnDrop(move || abort.iter().for_each(AbortHandle::abort));
            pending::<()>().await;
        });
        next = Some(task.abort_handle());
        last = Some(task);
    }
    last.expect("one at least")
}

#[test]
fn a_hundred_thousand_destructors_that_abort_each_other_need_no_deep_stack() {
    const LENGTH: usize = 100_000;
    let drops = Drops::default();
    block_on(async {
        let first = chain(LENGTH, &drops);
        // Each is polled once, so that its destructors are there to be run.
        yield_now().await;
        first.abort();
        assert!(first.await.expect_err("aborted").is_cancelled());
        while drops.count() < LENGTH {
            yield_now().await;
        }
    });
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        drop(chain(LENGTH, &drops));
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(drops.count(), 2 * LENGTH, "each once, also by the end of the runtime");
}

#[test]
fn a_destructor_that_panics_while_the_runtime_ends_keeps_nobody_elses_from_running() {
    let drops = Drops::default();
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for number in 0..9 {
            let guard = drops.guard();
            drop(spawn(async move {
                let _guard = guard;
                let _panics = OnDrop(move || assert!(number % 3 != 1, "on purpose"));
                pending::<()>().await;
            }));
        }
        yield_now().await;
    });
    let _ = catch_unwind(AssertUnwindSafe(|| drop(runtime)));
    assert_eq!(drops.count(), 9);
}

ch04_async::task_local! { static REQUEST: u64; }

#[test]
fn a_value_of_a_task_is_seen_by_it_alone_and_by_its_destructors() {
    block_on(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let seen = Rc::clone(&seen);
                spawn(REQUEST.scope(number, async move {
                    let at_the_end = Rc::clone(&seen);
                    let _at_the_end = OnDrop(move || at_the_end.borrow_mut().push(REQUEST.get()));
                    assert_eq!(REQUEST.get(), Some(number));
                    yield_now().await;
                    let inner = REQUEST.scope(100, async {
                        yield_now().await;
                        REQUEST.get()
                    });
                    assert_eq!(inner.await, Some(100));
                    assert_eq!(REQUEST.get(), Some(number));
                    pending::<()>().await;
                }))
            })
            .collect();
        for _ in 0..4 {
            yield_now().await;
            assert_eq!(REQUEST.get(), None, "not ours");
        }
        for task in tasks {
            task.abort();
            assert!(task.await.expect_err("aborted").is_cancelled());
        }
        assert_eq!(*seen.borrow(), [Some(0), Some(1), Some(2)]);
    });
}
