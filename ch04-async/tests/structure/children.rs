//! Who is polled, and who is woken.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use ch04_async::structure::{Children, join_all};
use ch04_async::sync::{Semaphore, oneshot};
use ch04_async::{Runtime, spawn, yield_now};

use super::stage::{Count, poll, poll_with};
use super::{Boxed, after, run};

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
