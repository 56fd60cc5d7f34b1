//! What mutex, semaphores, event, condition and oneshot promise: order, and that nothing is lost.

mod stage;

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};

use ch04_async::queues::Queue;
use ch04_async::sync::{
    BoundedSemaphore, Condition, Event, Mutex, ReleasedTooOften, Semaphore, oneshot,
};
use ch04_async::{Runtime, spawn};

use stage::{Count, Scene, Stage, cut_everywhere, poll, poll_with, turn};

/// Adds one to the locked value, giving others a turn in the middle, `times` times.
async fn add(total: Rc<Mutex<u32>>, added: Rc<Cell<u32>>, times: u32) {
    for _ in 0..times {
        let mut total = total.lock().await;
        let before = *total;
        turn().await;
        *total = before + 1;
        added.set(added.get() + 1);
        drop(total);
        turn().await;
    }
}

#[test]
fn a_mutex_survives_each_of_its_users_cut_at_every_step() {
    cut_everywhere(&[0, 1, 2], || {
        let (total, added) = (Rc::new(Mutex::new(0)), Rc::new(Cell::new(0)));
        let (seen, counted) = (Rc::clone(&total), Rc::clone(&added));
        let mut scene = Scene::new(move || {
            let total = seen.try_lock().expect("nobody holds it");
            assert_eq!(*total, counted.get(), "no update was lost");
        });
        for _ in 0..3 {
            scene = scene.with(add(Rc::clone(&total), Rc::clone(&added), 2));
        }
        scene
    });
}

#[test]
fn a_semaphore_survives_each_of_its_users_cut_at_every_step() {
    cut_everywhere(&[0, 1, 2, 3, 4], || {
        let (semaphore, inside) = (Rc::new(Semaphore::new(2)), Rc::new(Cell::new(0)));
        let (seen, nobody) = (Rc::clone(&semaphore), Rc::clone(&inside));
        let mut scene = Scene::new(move || {
            assert_eq!((seen.permits(), seen.waiting(), nobody.get()), (2, 0, 0));
        });
        for owned in [false, true, false, true, false] {
            let (semaphore, inside) = (Rc::clone(&semaphore), Rc::clone(&inside));
            let stay = async move |_permit: &dyn Any| {
                let _inside = Inside::enter(&inside);
                assert!(inside.get() <= 2);
                turn().await;
            };
            scene = scene.with(async move {
                for _ in 0..2 {
                    if owned {
                        stay(&Rc::clone(&semaphore).acquire_owned().await).await;
                    } else {
                        let _permit = semaphore.acquire().await;
                        stay(&()).await;
                    }
                }
            });
        }
        scene
    });
}

/// Counts who is inside, also when it is dropped on the way.
struct Inside(Rc<Cell<usize>>);

impl Inside {
    fn enter(count: &Rc<Cell<usize>>) -> Inside {
        count.set(count.get() + 1);
        Inside(Rc::clone(count))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[test]
fn a_task_that_locks_in_a_loop_does_not_overtake() {
    let mutex = Rc::new(Mutex::new(Vec::new()));
    let user = |name: char, rounds| {
        let mutex = Rc::clone(&mutex);
        async move {
            for _ in 0..rounds {
                mutex.lock().await.push(name);
            }
        }
    };
    let holder = mutex.try_lock().expect("free");
    let mut stage = Stage::new(vec![
        Box::pin(user('g', 4)), // greedy: it locks again as soon as it has unlocked
        Box::pin(user('a', 1)),
        Box::pin(user('b', 2)),
    ]);
    stage.run(false);
    drop(holder);
    stage.run(false);
    let order: String = mutex.try_lock().expect("free").iter().collect();
    assert_eq!(order, "gabgbgg");
}

#[test]
fn what_was_given_back_is_not_free_while_somebody_is_in_line() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().expect("free");
    let (count, waker) = Count::new();
    let mut first = semaphore.acquire();
    assert!(poll_with(&mut first, &waker).is_pending());
    drop(permit);
    assert_eq!(count.get(), 1);
    assert!(semaphore.try_acquire().is_none(), "it belongs to the first in line");
    assert!(poll(&mut semaphore.acquire()).is_pending());
    assert!(poll(&mut first).is_ready());
}

#[test]
fn a_permit_that_woke_somebody_who_is_dropped_goes_to_the_next() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire().expect("free");
    let (count, waker) = Count::new();
    let (mut first, mut second) = (semaphore.acquire(), semaphore.acquire());
    assert!(poll(&mut first).is_pending());
    assert!(poll_with(&mut second, &waker).is_pending());
    drop(permit);
    assert_eq!(count.get(), 0);
    drop(first);
    assert_eq!(count.get(), 1);
    let Poll::Ready(permit) = poll(&mut second) else { panic!("it has the permit") };
    drop(second);
    assert_eq!(semaphore.permits(), 0, "a finished acquire hands nothing on");
    drop(permit);
    assert_eq!(semaphore.permits(), 1);
}

