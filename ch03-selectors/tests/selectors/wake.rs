//! Waking a sleeper from other threads.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ch03_selectors::wake::wake_pair;

use super::*;

const WAKE: Token = Token { index: 7, generation: 0 };

pub(crate) fn a_thousand_wakes_are_one_event_and_the_next_one_counts(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (waker, receiver) = wake_pair(selector, WAKE, trigger).expect("a pair");
        for _ in 0..3 {
            for _ in 0..1000 {
                waker.wake();
            }
            let events = select(selector, PATIENCE);
            assert_eq!(events.iter().map(|event| event.token).collect::<Vec<_>>(), [WAKE]);
            receiver.clear();
            assert_eq!(select(selector, GLANCE), [], "{trigger:?}");
        }
    }
}

pub(crate) fn a_sleeper_is_woken_from_another_thread(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (waker, receiver) = wake_pair(selector, WAKE, trigger).expect("a pair");
        let waking = thread::spawn(move || waker.wake());
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        receiver.clear();
        waking.join().expect("woke");
    }
}

/// Each thread leaves work and wakes. If one wake were lost, work would be left and the sleeper
/// would sleep.
pub(crate) fn no_wake_of_many_threads_is_lost(selector: &Rc<dyn Selector>) {
    const THREADS: usize = 8;
    const WAKES: usize = 500;
    for trigger in triggers(selector) {
        let (waker, receiver) = wake_pair(selector, WAKE, trigger).expect("a pair");
        let work = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let (waker, work) = (waker.clone(), Arc::clone(&work));
                thread::spawn(move || {
                    for _ in 0..WAKES {
                        // Nothing but the wake orders it.
                        work.fetch_add(1, Ordering::Relaxed);
                        waker.wake();
                    }
                })
            })
            .collect();
        let mut done = 0;
        while done < THREADS * WAKES {
            let events = select(selector, PATIENCE);
            assert_eq!(events.len(), 1, "{trigger:?}: asleep with {done} done");
            receiver.clear();
            done += work.swap(0, Ordering::Relaxed);
        }
        for thread in threads {
            thread.join().expect("woke");
        }
    }
}

pub(crate) fn a_wake_before_the_wait_ends_it(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (waker, receiver) = wake_pair(selector, WAKE, trigger).expect("a pair");
        waker.wake();
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        receiver.clear();
    }
}

pub(crate) fn waking_a_sleeper_that_is_gone_is_harmless(selector: &Rc<dyn Selector>) {
    let (waker, receiver) = wake_pair(selector, WAKE, triggers(selector)[0]).expect("a pair");
    drop(receiver);
    waker.wake();
    waker.clone().wake();
    assert_eq!(select(selector, GLANCE), []);
}
