//! Work that blocks, and a place for it away from the loop.
//!
//! A task that sleeps in a system call, or computes for a second, stops every other task of its
//! thread. Such work goes to a pool of threads. Its end wakes the loop like any other event, and
//! the task that waited for it goes on.

mod outcome;
mod pool;

use std::panic::{self, AssertUnwindSafe};
use std::time::Duration;

pub use pool::Left;
pub(crate) use pool::Pool;

use crate::runtime::with_current;
use crate::{JoinHandle, spawn};
use outcome::outcome;

/// How large the pool of a runtime may become, and for how long it stays so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Threads at most. None is started before there is work for it.
    pub threads_max: usize,
    /// Jobs that wait in the pool for a thread. More wait outside, first come first served.
    pub jobs_max: usize,
    /// How long a thread without work stays.
    pub keep_alive: Duration,
    /// How long the drop of the runtime waits for jobs that run. A file may be half written.
    pub drop_wait: Duration,
}

impl Default for Settings {
    /// Blocked threads need no processor, so there may be many more than cores; but each has a
    /// stack, and a disk gets no faster by more callers.
    fn default() -> Settings {
        let (keep_alive, drop_wait) = (Duration::from_secs(10), Duration::from_secs(5));
        Settings { threads_max: 32, jobs_max: 1024, keep_alive, drop_wait }
    }
}

/// Runs `work` on a thread of the pool, and gives its value, or its panic, to whoever awaits the
/// handle. May be called by a task only; the loop is never blocked by it.
///
/// When all threads are busy, the job waits for one in the pool's queue. When that is full, too, it
/// waits outside, and goes in when its turn comes. Dropping the handle changes nothing: the job
/// will be done. Aborting it takes back a job that has not begun; one that has cannot be stopped,
/// and its result is dropped.
///
/// A job must not wait for another job of the same pool, which may be behind it in the queue.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[track_caller]
pub fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    let here = with_current(|runtime| (runtime.blocking.clone(), runtime.clock.hold()));
    let (pool, hold) = here.expect("a runtime on this thread");
    let (told, awaited) = outcome();
    let job = Box::new(move || {
        // Not begun, and nobody waits any more: it was aborted.
        if told.is_awaited() {
            told.tell(panic::catch_unwind(AssertUnwindSafe(work)));
        }
    });
    // Now, and not when the new task is polled: the caller may be about to keep the thread.
    let outside = pool.push(job);
    spawn(async move {
        // A paused clock must not take the silence of this thread for the end of all work.
        let _hold = hold;
        if let Some(room) = outside {
            room.await;
        }
        match awaited.await {
            Some(Ok(value)) => value,
            // Its message was printed on the pool's thread.
            Some(Err(panic)) => panic::resume_unwind(panic),
            None => panic!("no thread could be started for blocking work"),
        }
    })
}
