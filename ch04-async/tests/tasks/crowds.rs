//! Many tasks, and many threads that wake them.

use std::future::poll_fn;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use ch04_async::spawn;

use super::{Drops, block_on, observed};

#[test]
fn a_hundred_thousand_tasks_leave_nothing_behind() {
    let drops = Drops::default();
    let (runtime, _) = observed();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..100_000)
            .map(|number| {
                let guard = drops.guard();
                spawn(async move {
                    drop(guard);
                    number
                })
            })
            .collect();
        let mut sum = 0_u64;
        for task in tasks {
            sum += task.await.expect("no panic");
        }
        assert_eq!(sum, 99_999 * 100_000 / 2);
    });
    assert_eq!((drops.count(), runtime.tasks().len()), (100_000, 0));
}

#[test]
fn wakes_from_many_threads_at_once_are_all_heard() {
    const THREADS: usize = 4;
    const WAKES: usize = 2_000;
    let (sender, receiver) = mpsc::channel::<Waker>();
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let receiver = std::sync::Arc::clone(&receiver);
            thread::spawn(move || {
                loop {
                    let next = receiver.lock().expect("no panic").recv();
                    let Ok(waker) = next else { return };
                    waker.wake();
                }
            })
        })
        .collect();
    block_on(async {
        let tasks: Vec<_> = (0..THREADS)
            .map(|_| {
                let sender = sender.clone();
                spawn(async move {
                    for _ in 0..WAKES {
                        let mut asked = false;
                        poll_fn(|context| {
                            if std::mem::replace(&mut asked, true) {
                                return Poll::Ready(());
                            }
                            sender.send(context.waker().clone()).expect("threads live");
                            Poll::Pending
                        })
                        .await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    drop(sender);
    for thread in threads {
        thread.join().expect("no panic");
    }
}