#[test]
fn the_newest_waker_is_woken_and_no_other() {
    let (semaphore, event, condition) = (Semaphore::new(0), Event::new(), Condition::new());
    let mutex = Mutex::new(());
    let (stale, old) = Count::new();
    let (count, new) = Count::new();
    let (sender, mut receiver) = oneshot::channel();
    let (mut acquire, mut wait) = (semaphore.acquire(), event.wait());
    let mut changed = Box::pin(async { condition.wait(mutex.lock().await).await });
    for waker in [old, new] {
        assert!(poll_with(&mut acquire, &waker).is_pending());
        assert!(poll_with(&mut wait, &waker).is_pending());
        assert!(poll_with(&mut changed, &waker).is_pending());
        assert!(poll_with(&mut receiver, &waker).is_pending());
    }
    semaphore.release();
    event.set();
    condition.notify(1);
    sender.send(7).expect("it waits");
    assert_eq!((stale.get(), count.get()), (0, 4));
    assert!(poll(&mut acquire).is_ready() && poll(&mut wait).is_ready());
    assert!(poll(&mut changed).is_ready());
    assert_eq!(poll(&mut receiver), Poll::Ready(Ok(7)));
}

#[test]
fn a_task_that_never_has_to_wait_for_a_lock_leaves_turns_to_others() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (mutex, event, queue) = (Mutex::new(()), Event::new(), Queue::<()>::unbounded());
        event.set();
        for kind in 0..4 {
            let done = Rc::new(Cell::new(false));
            let set = Rc::clone(&done);
            spawn(async move { set.set(true) });
            // Without a budget this would go on for ever: each of them is ready at once.
            while !done.get() {
                match kind {
                    0 => drop(mutex.lock().await),
                    1 => event.wait().await,
                    2 => queue.put(()).await.expect("open"),
                    _ => {
                        let (sender, receiver) = oneshot::channel();
                        sender.send(()).expect("a receiver");
                        receiver.await.expect("sent");
                    }
                }
            }
        }
    });
}

#[test]
fn outside_of_a_runtime_there_is_no_budget_to_use_up() {
    let semaphore = Semaphore::new(1000);
    (0..1000).for_each(|_| match poll(&mut semaphore.acquire()) {
        Poll::Ready(permit) => permit.forget(),
        Poll::Pending => panic!("one is free"),
    });
}

#[test]
fn a_panic_while_the_lock_is_held_gives_it_back() {
    let mutex = Mutex::new(1);
    let failing = || {
        let mut value = mutex.try_lock().expect("free");
        *value = 2;
        panic!("on purpose: the lock must not stay taken");
    };
    catch_unwind(AssertUnwindSafe(failing)).expect_err("it panicked");
    assert_eq!(*mutex.try_lock().expect("free again"), 2, "as it was left: there is no poison");
}

#[test]
fn an_event_that_was_set_before_the_wait_is_seen() {
    let event = Event::new();
    event.set();
    event.set();
    assert!(poll(&mut event.wait()).is_ready());
    event.clear();
    assert!(poll(&mut event.wait()).is_pending());
}

#[test]
fn who_waited_when_the_event_was_set_goes_on_though_it_was_cleared_again() {
    let event = Event::new();
    let (mut before, mut after) = (event.wait(), event.wait());
    assert!(poll(&mut before).is_pending());
    event.set();
    event.clear();
    assert!(poll(&mut before).is_ready());
    assert!(poll(&mut after).is_pending(), "not even polled when it was set");
}

#[test]
fn an_event_survives_each_of_its_waiters_cut_at_every_step() {
    cut_everywhere(&[0, 1], || {
        let (event, passed) = (Rc::new(Event::new()), Rc::new(Cell::new(0)));
        let seen = Rc::clone(&passed);
        let mut scene = Scene::new(move || assert!(seen.get() >= 2));
        for _ in 0..3 {
            let (event, passed) = (Rc::clone(&event), Rc::clone(&passed));
            scene = scene.with(async move {
                event.wait().await;
                passed.set(passed.get() + 1);
            });
        }
        scene.with(async move {
            turn().await;
            event.set();
        })
    });
}

/// A store for one item, as the textbook builds it from a lock and a condition for each direction.
#[derive(Default)]
struct Store {
    item: Mutex<Option<u32>>,
    filled: Condition,
    emptied: Condition,
}

#[test]
fn a_condition_survives_each_of_its_waiters_cut_at_every_step() {
    // Three may take, two items come: whoever of the first two is cut, the items find a taker.
    cut_everywhere(&[0, 1, 2], || {
        let (store, got) = (Rc::new(Store::default()), Rc::new(RefCell::new(Vec::new())));
        let (seen, taken) = (Rc::clone(&store), Rc::clone(&got));
        let mut scene = Scene::new(move || {
            assert!(seen.item.try_lock().is_some(), "nobody holds the lock");
            assert!(taken.borrow().is_sorted(), "in order");
        });
        for _ in 0..3 {
            let (store, got) = (Rc::clone(&store), Rc::clone(&got));
            scene = scene.with(async move {
                let item = store.item.lock().await;
                let mut item = store.filled.wait_for(item, |item| item.is_some()).await;
                got.borrow_mut().extend(item.take());
                store.emptied.notify(1);
            });
        }
        scene.with(async move {
            for number in 1..=3 {
                let item = store.item.lock().await;
                // The last one finds no taker when one was cut: then it stays in the store.
                let mut item = store.emptied.wait_for(item, |item| item.is_none()).await;
                *item = Some(number);
                store.filled.notify(1);
                drop(item);
                turn().await;
            }
        })
    });
}

