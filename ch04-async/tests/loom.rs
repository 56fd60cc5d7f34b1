//! The mailbox in every order that two threads can have, by loom.
//!
//! loom runs the very file that the runtime uses, with its own locks and atomics underneath: the
//! module `primitives` here takes the place of the library's.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread::{self, Thread};

use mailbox::{Mailbox, Stamp};

mod primitives {
    pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
}

#[path = "../src/mailbox.rs"]
#[allow(dead_code, reason = "no task follows another here")]
mod mailbox;

struct Shared {
    mailbox: Mailbox<usize>,
    /// One for each task.
    stamps: Vec<Stamp>,
    /// Its thread is parked when it sleeps. An unpark ends that, or else the next one.
    runtime: Thread,
    /// What a task is woken for. Relaxed: only the wake makes sure that the poll sees it.
    done: Vec<AtomicUsize>,
}

impl Shared {
    fn new(tasks: usize) -> Arc<Shared> {
        Arc::new(Shared {
            mailbox: Mailbox::new(),
            stamps: (0..tasks).map(|_| Stamp::new()).collect(),
            runtime: thread::current(),
            done: (0..tasks).map(|_| AtomicUsize::new(0)).collect(),
        })
    }

    /// Something is there for the task; so it is woken.
    fn complete(&self, task: usize) {
        self.done[task].fetch_add(1, Ordering::Relaxed);
        if self.mailbox.post(&self.stamps[task], task) {
            self.runtime.unpark();
        }
    }

    /// The runtime's loop, until every task has seen as much as `expected`. Returns its polls.
    fn run(&self, expected: usize) -> usize {
        let (mut letters, mut polls) = (Vec::new(), 0);
        let mut seen = vec![0; self.stamps.len()];
        while seen.iter().any(|seen| *seen < expected) {
            // If a wake were lost, this would sleep for ever; loom would say that nobody can go on.
            if self.mailbox.may_sleep() {
                thread::park();
                self.mailbox.woke();
            }
            self.mailbox.collect(&mut letters);
            for task in letters.drain(..) {
                self.stamps[task].clear();
                polls += 1;
                seen[task] = self.done[task].load(Ordering::Relaxed);
            }
        }
        polls
    }
}

/// Runs `scene` in every order in which threads are interrupted so often at most, while they could have
/// gone on. Faults need few such interruptions (loom's documentation), and all orders of three threads
/// are too many for a test.
fn check(interruptions: usize, scene: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(interruptions);
    builder.check(scene);
}

#[test]
fn a_wake_between_the_look_and_the_sleep_is_not_lost() {
    check(4, || {
        let shared = Shared::new(1);
        let waker = Arc::clone(&shared);
        let waking = thread::spawn(move || waker.complete(0));
        assert_eq!(shared.run(1), 1);
        waking.join().expect("no panic");
    });
}

#[test]
fn of_two_wakes_the_last_is_seen_and_no_more_than_two_polls_are_made() {
    check(4, || {
        let shared = Shared::new(1);
        let waker = Arc::clone(&shared);
        let waking = thread::spawn(move || {
            waker.complete(0);
            waker.complete(0);
        });
        let polls = shared.run(2);
        assert!((1..=2).contains(&polls), "{polls}");
        waking.join().expect("no panic");
    });
}

#[test]
fn two_threads_that_wake_two_tasks_are_both_heard() {
    check(2, || {
        let shared = Shared::new(2);
        let waking: Vec<_> = (0..2)
            .map(|task| {
                let waker = Arc::clone(&shared);
                thread::spawn(move || waker.complete(task))
            })
            .collect();
        assert_eq!(shared.run(1), 2);
        for waking in waking {
            waking.join().expect("no panic");
        }
    });
}

#[test]
fn two_threads_that_wake_one_task_are_both_heard() {
    check(2, || {
        let shared = Shared::new(1);
        let waking: Vec<_> = (0..2)
            .map(|_| {
                let waker = Arc::clone(&shared);
                thread::spawn(move || waker.complete(0))
            })
            .collect();
        let polls = shared.run(2);
        assert!((1..=2).contains(&polls), "{polls}");
        for waking in waking {
            waking.join().expect("no panic");
        }
    });
}
