//! Every order in which threads may wake a sleeper, tried by a checker: none loses a wake-up.
//!
//! `loom` runs the model again and again, each time with the threads' steps in another order, and
//! with the atomics as weak as their orderings allow. What runs is the file of the waker itself; the
//! kernel's part is played by a counter that is readable while it is not 0.

use std::sync::Arc;

use loom::sync::atomic::{self, AtomicUsize, Ordering};
use loom::thread;

#[path = "../src/wake/pending.rs"]
mod pending;

use pending::Pending;

/// What each waker leaves, one after the other.
const WORK: [usize; 2] = [2, 1];

/// How often a thread is interrupted by another one that could have waited.
const PREEMPTIONS_MAX: usize = 2;

struct Shared {
    pending: Pending,
    /// eventfd(2): a system call orders whatever comes before and after it.
    bell: AtomicUsize,
    /// How much each waker has left. Nothing but the wake orders it.
    work: [AtomicUsize; 2],
}

fn waker(shared: &Shared, number: usize) {
    for left in 1..=WORK[number] {
        shared.work[number].store(left, Ordering::Relaxed);
        if shared.pending.set() {
            shared.bell.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Sleeps until the bell rings, takes the wake-up, and looks for work, until all of it is there.
fn sleeper(shared: &Shared) {
    let seen = || shared.work.iter().map(|work| work.load(Ordering::Relaxed)).sum::<usize>();
    loop {
        // A lost wake-up is an endless loop here, of which the checker grows tired.
        while shared.bell.load(Ordering::Acquire) == 0 {
            thread::yield_now();
        }
        shared.pending.take(|| shared.bell.store(0, Ordering::Release));
        if seen() == WORK.iter().sum() {
            return;
        }
    }
}

#[test]
fn no_order_of_two_wakers_and_a_sleeper_loses_a_wake() {
    let mut model = loom::model::Builder::new();
    // All orders would take minutes. Both faults that are known, the flag lowered before the bell is
    // silenced and a store in the place of the swap, are found with fewer.
    model.preemption_bound = Some(PREEMPTIONS_MAX);
    model.check(|| {
        let shared = Arc::new(Shared {
            pending: Pending::new(),
            bell: AtomicUsize::new(0),
            work: [AtomicUsize::new(0), AtomicUsize::new(0)],
        });
        let wakers = [0, 1].map(|number| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || waker(&shared, number))
        });
        sleeper(&shared);
        for waker in wakers {
            waker.join().expect("woke");
        }
    });
}
