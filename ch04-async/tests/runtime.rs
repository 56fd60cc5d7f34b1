//! What the runtime promises to tasks, wakers, sockets and timers.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::budget::BUDGET;
use ch04_async::{Async, Runtime, sleep, spawn, yield_now};

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        yield_now().await;
    }
}

/// Counts how often it was dropped.
struct Guard(Rc<Cell<usize>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// A connected pair: the runtime's end and a blocking one.
fn connected() -> (Async<TcpStream>, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let peer = TcpStream::connect(listener.local_addr().expect("bound")).expect("connected");
    let (stream, _) = listener.accept().expect("the peer");
    (Async::from_accepted(stream).expect("registered"), peer)
}

#[test]
fn tasks_take_turns_in_the_order_in_which_they_were_woken() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let seen = Rc::clone(&order);
    runtime().block_on(async move {
        for name in ["a", "b", "c"] {
            let order = Rc::clone(&seen);
            spawn(async move {
                for step in 0..2 {
                    order.borrow_mut().push(format!("{name}{step}"));
                    yield_now().await;
                }
            });
        }
        until(|| seen.borrow().len() == 6).await;
    });
    assert_eq!(*order.borrow(), ["a0", "b0", "c0", "a1", "b1", "c1"]);
}

#[test]
fn a_thousand_wakes_are_one_poll() {
    let polls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&polls);
    let kept = Rc::new(RefCell::new(None::<Waker>));
    let given = Rc::clone(&kept);
    runtime().block_on(async move {
        spawn(poll_fn(move |context| {
            counted.set(counted.get() + 1);
            *given.borrow_mut() = Some(context.waker().clone());
            Poll::<()>::Pending
        }));
        until(|| kept.borrow().is_some()).await;
        let before = polls.get();
        for _ in 0..1000 {
            kept.borrow().as_ref().expect("kept").wake_by_ref();
        }
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(polls.get(), before + 1);
    });
}

#[test]
fn a_wake_during_a_poll_brings_another_poll() {
    runtime().block_on(async {
        let mut left = 3;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            left -= 1;
            if left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    });
}

#[test]
fn a_wake_after_the_end_reaches_nobody_even_when_the_place_is_taken_again() {
    let kept = Rc::new(RefCell::new(None::<Waker>));
    let polls_of_second = Rc::new(Cell::new(0));
    let (given, counted) = (Rc::clone(&kept), Rc::clone(&polls_of_second));
    runtime().block_on(async {
        spawn(poll_fn(move |context| {
            *given.borrow_mut() = Some(context.waker().clone());
            Poll::Ready(())
        }));
        until(|| kept.borrow().is_some()).await;
        spawn(poll_fn(move |_| {
            counted.set(counted.get() + 1);
            Poll::<()>::Pending
        }));
        until(|| polls_of_second.get() == 1).await;
        kept.take().expect("kept").wake();
        for _ in 0..5 {
            yield_now().await;
        }
        assert_eq!(polls_of_second.get(), 1);
    });
}

#[test]
fn a_wake_from_another_thread_ends_the_sleep() {
    let (sender, wakers) = mpsc::channel::<Waker>();
    let waking = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
    runtime().block_on(async move {
        for _ in 0..1000 {
            let mut asked = false;
            poll_fn(|context| {
                if asked {
                    return Poll::Ready(());
                }
                asked = true;
                sender.send(context.waker().clone()).expect("the other thread waits");
                Poll::Pending
            })
            .await;
        }
    });
    waking.join().expect("woke");
}

#[test]
fn a_runtime_entered_twice_says_so_and_can_be_used_again() {
    let runtime = Rc::new(runtime());
    let same = Rc::clone(&runtime);
    let twice = || runtime.block_on(async { same.block_on(async {}) });
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(twice)).expect_err("refused");
    assert_eq!(runtime.block_on(async { 7 }), 7);
}

#[test]
fn a_runtime_may_run_within_another() {
    let inner = runtime().block_on(async { runtime().block_on(async { 7 }) });
    assert_eq!(inner, 7);
}

#[test]
fn a_panic_ends_its_own_task_and_drops_what_it_held() {
    let drops = Rc::new(Cell::new(0));
    let guard = Guard(Rc::clone(&drops));
    runtime().block_on(async move {
        spawn(async move {
            let _guard = guard;
            panic!("on purpose: the test wants to see the others go on");
        });
        until(|| drops.get() == 1).await;
    });
}

#[test]
fn dropping_the_runtime_drops_every_task_once_and_inside_of_it() {
    struct SpawnsWhenDropped(Guard);
    impl Drop for SpawnsWhenDropped {
        fn drop(&mut self) {
            let guard = Guard(Rc::clone(&self.0.0));
            // Would panic outside of a runtime; inside of one that ends, it is dropped.
            spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
        }
    }
    let drops = Rc::new(Cell::new(0));
    let runtime = runtime();
    runtime.block_on(async {
        for _ in 0..10 {
            let guard = SpawnsWhenDropped(Guard(Rc::clone(&drops)));
            spawn(async move {
                let _guard = guard;
                sleep(Duration::from_secs(1000)).await;
            });
        }
        yield_now().await;
    });
    assert_eq!(drops.get(), 0);
    drop(runtime);
    assert_eq!(drops.get(), 20, "ten tasks, and the ten that their drops wanted to start");
}

