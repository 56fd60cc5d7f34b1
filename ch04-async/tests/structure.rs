//! What the combinators promise: who is polled, in which order, and what becomes of the rest.

mod stage;

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use ch04_async::structure::{
    Children, Either, Failure, JoinSet, When, as_completed, join, join_all, race, race_all, shield,
    task_group, try_join_all, wait,
};
use ch04_async::sync::{Semaphore, oneshot};
use ch04_async::time::{now, timeout_at};
use ch04_async::{Clock, JoinHandle, Runtime, sleep, spawn, timeout, yield_now};

use stage::{Count, poll, poll_with};

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs with a clock that jumps to the next timer, so that no test sleeps.
fn run<T>(future: impl Future<Output = T>) -> T {
    Runtime::builder().clock(Clock::paused()).build().expect("a runtime").block_on(future)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Gives `value` after so many seconds.
async fn after<T>(delay: u64, value: T) -> T {
    sleep(seconds(delay)).await;
    value
}

/// Counts how often it was dropped.
#[derive(Clone, Default)]
struct Drops(Rc<Cell<usize>>);

struct Guard(Drops);

impl Drops {
    fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn get(&self) -> usize {
        self.0.get()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

/// Waits for ever with a guard in hand.
async fn stay(drops: Drops) {
    let _guard = drops.guard();
    pending::<()>().await;
}

#[test]
fn only_the_child_that_was_woken_is_polled() {
    let polls = Rc::new(Cell::new(0));
    let (mut senders, mut children) = (Vec::new(), Children::new());
    for _ in 0..1000 {
        let (sender, mut receiver) = oneshot::channel::<u32>();
        let polls = Rc::clone(&polls);
        senders.push(sender);
        children.push(poll_fn(move |context| {
            polls.set(polls.get() + 1);
            poll_with(&mut receiver, context.waker())
        }));
    }
    let (count, waker) = Count::new();
    let context = std::task::Context::from_waker(&waker);
    assert!(children.poll_next(&context).is_pending());
    assert_eq!(polls.get(), 1000);
    for (value, sender) in (0..).zip(senders) {
        sender.send(value).expect("it waits");
        let Poll::Ready(Some((number, Ok(got)))) = children.poll_next(&context) else {
            panic!("it was woken")
        };
        assert_eq!((number, got), (value as usize, value));
    }
    assert_eq!((polls.get(), count.get()), (2000, 1000), "one poll and one wake each");
    assert_eq!(children.poll_next(&context), Poll::Ready(None));
}

#[test]
fn ten_thousand_children_that_are_all_ready_are_not_polled_once_for_each_budget() {
    let polls = Rc::new(Cell::new(0_u32));
    let semaphore = Rc::new(Semaphore::new(10_000));
    let children = (0..10_000).map(|_| {
        let (polls, semaphore) = (Rc::clone(&polls), Rc::clone(&semaphore));
        async move {
            let mut acquire = semaphore.acquire();
            poll_fn(|context| {
                polls.set(polls.get() + 1);
                poll_with(&mut acquire, context.waker())
            })
            .await
            .forget();
        }
    });
    run(join_all(children));
    assert!(polls.get() < 20_000, "{} polls", polls.get());
}

#[test]
fn a_child_that_is_always_ready_leaves_turns_to_its_siblings_and_to_other_tasks() {
    run(async {
        let done = Rc::new(Cell::new(false));
        let seen = Rc::clone(&done);
        spawn(async move { done.set(true) });
        let busy = async move {
            while !seen.get() {
                yield_now().await;
            }
        };
        join_all([Box::pin(busy) as Boxed<()>, Box::pin(after(1, ()))]).await;
    });
}

#[test]
fn the_newest_waker_hears_of_a_child_and_a_late_wake_hurts_nobody() {
    let kept = Rc::new(RefCell::new(None::<Waker>));
    let given = Rc::clone(&kept);
    let mut children: Children<_> = [poll_fn(move |context| {
        let first = given.borrow_mut().replace(context.waker().clone()).is_none();
        if first { Poll::Pending } else { Poll::Ready(()) }
    })]
    .into_iter()
    .collect();
    let (stale, old) = Count::new();
    let (count, new) = Count::new();
    for waker in [&old, &new] {
        let mut next = Box::pin(children.next());
        assert!(poll_with(&mut next, waker).is_pending());
    }
    kept.borrow().as_ref().expect("polled").wake_by_ref();
    assert_eq!((stale.get(), count.get()), (0, 1));
    assert_eq!(poll(&mut Box::pin(children.next())), Poll::Ready(Some((0, ()))));
    drop(children);
    kept.take().expect("kept").wake();
}

#[test]
fn children_may_be_woken_by_other_threads_all_at_once() {
    let children = (0..100).map(|number| {
        let mut waking = None;
        poll_fn(move |context| {
            let waker = context.waker().clone();
            match waking.take() {
                None => {
                    waking = Some(std::thread::spawn(move || waker.wake()));
                    Poll::Pending
                }
                Some(thread) => {
                    thread.join().expect("woke");
                    Poll::Ready(number)
                }
            }
        })
    });
    let runtime = Runtime::new().expect("a runtime");
    assert_eq!(runtime.block_on(join_all(children)), (0..100).collect::<Vec<_>>());
}

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

async fn async_ok<T, E>(future: impl Future<Output = T>) -> Result<T, E> {
    Ok(future.await)
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
