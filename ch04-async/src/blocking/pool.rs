//! Threads that come when there is work, take it in order, and leave when there is none.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use super::Settings;

/// It catches its own panics, and tells its own result.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// A handle to a pool. The threads know nothing of handles: [`shut_down`](Pool::shut_down) ends
/// them.
#[derive(Clone)]
pub(crate) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    state: Mutex<State>,
    /// There is a job, or nothing will come any more.
    work: Condvar,
    /// A thread has left.
    left: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    /// Whose jobs wait outside, by their tickets: in order, and quick to leave from anywhere.
    outside: BTreeMap<u64, Waker>,
    tickets: u64,
    threads: usize,
    /// Of these, how many wait for work.
    idle: usize,
    closed: bool,
}

/// What a pool left behind when its time was up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Jobs that were dropped before they began.
    pub dropped: usize,
    /// Jobs that still run. Nobody can end them; the end of the process will.
    pub running: usize,
}

impl Pool {
    pub(crate) fn new(settings: Settings) -> Pool {
        let (state, work, left) = (Mutex::default(), Condvar::new(), Condvar::new());
        Pool { shared: Arc::new(Shared { settings, state, work, left }) }
    }

    /// Queues a job. When there is no room, it waits outside: until what is returned was awaited.
    pub(super) fn push(&self, job: Job) -> Option<Room> {
        let mut state = self.shared.state();
        if state.outside.is_empty() && self.shared.has_room(&state) {
            self.shared.accept(state, job);
            return None;
        }
        // In line from now on, and not from the first poll: the next one to come must be behind.
        let ticket = state.tickets;
        state.tickets += 1;
        state.outside.insert(ticket, Waker::noop().clone());
        drop(state);
        Some(Room { shared: Arc::clone(&self.shared), job: Some(job), ticket })
    }

    /// Drops the jobs that have not begun, and waits for those that have, at most until `timeout`
    /// is over. A second call finds it done, and waits for nothing.
    pub(crate) fn shut_down(&self, timeout: Duration) -> Left {
        let mut state = self.shared.state();
        if mem::replace(&mut state.closed, true) {
            return Left { dropped: 0, running: state.threads - state.idle };
        }
        let jobs = mem::take(&mut state.jobs);
        drop(state);
        self.shared.work.notify_all();
        let dropped = jobs.len();
        // Unlocked: they hold values of others, whose drops may do anything.
        drop(jobs);
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.shared.state();
        while state.threads > 0 {
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                break;
            }
            let waited = self.shared.left.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Left { dropped, running: state.threads - state.idle }
    }

    pub(crate) fn settings(&self) -> Settings {
        self.shared.settings
    }
}

impl Shared {
    /// No code of others runs while it is locked, so it is whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self, state: &State) -> bool {
        state.jobs.len() < self.settings.jobs_max.max(1)
    }

    /// Takes a job for which there is room, and sees to it that somebody does it.
    fn accept(self: &Arc<Self>, mut state: MutexGuard<'_, State>, job: Job) {
        if state.closed {
            drop(state);
            drop(job);
            return;
        }
        state.jobs.push_back(job);
        // Each idle thread has been promised one job of the queue.
        if state.jobs.len() > state.idle && state.threads < self.settings.threads_max.max(1) {
            state.threads += 1;
            if !self.start_thread() {
                state.threads -= 1;
                // With no thread at all nobody would come for it. Its drop tells.
                let refused = if state.threads == 0 { state.jobs.pop_back() } else { None };
                drop(state);
                drop(refused);
                return;
            }
        }
        drop(state);
        self.work.notify_one();
    }

    fn start_thread(self: &Arc<Self>) -> bool {
        let shared = Arc::clone(self);
        let thread = thread::Builder::new().name("blocking".to_owned());
        thread.spawn(move || shared.work()).is_ok()
    }

    /// What a thread of the pool does.
    fn work(&self) {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                let next = state.next_outside();
                drop(state);
                if let Some(next) = next {
                    next.wake();
                }
                job();
                state = self.state();
                continue;
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, self.settings.keep_alive);
            let timed_out;
            (state, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            if timed_out.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
        drop(state);
        self.left.notify_all();
    }
}

impl State {
    fn next_outside(&self) -> Option<Waker> {
        self.outside.first_key_value().map(|(_, waker)| waker.clone())
    }

    /// Gives up a place in the line outside. The next one may be able to go in.
    fn leave_line(&mut self, ticket: u64) -> Option<Waker> {
        self.outside.remove(&ticket);
        self.next_outside()
    }
}

/// A job that waits for room. Dropping it drops the job.
pub(super) struct Room {
    shared: Arc<Shared>,
    /// Absent once it is in.
    job: Option<Job>,
    ticket: u64,
}

impl Future for Room {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this.shared.state();
        let first = state.outside.first_key_value().is_none_or(|(first, _)| *first == this.ticket);
        if !first || !this.shared.has_room(&state) {
            let old = state.outside.insert(this.ticket, context.waker().clone());
            drop(state);
            // Unlocked, as above.
            drop(old);
            return Poll::Pending;
        }
        let next = state.leave_line(this.ticket);
        if let Some(job) = this.job.take() {
            this.shared.accept(state, job);
        }
        next.into_iter().for_each(Waker::wake);
        Poll::Ready(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.job.is_some() {
            let next = self.shared.state().leave_line(self.ticket);
            // It may have been our turn, and we have been told so: pass it on.
            next.into_iter().for_each(Waker::wake);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        f.debug_struct("Pool")
            .field("jobs", &state.jobs.len())
            .field("threads", &state.threads)
            .field("idle", &state.idle)
            .finish_non_exhaustive()
    }
}