#[test]
fn a_task_whose_socket_is_always_ready_leaves_turns_to_others() {
    runtime().block_on(async {
        let (stream, mut peer) = connected();
        // Far more than one poll may read, one byte a time.
        let sent = 100 * BUDGET as usize;
        peer.write_all(&vec![7; sent]).expect("room");
        let read = Rc::new(Cell::new(0));
        let counted = Rc::clone(&read);
        spawn(async move {
            loop {
                let one = |mut stream: &TcpStream| stream.read(&mut [0]);
                let got = poll_fn(|context| stream.poll_read_with(context, one)).await;
                counted.set(counted.get() + got.expect("input"));
            }
        });
        let mut turns = 0;
        while read.get() < sent {
            let before = read.get();
            yield_now().await;
            turns += 1;
            assert!(read.get() - before <= BUDGET as usize, "{} in one turn", read.get() - before);
        }
        assert!(turns >= 100, "{turns} turns");
    });
}

#[test]
fn input_that_ends_together_with_its_last_bytes_is_not_waited_for() {
    runtime().block_on(async {
        for _ in 0..200 {
            let (stream, mut peer) = connected();
            peer.write_all(b"last").expect("room");
            drop(peer);
            assert_eq!(&*stream.recv().await.expect("input"), b"last");
            assert!(stream.recv().await.expect("the end").is_empty());
        }
    });
}

#[test]
fn a_read_that_was_given_up_leaves_its_input_to_the_next() {
    runtime().block_on(async {
        let (stream, mut peer) = connected();
        for _ in 0..3 {
            let mut given_up = Box::pin(stream.recv());
            poll_fn(|context| {
                assert!(given_up.as_mut().poll(context).is_pending());
                Poll::Ready(())
            })
            .await;
            drop(given_up);
            peer.write_all(b"kept").expect("room");
            assert_eq!(&*stream.recv().await.expect("input"), b"kept");
        }
    });
}

#[test]
fn a_read_that_moves_to_another_task_wakes_that_one() {
    runtime().block_on(async {
        let (stream, mut peer) = connected();
        let stream = Rc::new(stream);
        let reader = Rc::clone(&stream);
        let mut moved = Box::pin(async move { reader.recv().await });
        poll_fn(|context| {
            assert!(moved.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
        let task = spawn(moved);
        yield_now().await;
        peer.write_all(b"to the newest").expect("room");
        // This task does nothing but wait for that one, so a waker of ours would end nothing.
        let got = task.await.expect("no panic").expect("input");
        assert_eq!(&*got, b"to the newest");
    });
}

#[test]
fn a_task_that_waits_in_a_read_takes_its_socket_with_it() {
    let runtime = runtime();
    let mut peer = runtime.block_on(async {
        let (stream, peer) = connected();
        spawn(async move {
            let _ = stream.recv().await;
        });
        yield_now().await;
        peer
    });
    drop(runtime);
    assert_eq!(peer.read(&mut [0]).expect("an orderly end"), 0, "closed, and not leaked");
}

#[test]
fn two_readers_of_one_socket_are_both_woken() {
    runtime().block_on(async {
        let (stream, mut peer) = connected();
        let stream = Rc::new(stream);
        let read = Rc::new(Cell::new(0));
        for _ in 0..2 {
            let (stream, read) = (Rc::clone(&stream), Rc::clone(&read));
            spawn(async move {
                let one = |mut stream: &TcpStream| stream.read(&mut [0]);
                let got = poll_fn(|context| stream.poll_read_with(context, one)).await;
                read.set(read.get() + got.expect("input"));
            });
        }
        yield_now().await;
        peer.write_all(b"ab").expect("room");
        until(|| read.get() == 2).await;
    });
}

#[test]
fn sleeps_end_in_the_order_of_their_deadlines_and_never_early() {
    let order = Rc::new(RefCell::new(Vec::new()));
    runtime().block_on(async {
        for millis in [30, 10, 20] {
            let order = Rc::clone(&order);
            spawn(async move {
                let (start, asked) = (Instant::now(), Duration::from_millis(millis));
                sleep(asked).await;
                assert!(start.elapsed() >= asked);
                order.borrow_mut().push(millis);
            });
        }
        until(|| order.borrow().len() == 3).await;
    });
    assert_eq!(*order.borrow(), [10, 20, 30]);
}

#[test]
fn a_sleep_of_zero_ends_at_once_and_one_without_end_never_overflows() {
    runtime().block_on(async {
        sleep(Duration::ZERO).await;
        let mut forever = pin!(sleep(Duration::MAX));
        poll_fn(|context| {
            assert!(forever.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    });
}

#[test]
fn waits_that_many_tasks_have_given_up_do_not_pile_up_and_who_still_waits_is_woken() {
    runtime().block_on(async {
        let (stream, mut peer) = connected();
        let stream = Rc::new(stream);
        let woken = Rc::new(Cell::new(0));
        let mut waiting = Vec::new();
        for round in 0..2000 {
            let (reader, woken) = (Rc::clone(&stream), Rc::clone(&woken));
            let task = spawn(poll_fn(move |context| {
                let look = |stream: &TcpStream| stream.peek(&mut [0]);
                let ready = reader.poll_read_with(context, look).is_ready();
                woken.set(woken.get() + u32::from(ready));
                if ready { Poll::Ready(()) } else { Poll::Pending }
            }));
            yield_now().await;
            if round % 100 == 0 {
                waiting.push(task);
            } else {
                task.abort();
                assert!(task.await.expect_err("aborted").is_cancelled());
            }
        }
        peer.write_all(b"x").expect("room");
        for task in waiting {
            task.await.expect("woken");
        }
        assert_eq!(woken.get(), 20);
    });
}
