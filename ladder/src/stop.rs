//! How a server is asked to end, whatever it is waiting in.
//!
//! A server that polls asks a flag. A server that waits for descriptors adds one more, which
//! becomes readable. A server that is blocked in a system call, or waits in somebody else's
//! runtime, leaves a callback that wakes it. [`Stop`] is all three, so every model can obey it
//! promptly in its own way.

use std::fmt;
use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A request to stop, shared between those who ask and those who obey. Cloning it is cheap.
#[derive(Clone)]
pub struct Stop {
    shared: Arc<Shared>,
}

struct Shared {
    requested: AtomicBool,
    /// Empty until the request, then one byte that nobody reads: readable for ever after.
    /// A byte, and not a closed writer, because poll(2) reports the latter as POLLHUP.
    reader: PipeReader,
    writer: PipeWriter,
    callbacks: Mutex<Callbacks>,
    /// Pairs with `callbacks`: notified on the request, for [`Stop::wait_timeout`].
    changed: Condvar,
}

#[derive(Default)]
struct Callbacks {
    next_id: u64,
    waiting: Vec<(u64, Callback)>,
}

type Callback = Box<dyn FnOnce() + Send>;

impl Stop {
    /// A stop that nobody has requested yet.
    ///
    /// # Errors
    ///
    /// When the process has no two descriptors left for a pipe (pipe(2)).
    pub fn new() -> io::Result<Stop> {
        let (reader, writer) = io::pipe()?;
        Ok(Stop {
            shared: Arc::new(Shared {
                requested: AtomicBool::new(false),
                reader,
                writer,
                callbacks: Mutex::default(),
                changed: Condvar::new(),
            }),
        })
    }

    /// Asks for the stop. Only the first call does anything.
    pub fn request(&self) {
        if self.shared.requested.swap(true, Ordering::SeqCst) {
            return;
        }
        // One byte fits into an empty pipe, and we hold the reader, so this neither blocks nor fails.
        let _ = (&self.shared.writer).write_all(b"!");
        let waiting = std::mem::take(&mut self.callbacks().waiting);
        self.shared.changed.notify_all();
        for (_, callback) in waiting {
            callback();
        }
    }

    /// Whether the stop was requested. An atomic load: cheap enough to ask in every turn of a loop.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.shared.requested.load(Ordering::SeqCst)
    }

    /// Calls `callback` once when the stop is requested, on the requesting thread; at once, on this
    /// one, if it already was. Dropping the returned guard takes the callback back.
    pub fn on_request(&self, callback: impl FnOnce() + Send + 'static) -> OnRequest {
        let mut callbacks = self.callbacks();
        let id = callbacks.next_id;
        callbacks.next_id += 1;
        // `request` sets the flag before it takes this lock: either it finds our callback in the
        // list, or we find its flag here.
        if self.is_requested() {
            drop(callbacks);
            callback();
        } else {
            callbacks.waiting.push((id, Box::new(callback)));
        }
        OnRequest { stop: self.clone(), id }
    }

    /// Sleeps for `timeout`, or until the stop is requested. True if it was.
    #[must_use]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        let callbacks = self.callbacks();
        let _unused = self
            .shared
            .changed
            .wait_timeout_while(callbacks, timeout, |_| !self.is_requested())
            .unwrap_or_else(PoisonError::into_inner);
        self.is_requested()
    }

    /// A list of callbacks stays whole whoever panicked beside it, so a poisoned lock is no error.
    fn callbacks(&self) -> MutexGuard<'_, Callbacks> {
        self.shared.callbacks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Readable, as poll(2) and its kin see it, once the stop is requested. Nothing is to be read from it.
impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.shared.reader.as_fd()
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").field("requested", &self.is_requested()).finish_non_exhaustive()
    }
}

/// Keeps a callback of [`Stop::on_request`] in place until dropped.
#[must_use = "dropping it takes the callback back"]
#[derive(Debug)]
pub struct OnRequest {
    stop: Stop,
    id: u64,
}

impl Drop for OnRequest {
    fn drop(&mut self) {
        self.stop.callbacks().waiting.retain(|(id, _)| *id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use std::sync::mpsc;
    use std::thread;

    fn readable(stop: &Stop) -> bool {
        let mut watched = [PollFd::new(stop, PollFlags::IN)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut watched, Some(&now)).expect("poll") == 1 && watched[0].revents() == PollFlags::IN
    }

    #[test]
    fn a_request_sets_the_flag_and_the_descriptor_of_every_clone() {
        let stop = Stop::new().expect("a pipe");
        let other = stop.clone();
        assert!(!other.is_requested() && !readable(&other));
        stop.request();
        stop.request();
        assert!(other.is_requested() && readable(&other));
    }

    #[test]
    fn a_callback_runs_once_whether_it_came_before_the_request_or_after() {
        let stop = Stop::new().expect("a pipe");
        let (sender, calls) = mpsc::channel();
        let early = sender.clone();
        let _early = stop.on_request(move || early.send("early").expect("open"));
        stop.request();
        stop.request();
        let _late = stop.on_request(move || sender.send("late").expect("open"));
        assert_eq!(calls.iter().take(2).collect::<Vec<_>>(), ["early", "late"]);
        assert_eq!(calls.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }

    #[test]
    fn a_dropped_guard_takes_its_callback_back() {
        let stop = Stop::new().expect("a pipe");
        let (sender, calls) = mpsc::channel();
        drop(stop.on_request(move || sender.send(()).expect("open")));
        stop.request();
        assert_eq!(calls.recv(), Err(mpsc::RecvError), "the callback, and its sender, are gone");
    }

    #[test]
    fn a_callback_may_drop_a_guard_and_ask_again() {
        let stop = Stop::new().expect("a pipe");
        let inner = stop.clone();
        let guard = stop.on_request(|| ());
        let _outer = stop.on_request(move || {
            drop(guard);
            inner.request();
        });
        stop.request();
        assert!(stop.is_requested());
    }

    #[test]
    fn a_sleeper_is_woken_by_the_request() {
        let stop = Stop::new().expect("a pipe");
        assert!(!stop.wait_timeout(Duration::from_millis(1)));
        let asker = stop.clone();
        let asking = thread::spawn(move || asker.request());
        assert!(stop.wait_timeout(Duration::MAX), "woken long before the end of time");
        asking.join().expect("asked");
    }
}
