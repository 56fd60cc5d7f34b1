//! What is asked of a runtime: no socket and no client, only tasks, timers and channels.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use super::kit::{Kit, Ours, Smol, Tokio};
use super::{Operation, Took, Watch};

/// Tasks that take turns, and timers that are pending meanwhile: as many as a busy server has.
const TASKS: u64 = 1000;
const MANY_TASKS: u64 = 100_000;
const TIMERS: usize = 100_000;

/// An operation of all runtimes.
macro_rules! of_all {
    ($name:literal, $do:ident) => {
        Operation {
            name: $name,
            times: None,
            cases: &[("ch04", $do::<Ours>), ("tokio", $do::<Tokio>), ("smol", $do::<Smol>)],
            peers: &[],
        }
    };
}

/// All of them.
pub const OPERATIONS: &[Operation] = &[
    of_all!("spawn 1000 and join", spawn_and_join_few),
    of_all!("spawn 100000 and join", spawn_and_join_many),
    of_all!("spawn then await", spawn_then_await),
    of_all!("yield among 1000", yields),
    of_all!("wake across threads", wakes_from_a_thread),
    of_all!("timer among 100000", timers),
    of_all!("item through a channel", hand_over),
    of_all!("oneshot with a spawn", tell_once),
];

/// So many tasks at a time, of which each is joined when all have been spawned.
fn spawn_and_join<K: Kit>(times: u64, at_a_time: u64) -> Took {
    K::block_on(async {
        let watch = Watch::start();
        let mut left = times;
        while left > 0 {
            let tasks = 0..left.min(at_a_time);
            let tasks: Vec<_> = tasks.map(|number| K::spawn(async move { number })).collect();
            left -= tasks.len() as u64;
            for task in tasks {
                black_box(task.await);
            }
        }
        watch.stop()
    })
}

fn spawn_and_join_few<K: Kit>(times: u64) -> Took {
    spawn_and_join::<K>(times, TASKS)
}

fn spawn_and_join_many<K: Kit>(times: u64) -> Took {
    spawn_and_join::<K>(times, MANY_TASKS)
}

fn spawn_then_await<K: Kit>(times: u64) -> Took {
    K::block_on(async {
        let watch = Watch::start();
        for number in 0..times {
            black_box(K::spawn(async move { number }).await);
        }
        watch.stop()
    })
}

fn yields<K: Kit>(times: u64) -> Took {
    K::block_on(async {
        let each = times / TASKS + 1;
        let watch = Watch::start();
        let turns = |_| {
            K::spawn(async move {
                for _ in 0..each {
                    K::yield_now().await;
                }
                each
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(turns).collect();
        for task in tasks {
            black_box(task.await);
        }
        let took = watch.stop();
        let share = times as f64 / (each * TASKS) as f64;
        Took { wall: took.wall.mul_f64(share), cpu: took.cpu.mul_f64(share) }
    })
}

fn wakes_from_a_thread<K: Kit>(times: u64) -> Took {
    let (sender, wakers) = mpsc::channel::<Waker>();
    let waking = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
    let took = K::block_on(async move {
        let watch = Watch::start();
        for _ in 0..times {
            let mut asked = false;
            poll_fn(|context| {
                if std::mem::replace(&mut asked, true)
                    || sender.send(context.waker().clone()).is_err()
                {
                    return Poll::Ready(());
                }
                Poll::Pending
            })
            .await;
        }
        watch.stop()
    });
    // It has nobody to wake any more.
    let _ = waking.join();
    took
}

/// Sets a timer and drops it, among many that are pending: a timeout that was not needed.
fn timers<K: Kit>(times: u64) -> Took {
    K::block_on(async {
        let hour = Duration::from_secs(3600);
        let pending: Rc<RefCell<Vec<Pin<Box<_>>>>> = Rc::default();
        for number in 0..TIMERS {
            let mut sleep = Box::pin(K::sleep(hour + Duration::from_micros(number as u64)));
            set(sleep.as_mut()).await;
            pending.borrow_mut().push(sleep);
        }
        let watch = Watch::start();
        for number in 0..times {
            let sleep = pin!(K::sleep(hour + Duration::from_micros(number * 7919 % 100_000)));
            set(sleep).await;
        }
        watch.stop()
    })
}

/// Polls it once, which is when a timer is set.
async fn set(mut sleep: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|context| {
        let _ = sleep.as_mut().poll(context);
        Poll::Ready(())
    })
    .await;
}

fn hand_over<K: Kit>(items: u64) -> Took {
    K::block_on(async {
        let watch = Watch::start();
        K::hand_over(items).await;
        watch.stop()
    })
}

fn tell_once<K: Kit>(times: u64) -> Took {
    K::block_on(async {
        let watch = Watch::start();
        K::tell_once(times).await;
        watch.stop()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_comes_to_an_end_whoever_does_it() {
        for Operation { name, cases, .. } in OPERATIONS {
            for (by, case) in *cases {
                let took = case(3);
                assert!(took.wall > Duration::ZERO, "{name} by {by}");
            }
        }
    }
}
