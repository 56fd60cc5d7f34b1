//! Futures side by side: all of them, in their order, or the first.

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;

use ch04_async::structure::{
    Either, When, as_completed, join, join_all, race, race_all, try_join_all, wait,
};
use ch04_async::time::{now, timeout_at};
use ch04_async::{JoinHandle, sleep, spawn};

use super::stage::poll;
use super::{Boxed, Drops, after, async_ok, run, seconds, stay};

#[test]
fn join_all_gives_what_came_in_the_order_in_which_it_was_asked_for() {
    let start_to_end = run(async {
        let start = now();
        let got = join_all([after(3, 'a'), after(1, 'b'), after(2, 'c')]).await;
        assert_eq!(got, ['a', 'b', 'c']);
        assert_eq!(join_all::<JoinHandle<()>>([]).await.len(), 0);
        assert_eq!(join(after(3, 1), async { "two" }).await, (1, "two"));
        now() - start
    });
    assert_eq!(start_to_end, seconds(6), "side by side: the longest counts");
}

#[test]
fn all_errors_are_kept_where_they_are_outputs() {
    let got = run(join_all([after(1, Err("a")), after(2, Ok(2)), after(3, Err("c"))]));
    assert_eq!(got, [Err("a"), Ok(2), Err("c")]);
}

#[test]
fn the_first_error_ends_plain_futures_and_leaves_tasks_alone() {
    run(async {
        let (drops, start) = (Drops::default(), now());
        let failing = async |error: &'static str| {
            sleep(seconds(1)).await;
            Err::<(), _>(error)
        };
        let slow = async |drops: Drops| {
            let _guard = drops.guard();
            sleep(seconds(5)).await;
            Ok(())
        };
        let plain: [Boxed<Result<(), &str>>; 2] =
            [Box::pin(slow(drops.clone())), Box::pin(failing("plain"))];
        assert_eq!(try_join_all(plain).await, Err("plain"));
        assert_eq!((drops.get(), now() - start), (1, seconds(1)), "dropped at once");

        let finished = Rc::new(Cell::new(false));
        let set = Rc::clone(&finished);
        let task = spawn(async move {
            sleep(seconds(5)).await;
            set.set(true);
            Ok(())
        });
        let watch =
            async |task: JoinHandle<Result<(), &'static str>>| task.await.expect("no panic");
        let handles = [watch(task), watch(spawn(async { Err("task") }))];
        assert_eq!(try_join_all(handles).await, Err("task"));
        assert!(!finished.get());
        sleep(seconds(6)).await;
        assert!(finished.get(), "as asyncio's gather: the others go on");
    });
}

#[test]
fn completions_come_in_their_order_and_what_is_left_can_go_on() {
    run(async {
        let deadline = now() + seconds(5);
        let mut completed = as_completed([after(3, 'a'), after(9, 'b'), after(1, 'c')]);
        let mut got = Vec::new();
        while let Ok(Some(one)) = timeout_at(deadline, completed.next()).await {
            got.push(one);
        }
        assert_eq!(got, [(2, 'c'), (0, 'a')]);
        let left = completed.into_pending();
        let numbers: Vec<_> = left.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1]);
        let rest = join_all(left.into_iter().map(|(_, future)| future)).await;
        assert_eq!(rest, ['b']);
        assert_eq!(now() - deadline, seconds(4), "it did not begin again");
    });
}

#[test]
fn the_first_of_a_race_counts_and_the_others_are_dropped() {
    run(async {
        let drops = Drops::default();
        assert_eq!(race(after(1, 'a'), stay(drops.clone())).await, Either::Left('a'));
        assert_eq!(race(stay(drops.clone()), ready('b')).await, Either::Right('b'));
        assert_eq!(drops.get(), 2);
        assert_eq!(race(ready(1), ready(2)).await, Either::Left(1), "both: the first counts");
        assert_eq!(race_all([after(2, 'x'), after(1, 'y')]).await, Some((1, 'y')));
        assert_eq!(race_all::<JoinHandle<()>>([]).await.map(|(number, _)| number), None);
    });
}

#[test]
fn dropping_a_combinator_leaves_no_child_behind() {
    let drops = Drops::default();
    let four = || (0..4).map(|_| stay(drops.clone()));
    let mut expected = 0;
    let mut cut = |future: &mut dyn FnMut() -> bool| {
        assert!(future(), "it waits");
        expected += 4;
        assert_eq!(drops.get(), expected);
    };
    cut(&mut || poll(&mut Box::pin(join_all(four()))).is_pending());
    cut(&mut || poll(&mut Box::pin(race_all(four()))).is_pending());
    cut(&mut || poll(&mut Box::pin(as_completed(four()).next())).is_pending());
    cut(&mut || {
        let all = four().map(async_ok::<_, String>);
        poll(&mut Box::pin(try_join_all(all))).is_pending()
    });
    cut(&mut || {
        let all = four().map(async_ok::<_, String>);
        poll(&mut Box::pin(wait(all, When::AllCompleted, None))).is_pending()
    });
}
