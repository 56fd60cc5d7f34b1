//! Two workers, and one of them works.
//!
//! Two jobs that have to meet are given to a pool of two, and they never do. All workers are there, nothing has
//! panicked, and yet the jobs run one after the other. Find out what the second worker is waiting for.
//!
//! Until you have solved it, the test takes ten seconds: then the jobs give up.
//!
//! Hint: a lock is held until its guard is dropped. When is a value dropped that has no name, and stands in the
//! head of a `while let`?

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long a test waits for a job that does not run.
const PATIENCE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// Starts the workers, and gives the end of the queue where jobs are put in.
fn pool(workers: usize) -> Sender<Job> {
    let (queue, jobs) = mpsc::channel();
    let jobs = Arc::new(Mutex::new(jobs));
    for _ in 0..workers {
        let jobs = Arc::clone(&jobs);
        thread::spawn(move || work(&jobs));
    }
    queue
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    // SOLUTION
    loop {
        // The guard is dropped at the end of this statement: before the job runs.
        let next = jobs.lock().expect("no job runs under the lock").recv();
        let Ok(job) = next else { break };
        job();
    }
    // START
    // while let Ok(job) = jobs.lock().expect("no job runs under the lock").recv() {
    //     job();
    // }
    // END
}

#[test]
fn two_jobs_meet() {
    let queue = pool(2);
    let (to_second, from_first) = mpsc::channel();
    let (to_first, from_second) = mpsc::channel();
    let (report, reports) = mpsc::channel();
    let reported = report.clone();
    let first = move || {
        to_second.send("are you there?").expect("the other end is kept");
        reported.send(from_second.recv_timeout(PATIENCE)).expect("the test listens");
    };
    let second = move || {
        let heard = from_first.recv_timeout(PATIENCE);
        // If the first has given up meanwhile, it has reported so.
        let _ = to_first.send("yes");
        report.send(heard).expect("the test listens");
    };
    queue.send(Box::new(first)).expect("workers");
    queue.send(Box::new(second)).expect("workers");
    let mut heard: Vec<_> = reports.iter().collect::<Result<_, _>>().expect("both ran at a time");
    heard.sort_unstable();
    assert_eq!(heard, ["are you there?", "yes"]);
}