#[test]
fn a_notification_of_one_who_is_dropped_goes_to_the_next_even_in_line_for_the_lock() {
    let (mutex, condition) = (Mutex::new(()), Condition::new());
    let waiting = || Box::pin(async { condition.wait(mutex.lock().await).await });
    for locked in [false, true] {
        let (count, waker) = Count::new();
        let (mut first, mut second) = (waiting(), waiting());
        assert!(poll(&mut first).is_pending());
        assert!(poll_with(&mut second, &waker).is_pending());
        let guard = mutex.try_lock().expect("both wait");
        condition.notify(1);
        if locked {
            assert!(poll(&mut first).is_pending(), "notified, and now in line for the lock");
        }
        drop(guard);
        assert_eq!(count.get(), 0);
        drop(first);
        assert_eq!(count.get(), 1, "locked: {locked}");
        assert!(poll(&mut second).is_ready());
    }
}

#[test]
fn a_condition_remembers_nothing_and_looks_at_the_value_first() {
    let (mutex, condition) = (Mutex::new(3), Condition::new());
    condition.notify_all();
    let guard = mutex.try_lock().expect("free");
    let mut wait = Box::pin(condition.wait_for(guard, |value| *value == 3));
    assert!(poll(&mut wait).is_ready(), "no wait where there is nothing to wait for");
    let guard = mutex.try_lock().expect("free");
    assert!(poll(&mut Box::pin(condition.wait(guard))).is_pending());
}

#[test]
fn giving_back_more_than_was_taken_is_an_error_of_a_bounded_semaphore() {
    let bounded = BoundedSemaphore::new(1);
    assert_eq!(bounded.release(), Err(ReleasedTooOften));
    let permit = bounded.try_acquire().expect("free");
    assert_eq!(bounded.release(), Err(ReleasedTooOften), "its owner will give it back");
    permit.forget();
    assert!(bounded.try_acquire().is_none());
    assert_eq!(bounded.release(), Ok(()));
    assert_eq!(bounded.release(), Err(ReleasedTooOften));
    assert_eq!(bounded.permits(), 1);
    let plain = Semaphore::new(1);
    plain.release();
    assert_eq!(plain.permits(), 2, "a plain one takes it for one more");
}

#[test]
fn a_sender_that_is_dropped_or_a_receiver_that_is_gone_is_told_to_the_other() {
    let (sender, mut receiver) = oneshot::channel::<u8>();
    let (count, waker) = Count::new();
    assert!(poll_with(&mut receiver, &waker).is_pending());
    drop(sender);
    assert_eq!(count.get(), 1);
    assert_eq!(poll(&mut receiver), Poll::Ready(Err(oneshot::Dropped)));
    let (sender, receiver) = oneshot::channel();
    drop(receiver);
    assert!(sender.is_closed());
    assert_eq!(sender.send("kept"), Err("kept"));
}

thread_local! {
    static SHARED: (Semaphore, Event) = (Semaphore::new(0), Event::new());
}

/// A waker that does the worst: it uses what has just woken it.
struct Meddler;

impl Wake for Meddler {
    fn wake(self: Arc<Self>) {
        SHARED.with(|(semaphore, event)| {
            drop(semaphore.try_acquire());
            // Joins the line that is being served, and leaves it again.
            assert!(poll(&mut semaphore.acquire()).is_pending());
            event.clear();
            assert!(poll(&mut event.wait()).is_pending());
        });
    }
}

#[test]
fn a_waker_may_use_what_has_just_woken_it() {
    SHARED.with(|(semaphore, event)| {
        let waker = Waker::from(Arc::new(Meddler));
        let mut acquire = semaphore.acquire();
        let mut waits = [event.wait(), event.wait()];
        assert!(poll_with(&mut acquire, &waker).is_pending());
        for wait in &mut waits {
            assert!(poll_with(wait, &waker).is_pending());
        }
        event.set();
        semaphore.release();
        assert!(poll(&mut acquire).is_ready());
        assert!(waits.iter_mut().all(|wait| poll(wait).is_ready()));
    });
}

#[test]
fn a_hundred_thousand_in_line_hand_one_permit_through_without_a_deep_stack() {
    let semaphore = Semaphore::new(1);
    let permit = semaphore.try_acquire();
    let mut line: Vec<_> = (0..100_000).map(|_| semaphore.acquire()).collect();
    assert!(line.iter_mut().all(|acquire| poll(acquire).is_pending()));
    drop(permit);
    // Each is served when the one before it is dropped, and is dropped itself before its poll.
    drop(line);
    assert_eq!((semaphore.permits(), semaphore.waiting()), (1, 0));
}
