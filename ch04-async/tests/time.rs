//! What the runtime promises about time. The clock is paused, so hours take no time and every moment
//! is known exactly; but for the tests that are about the system's clock.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ch03_selectors::{Event, Selector, Trigger, Watch, default_selector};
use ch04_async::time::{Elapsed, MissedTicks, interval, interval_at, now, sleep_until, timeout_at};
use ch04_async::{Clock, Runtime, sleep, spawn, timeout, yield_now};

const SECOND: Duration = Duration::from_secs(1);

fn paused<T>(future: impl Future<Output = T>) -> T {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(future)
}

/// Polls once, by a waker that nobody hears.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_paused_clock_jumps_to_the_next_timer_and_stands_still_else() {
    let real = Instant::now();
    paused(async {
        let start = now();
        for _ in 0..10 {
            yield_now().await;
        }
        assert_eq!(now(), start);
        sleep(3600 * SECOND).await;
        assert_eq!(now() - start, 3600 * SECOND);
    });
    assert!(real.elapsed() < 3600 * SECOND);
}

#[test]
fn sleeps_of_equal_deadlines_end_in_the_order_in_which_they_began() {
    let order = Rc::new(RefCell::new(Vec::new()));
    paused(async {
        let deadline = now() + SECOND;
        let tasks: Vec<_> = (0..1000)
            .map(|number| {
                let order = Rc::clone(&order);
                spawn(async move {
                    sleep_until(deadline).await;
                    order.borrow_mut().push(number);
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    assert!(order.borrow().iter().copied().eq(0..1000));
}

#[test]
fn a_deadline_that_is_over_is_no_wait() {
    paused(async {
        let start = now();
        sleep(Duration::ZERO).await;
        sleep_until(start).await;
        sleep_until(start.checked_sub(SECOND).expect("some uptime")).await;
        assert_eq!(timeout(Duration::ZERO, ready(7)).await, Ok(7));
        assert_eq!(timeout(Duration::ZERO, pending::<()>()).await, Err(Elapsed));
        assert_eq!(now(), start);
    });
}

#[test]
fn a_sleep_without_end_is_no_overflow_and_no_timer() {
    paused(async {
        let start = now();
        let mut forever = pin!(sleep(Duration::MAX));
        assert!(poll_once(&mut forever).is_pending());
        // The clock would jump to it, were it a timer.
        assert_eq!(timeout(SECOND, forever).await, Err(Elapsed));
        assert_eq!(now() - start, SECOND);
        assert_eq!(timeout(Duration::MAX, sleep(SECOND)).await, Ok(()));
    });
}

#[test]
fn a_dropped_sleep_never_fires() {
    paused(async {
        let start = now();
        let mut dropped = Box::pin(sleep(SECOND));
        assert!(poll_once(&mut dropped).is_pending());
        drop(dropped);
        sleep(2 * SECOND).await;
        assert_eq!(now() - start, 2 * SECOND);
        assert_eq!(ch04_async::task::current().expect("main").polls, 2, "nothing else woke it");
    });
}

#[test]
fn a_sleep_that_moves_to_another_task_wakes_that_one() {
    paused(async {
        let mut moved = Box::pin(sleep(SECOND));
        assert!(poll_once(&mut moved).is_pending());
        spawn(moved).await.expect("no panic");
    });
}

#[test]
fn a_sleep_that_moves_to_another_runtime_is_still_a_sleep_there() {
    for first_is_gone in [false, true] {
        let mut moved = Box::pin(sleep(Duration::from_millis(5)));
        let first = Runtime::new().expect("a runtime");
        first.block_on(async { assert!(poll_once(&mut moved).is_pending()) });
        let first = (!first_is_gone).then_some(first);
        let deadline = moved.deadline().expect("one");
        let second = Runtime::new().expect("a runtime");
        let ended = second.block_on(timeout(20 * SECOND, moved));
        assert_eq!(ended, Ok(()), "the first runtime is gone: {first_is_gone}");
        assert!(Instant::now() >= deadline);
        drop(first);
    }
}

#[test]
fn a_timeout_drops_what_it_cuts_off() {
    struct Guard<'a>(&'a Cell<bool>);
    impl Drop for Guard<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let dropped = Cell::new(false);
    paused(async {
        let slow = async {
            let _guard = Guard(&dropped);
            sleep(2 * SECOND).await;
        };
        let start = now();
        assert_eq!(timeout_at(start + SECOND, slow).await, Err(Elapsed));
        assert!(dropped.get(), "before we hear of it, as `finally` is run before TimeoutError");
        assert_eq!(now() - start, SECOND);
    });
}

#[test]
fn a_timeout_ends_also_what_uses_up_its_budget_each_time() {
    let runtime = Runtime::new().expect("a runtime");
    let busy = async {
        loop {
            sleep(Duration::ZERO).await;
        }
    };
    let cut = async { timeout(Duration::from_millis(5), busy).await };
    assert_eq!(runtime.block_on(cut), Err::<(), _>(Elapsed));
}

#[test]
fn a_task_that_is_always_ready_delays_no_timer_for_long() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let stop = Rc::new(Cell::new(false));
        for task in 0..3 {
            let stop = Rc::clone(&stop);
            spawn(async move {
                while !stop.get() {
                    match task {
                        0 => sleep(Duration::ZERO).await,
                        1 => yield_now().await,
                        _ => spawn(ready(())).await.expect("no panic"),
                    }
                }
            });
        }
        sleep(Duration::from_millis(5)).await;
        stop.set(true);
    });
}

#[test]
fn an_interval_ticks_at_once_and_then_each_period() {
    paused(async {
        let start = now();
        let mut ticks = interval(SECOND);
        for number in 0..5 {
            assert_eq!(ticks.tick().await, start + number * SECOND);
            assert_eq!(now(), start + number * SECOND);
        }
        let mut late = interval_at(start + 10 * SECOND, SECOND);
        assert_eq!(late.tick().await, start + 10 * SECOND);
        assert_eq!(now(), start + 10 * SECOND);
    });
}

#[test]
fn missed_ticks_are_made_up_for_or_skipped_or_the_plan_is_delayed() {
    // Ticks at 0, then busy until 3.5; when do the next three come, in tenths of a second?
    for (missed, expected) in [
        (MissedTicks::Burst, [35, 35, 35, 40]),
        (MissedTicks::Skip, [35, 40, 50, 60]),
        (MissedTicks::Delay, [35, 45, 55, 65]),
    ] {
        let seen = paused(async {
            let start = now();
            let mut ticks = interval(SECOND).missed_ticks(missed);
            ticks.tick().await;
            sleep(SECOND / 10 * 35).await;
            let mut seen = [0; 4];
            for tick in &mut seen {
                ticks.tick().await;
                *tick = (now() - start).as_millis() / 100;
            }
            seen
        });
        assert_eq!(seen, expected, "{missed:?}");
    }
}

#[test]
fn a_tick_that_was_given_up_is_not_lost() {
    paused(async {
        let start = now();
        let mut ticks = interval_at(start + SECOND, SECOND);
        assert_eq!(timeout(SECOND / 2, ticks.tick()).await, Err(Elapsed));
        assert_eq!(ticks.tick().await, start + SECOND);
    });
}

#[test]
fn a_clock_that_is_held_does_not_jump() {
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().expect("a runtime");
    runtime.block_on(async {
        let start = now();
        let hold = clock.hold();
        let mut sleeping = spawn(sleep(SECOND));
        // Work elsewhere that takes a while, and wakes us.
        let mut started = false;
        poll_fn(|context| {
            if std::mem::replace(&mut started, true) {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                waker.wake();
            });
            Poll::Pending
        })
        .await;
        assert_eq!(now(), start);
        assert!(!sleeping.is_finished());
        drop(hold);
        (&mut sleeping).await.expect("no panic");
        assert_eq!(now() - start, SECOND);
    });
}

#[test]
fn a_clock_can_be_moved_by_hand() {
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().expect("a runtime");
    runtime.block_on(async {
        let sleeping = spawn(sleep(SECOND));
        yield_now().await;
        clock.advance(2 * SECOND);
        let moved = now();
        sleeping.await.expect("no panic");
        assert_eq!(now(), moved, "it did not jump");
    });
}

#[test]
fn a_million_timeouts_that_are_never_needed_give_their_memory_back() {
    paused(async {
        let start = now();
        for _ in 0..1_000_000 {
            assert_eq!(timeout(3600 * SECOND, yields_once()).await, Ok(()));
        }
        // Had one stayed, the clock would jump to it, as soon as there is nothing else to do.
        sleep(10 * 3600 * SECOND).await;
        assert_eq!(now() - start, 10 * 3600 * SECOND);
        let polls = ch04_async::task::current().expect("main").polls;
        assert_eq!(polls, 1_000_002, "once for each yield and for the sleep: none of them woke us");
    });
}

/// Pending once, so that the timeout around it is really set.
async fn yields_once() {
    yield_now().await;
}

/// Counts the waits, and those among them that do not wait.
#[derive(Debug)]
struct Counting {
    inner: Rc<dyn Selector>,
    zero_waits: Rc<Cell<usize>>,
}

impl Selector for Counting {
    fn supports(&self, trigger: Trigger) -> bool {
        self.inner.supports(trigger)
    }

    #[expect(unsafe_code, reason = "the trait's promise, passed on")]
    unsafe fn register(
        &self,
        fd: std::os::fd::BorrowedFd<'_>,
        watch: Watch,
    ) -> std::io::Result<()> {
        // SAFETY: our caller's promise is the same.
        unsafe { self.inner.register(fd, watch) }
    }

    fn modify(&self, fd: std::os::fd::BorrowedFd<'_>, watch: Watch) -> std::io::Result<()> {
        self.inner.modify(fd, watch)
    }

    fn unregister(&self, fd: std::os::fd::BorrowedFd<'_>) -> std::io::Result<()> {
        self.inner.unregister(fd)
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> std::io::Result<()> {
        if timeout == Some(Duration::ZERO) {
            self.zero_waits.set(self.zero_waits.get() + 1);
        }
        self.inner.select(events, timeout)
    }
}

#[test]
fn a_sleep_on_the_systems_clock_is_never_early_and_no_spin() {
    let zero_waits = Rc::new(Cell::new(0));
    let inner = default_selector().expect("a selector");
    let counting = Counting { inner, zero_waits: Rc::clone(&zero_waits) };
    let runtime = Runtime::over(Rc::new(counting)).expect("a runtime");
    runtime.block_on(async {
        for micros in [1, 100, 999, 1001, 2500] {
            let (start, asked) = (Instant::now(), Duration::from_micros(micros));
            sleep(asked).await;
            assert!(start.elapsed() >= asked);
        }
    });
    // At most one a sleep: its time was over when the loop looked.
    assert!(zero_waits.get() <= 5, "{} waits of zero", zero_waits.get());
}

#[test]
fn a_spinning_runtime_sleeps_after_its_spins_and_is_woken() {
    let zero_waits = Rc::new(Cell::new(0));
    let inner = default_selector().expect("a selector");
    let counting = Counting { inner, zero_waits: Rc::clone(&zero_waits) };
    let builder = Runtime::builder().selector(Rc::new(counting)).spin_before_park(50);
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        sleep(Duration::from_millis(20)).await;
        let mut asked = false;
        poll_fn(|context| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(5));
                waker.wake();
            });
            Poll::Pending
        })
        .await;
    });
    assert!((50..=101).contains(&zero_waits.get()), "{} looks", zero_waits.get());
}
