//! A queue that says no.
//!
//! The pool below never refuses a job. When jobs come faster than they are done, its queue grows, every job in it
//! waits longer, and in the end the memory is used up. A bound makes the trouble visible while there is still time
//! to act: the one who hands in a job learns that there is no room, and gets the job back.
//!
//! Give the queue the bound, and let `offer` return the job that does not fit. It must not wait.
//!
//! A server that cannot wait turns the client away at this point. One that can, waits: then the next clients wait
//! in the kernel's backlog. Which of the two does the `pool` of this chapter do?
//!
//! Hint: `mpsc::sync_channel`, and the call of it that does not block.

use std::sync::mpsc::{self, Receiver, Sender};
// SOLUTION
use std::sync::mpsc::{SyncSender, TrySendError};
// START
// END
use std::thread;
use std::time::Duration;

/// How long a test waits for a job that does not run.
const PATIENCE: Duration = Duration::from_secs(10);

/// Jobs that may wait for the worker.
const QUEUE_MAX: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

/// One worker and its queue.
struct Pool {
    // SOLUTION
    queue: SyncSender<Job>,
    // START
    // queue: Sender<Job>,
    // END
}

impl Pool {
    fn new() -> Pool {
        // SOLUTION
        let (queue, jobs) = mpsc::sync_channel::<Job>(QUEUE_MAX);
        // START
        // let (queue, jobs) = mpsc::channel::<Job>();
        // END
        thread::spawn(move || jobs.iter().for_each(|job| job()));
        Pool { queue }
    }

    /// Hands in a job, or gives it back when the queue is full.
    fn offer(&self, job: Job) -> Result<(), Job> {
        // SOLUTION
        self.queue.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
        })
        // START
        // self.queue.send(job).map_err(|refused| refused.0)
        // END
    }
}

/// A pool whose worker is busy until something is sent, and whose queue is full.
fn full(said: &Sender<usize>) -> (Pool, Sender<()>) {
    let pool = Pool::new();
    let (go, wait) = mpsc::channel();
    let (started, start) = mpsc::channel();
    let busy = move || {
        started.send(()).expect("the test listens");
        // Also over when the test has failed, and dropped the other end.
        let _ = wait.recv();
    };
    assert!(pool.offer(Box::new(busy)).is_ok(), "an empty queue has room");
    start.recv_timeout(PATIENCE).expect("the worker takes it");
    for number in 0..QUEUE_MAX {
        assert!(pool.offer(saying(number, said)).is_ok(), "room for {QUEUE_MAX}");
    }
    (pool, go)
}

fn saying(number: usize, said: &Sender<usize>) -> Job {
    let said = said.clone();
    Box::new(move || said.send(number).expect("the test listens"))
}

fn next(heard: &Receiver<usize>) -> usize {
    heard.recv_timeout(PATIENCE).expect("the worker goes on")
}

#[test]
fn a_job_too_many_comes_back() {
    let (said, heard) = mpsc::channel();
    let (pool, go) = full(&said);
    let refused = pool.offer(saying(7, &said)).expect_err("the queue was full");
    // It is the job itself: whoever has it again can run it, or tell its client.
    refused();
    assert_eq!(next(&heard), 7);
    drop(go);
    assert_eq!([next(&heard), next(&heard)], [0, 1], "what was accepted is done, in order");
}

#[test]
fn there_is_room_again_when_the_worker_goes_on() {
    let (said, heard) = mpsc::channel();
    let (pool, go) = full(&said);
    drop(go);
    assert_eq!([next(&heard), next(&heard)], [0, 1]);
    assert!(pool.offer(saying(2, &said)).is_ok(), "an empty queue has room");
    assert_eq!(next(&heard), 2);
}
