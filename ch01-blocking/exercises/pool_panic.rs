//! A worker that survives a panic.
//!
//! A pool has a fixed number of workers. A job that panics ends the thread it runs on, and nobody makes another:
//! after as many faults as there are workers the pool is dead, and its queue fills up. Mend it, so that a panic
//! costs one job, and is counted.
//!
//! Is it right to go on after a panic? The job is gone, and with it all that it owned. What it shared with others
//! may be half changed; a `Mutex` says so by being poisoned. For a connection that nobody shares, going on is
//! right.
//!
//! Hint: `std::panic::catch_unwind`. It wants to know that nobody will see what the job left half done, and
//! `AssertUnwindSafe` is how you promise that.

// SOLUTION
use std::panic::{AssertUnwindSafe, catch_unwind};
// START
// END
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a test waits for a job that does not run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Jobs that wait for a worker.
const QUEUE_MAX: usize = 16;

type Job = Box<dyn FnOnce() + Send>;

struct Pool {
    queue: SyncSender<Job>,
    tally: Arc<Tally>,
}

/// How jobs ended.
#[derive(Default)]
struct Tally {
    done: AtomicUsize,
    panicked: AtomicUsize,
}

impl Pool {
    fn new(workers: usize) -> Pool {
        let (queue, jobs) = mpsc::sync_channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let tally = Arc::new(Tally::default());
        for _ in 0..workers {
            let (jobs, tally) = (Arc::clone(&jobs), Arc::clone(&tally));
            thread::spawn(move || work(&jobs, &tally));
        }
        Pool { queue, tally }
    }

    /// Has a worker run the job. Waits while the queue is full.
    fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.queue.send(Box::new(job)).expect("a worker is left to receive it");
    }
}

fn work(jobs: &Mutex<Receiver<Job>>, tally: &Tally) {
    loop {
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { break };
        // SOLUTION
        // The call consumes the job: nobody can look at what it has left half done.
        let ended = match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => &tally.done,
            Err(_) => &tally.panicked,
        };
        ended.fetch_add(1, Ordering::Relaxed);
        // START
        // job();
        // tally.done.fetch_add(1, Ordering::Relaxed);
        // END
    }
}

#[test]
fn jobs_run_after_as_many_panics_as_there_are_workers() {
    let pool = Pool::new(2);
    for number in 0..3 {
        pool.run(move || panic!("fault {number}, on purpose"));
    }
    let (said, heard) = mpsc::channel();
    pool.run(move || said.send("still here").expect("the test listens"));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok("still here"));
}

#[test]
fn panics_are_counted_apart() {
    let pool = Pool::new(1);
    for _ in 0..3 {
        pool.run(|| panic!("on purpose"));
    }
    let (said, heard) = mpsc::channel();
    pool.run(move || said.send(()).expect("the test listens"));
    assert_eq!(heard.recv_timeout(PATIENCE), Ok(()));
    // There is one worker, which takes one job after the other: the three before have been counted.
    assert_eq!(pool.tally.panicked.load(Ordering::Relaxed), 3);
    assert!(pool.tally.done.load(Ordering::Relaxed) <= 1, "a panic is not done");
}
