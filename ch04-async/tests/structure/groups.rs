//! Sets and groups of tasks, none of which is left behind.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::structure::{Failure, JoinSet, task_group};
use ch04_async::sync::oneshot;
use ch04_async::time::now;
use ch04_async::{sleep, spawn, yield_now};

use super::{Drops, after, async_ok, run, seconds, stay};

#[test]
fn a_set_joins_its_tasks_as_they_end_and_aborts_them_when_it_is_dropped() {
    run(async {
        let (mut set, drops) = (JoinSet::new(), Drops::default());
        let second = [2, 4, 1, 3].map(|delay| set.spawn(after(delay, delay)))[1].clone();
        assert_eq!(set.join_next().await.expect("four").expect("no panic"), 1);
        second.abort();
        assert!(set.join_next().await.expect("three").expect_err("aborted").is_cancelled());
        assert_eq!(set.join_all().await.expect("no panic"), [2, 3], "in the order of their start");

        let mut set = JoinSet::new();
        for _ in 0..3 {
            set.spawn(stay(drops.clone()));
        }
        yield_now().await;
        drop(set);
        yield_now().await;
        assert_eq!(drops.get(), 3);

        let mut set = JoinSet::new();
        set.spawn(stay(drops.clone()));
        yield_now().await;
        set.shutdown().await;
        assert_eq!((drops.get(), set.is_empty()), (4, true), "waited for");

        let went_on = Rc::new(Cell::new(false));
        let seen = Rc::clone(&went_on);
        let mut set = JoinSet::new();
        set.spawn(async move { went_on.set(after(1, true).await) });
        set.detach_all();
        drop(set);
        sleep(seconds(2)).await;
        assert!(seen.get());
    });
}

#[test]
fn a_group_ends_when_its_last_task_has_also_those_that_tasks_have_started() {
    run(async {
        let (start, deepest) = (now(), Rc::new(Cell::new(0)));
        let seen = Rc::clone(&deepest);
        let value = task_group(async |group| {
            let (inner, deepest) = (group.clone(), Rc::clone(&deepest));
            group.spawn(async move {
                sleep(seconds(1)).await;
                let innermost = Rc::clone(&deepest);
                // While the group is closing: its block is over, and it waits for us.
                let later = inner.clone();
                inner.spawn(async move {
                    sleep(seconds(1)).await;
                    later.spawn(async move {
                        sleep(seconds(1)).await;
                        innermost.set(3);
                        Ok(())
                    });
                    Ok(())
                });
                Ok::<_, String>(())
            });
            Ok(group.spawn(after(2, Ok("value"))))
        });
        let mut value = value.await.expect("no failure");
        assert_eq!((seen.get(), now() - start), (3, seconds(3)));
        assert_eq!(value.try_take(), Some("value"));
    });
}

#[test]
fn the_first_failure_cancels_block_and_siblings_and_waits_for_them() {
    run(async {
        let (drops, start) = (Drops::default(), now());
        let failed = task_group(async |group| {
            let mut never = group.spawn(async_ok(stay(drops.clone())));
            group.spawn(after(2, Err::<(), _>("the second")));
            group.spawn(after(1, Err::<(), _>("the first")));
            let _guard = drops.guard();
            let cancelled = (&mut never).await;
            Ok(cancelled)
        });
        let error = failed.await.expect_err("the first");
        assert!(matches!(error.first, Failure::Error("the first")));
        assert_eq!(error.others.len(), 0, "the second was cancelled before it failed");
        assert_eq!((drops.get(), now() - start), (2, seconds(1)), "block and sibling");
        assert_eq!(error.to_string(), "a task of a group failed: the first");
    });
}

#[test]
fn a_panic_of_a_child_and_an_error_of_the_block_end_the_group_too() {
    run(async {
        let drops = Drops::default();
        let failed = task_group(async |group| {
            group.spawn(async_ok::<_, String>(stay(drops.clone())));
            group.spawn::<()>(async { panic!("on purpose: the group must give it") });
            pending::<Result<(), _>>().await
        });
        let error = failed.await.expect_err("a panic");
        assert!(error.to_string().contains("on purpose"), "{error}");
        let Failure::Panic(panic) = error.first else { panic!("no panic") };
        assert!(panic.is_panic());
        assert_eq!(drops.get(), 1);

        let failed = task_group(async |group| {
            group.spawn(async_ok(stay(drops.clone())));
            yield_now().await;
            Err::<(), _>("the block")
        });
        assert!(matches!(failed.await.expect_err("an error").first, Failure::Error("the block")));
        assert_eq!(drops.get(), 2);
    });
}

#[test]
fn failures_of_one_turn_are_all_told() {
    let error = run(task_group(async |group| {
        for name in ["a", "b", "c"] {
            group.spawn(after(1, Err::<(), _>(name)));
        }
        Ok(())
    }));
    let error = error.expect_err("three");
    let names: Vec<_> = std::iter::once(error.first).chain(error.others).collect();
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["a", "b", "c"], "each once, as in asyncio's group of exceptions");
}

#[test]
fn nothing_starts_in_a_group_that_is_over() {
    run(async {
        let (drops, escaped) = (Drops::default(), Rc::new(RefCell::new(None)));
        let out = Rc::clone(&escaped);
        let done = task_group(async |group| {
            *out.borrow_mut() = Some(group.clone());
            Ok::<_, String>(())
        });
        done.await.expect("nothing failed");
        let group = escaped.take().expect("it escaped");
        let late = group.spawn(async_ok(stay(drops.clone())));
        assert_eq!(late.await, Err(oneshot::Dropped));
    });
}

#[test]
fn a_group_that_is_cancelled_at_any_await_takes_its_children_with_it() {
    let mut cut_after = 0;
    loop {
        let done = run(async {
            let (drops, started) = (Drops::default(), Rc::new(Cell::new(0)));
            let (inside, begun) = (drops.clone(), Rc::clone(&started));
            let group = spawn(async move {
                task_group(async |group| {
                    for delay in 1..=3 {
                        let (drops, begun) = (inside.clone(), Rc::clone(&begun));
                        group.spawn(async move {
                            let _guard = drops.guard();
                            begun.set(begun.get() + 1);
                            after(delay, Ok::<_, String>(())).await
                        });
                        yield_now().await;
                    }
                    Ok(())
                })
                .await
            });
            let mut turns = 0;
            while turns < cut_after && !group.is_finished() {
                sleep(Duration::from_millis(500)).await;
                turns += 1;
            }
            group.abort();
            let outcome = group.await;
            // One turn later than the block, and no more.
            yield_now().await;
            assert_eq!(drops.get(), started.get(), "cut after {cut_after}");
            outcome.is_ok()
        });
        cut_after += 1;
        if done {
            assert!(cut_after > 3, "it was cut on the way");
            return;
        }
    }
}
