//! Tasks that are waited for in three modes, up to a time, or behind a shield.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::structure::{When, shield, wait};
use ch04_async::time::now;
use ch04_async::{JoinHandle, sleep, spawn, timeout};

use super::{Drops, after, run, seconds};

/// Four tasks: one ends well after 1 s, one fails after 2, and so on.
fn four() -> [JoinHandle<()>; 4] {
    [1, 2, 3, 4].map(|delay| {
        spawn(async move {
            sleep(seconds(delay)).await;
            assert!(delay != 2, "on purpose: the second fails");
        })
    })
}

#[test]
fn wait_knows_three_modes_and_a_timeout_that_cancels_nothing() {
    run(async {
        let millis = Duration::from_millis;
        for (when, limit, done, pending, took) in [
            (When::FirstCompleted, None, &[0][..], &[1, 2, 3][..], 1000),
            (When::FirstException, None, &[0, 1], &[2, 3], 2000),
            (When::AllCompleted, None, &[0, 1, 2, 3], &[], 4000),
            (When::AllCompleted, Some(3500), &[0, 1, 2], &[3], 3500),
            (When::FirstCompleted, Some(0), &[], &[0, 1, 2, 3], 0),
        ] {
            let (start, mut tasks) = (now(), four());
            let waited = wait(tasks.iter_mut(), when, limit.map(millis)).await;
            let of_done: Vec<_> = waited.done.iter().map(|(number, _)| *number).collect();
            let of_pending: Vec<_> = waited.pending.iter().map(|(number, _)| *number).collect();
            assert_eq!((&of_done[..], &of_pending[..]), (done, pending), "{when:?} {limit:?}");
            assert_eq!(now() - start, millis(took));
            for (number, outcome) in &waited.done {
                assert_eq!(outcome.is_err(), *number == 1);
            }
            // Alive, and waited for once more.
            let left = waited.pending.into_iter().map(|(_, task)| task);
            let rest = wait(left, When::AllCompleted, None).await;
            assert_eq!((rest.done.len(), rest.pending.len()), (pending.len(), 0));
            assert_eq!(now() - start, seconds(4));
        }
    });
}

#[test]
fn wait_takes_an_aborted_task_for_one_that_failed_and_none_for_enough() {
    run(async {
        let none = wait(Vec::<JoinHandle<()>>::new(), When::FirstCompleted, None).await;
        assert_eq!((none.done.len(), none.pending.len()), (0, 0), "no wait at all");
        let tasks = [spawn(pending::<()>()), spawn(pending())];
        tasks[1].abort();
        let waited = wait(tasks, When::FirstException, None).await;
        assert!(matches!(&waited.done[..], [(1, Err(error))] if error.is_cancelled()));
        assert_eq!(waited.pending.len(), 1);
    });
}

#[test]
fn a_timeout_around_a_handle_cuts_off_the_waiting_and_not_the_task() {
    run(async {
        let went_on = Rc::new(Cell::new(false));
        let seen = Rc::clone(&went_on);
        let task = spawn(async move { went_on.set(after(2, true).await) });
        timeout(seconds(1), task).await.expect_err("too slow");
        assert!(!seen.get());
        sleep(seconds(2)).await;
        assert!(seen.get(), "asyncio would have cancelled it");
    });
}

#[test]
fn all_that_have_ended_by_then_are_done_not_only_the_first() {
    run(async {
        let equal = [after(1, Ok::<_, ()>(1)), after(1, Ok(2)), after(2, Ok(3))];
        let waited = wait(equal, When::FirstCompleted, None).await;
        assert_eq!(waited.done, [(0, Ok(1)), (1, Ok(2))]);
        assert_eq!(waited.pending.len(), 1);
    });
}

#[test]
fn what_is_shielded_goes_on_when_its_waiter_is_cut_off() {
    run(async {
        let (finished, drops) = (Rc::new(Cell::new(0)), Drops::default());
        let work = |finished: Rc<Cell<u32>>, drops: Drops| async move {
            let _guard = drops.guard();
            sleep(seconds(2)).await;
            finished.set(finished.get() + 1);
            "done"
        };
        let plain = work(Rc::clone(&finished), drops.clone());
        timeout(seconds(1), plain).await.expect_err("too slow");
        assert_eq!((drops.get(), finished.get()), (1, 0), "cut off, and its guard dropped");
        let mut shielded = shield(work(Rc::clone(&finished), drops.clone()));
        timeout(seconds(1), &mut shielded).await.expect_err("too slow");
        assert_eq!((drops.get(), finished.get()), (1, 0));
        assert_eq!(shielded.await.expect("it went on"), "done");
        assert_eq!((drops.get(), finished.get()), (2, 1));
        let dropped = shield(work(Rc::clone(&finished), drops.clone()));
        timeout(seconds(1), dropped).await.expect_err("too slow");
        sleep(seconds(3)).await;
        assert_eq!((drops.get(), finished.get()), (3, 2), "also when nobody holds the handle");
    });
}
