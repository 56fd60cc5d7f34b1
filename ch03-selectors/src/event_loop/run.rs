//! One iteration: wait, collect what is due, call it.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use super::deferred::Deferred;
use super::fault::Fault;
use super::handle::Handle;
use super::{EventLoop, WAKE};

impl EventLoop {
    /// Runs until [`EventLoop::stop`], and through the whole iteration in which that is called.
    /// Asked to stop already, it runs one iteration, and does not wait in it.
    ///
    /// # Errors
    ///
    /// What the selector said; none is to be expected.
    ///
    /// # Panics
    ///
    /// When the loop runs already: a callback would wait here for itself.
    pub fn run_forever(&self) -> io::Result<()> {
        assert!(!self.inner.running.replace(true), "this loop is running already");
        let outcome = loop {
            if let Err(error) = self.run_once() {
                break Err(error);
            }
            if self.inner.stopping.take() {
                break Ok(());
            }
        };
        self.inner.running.set(false);
        outcome
    }

    /// Runs until the result is there, and takes it.
    ///
    /// # Errors
    ///
    /// [`RunError::Stopped`] when the loop was stopped before; it may be run on.
    /// [`RunError::Abandoned`] when nobody will give the result any more.
    ///
    /// # Panics
    ///
    /// When the loop runs already.
    pub fn run_until_complete<T>(&self, deferred: &Deferred<T>) -> Result<T, RunError> {
        // If the loop is stopped first, this callback must not stop it another time.
        let waiting = Rc::new(Cell::new(true));
        let still_waiting = Rc::clone(&waiting);
        deferred.set_callback(Some(Box::new(move |event_loop| {
            if still_waiting.get() {
                event_loop.stop();
            }
        })));
        let outcome = self.run_forever();
        waiting.set(false);
        deferred.set_callback(None);
        outcome.map_err(RunError::Select)?;
        match deferred.take() {
            Some(Ok(value)) => Ok(value),
            Some(Err(_)) => Err(RunError::Abandoned),
            None => Err(RunError::Stopped),
        }
    }

    /// Asks the loop to end after this iteration.
    pub fn stop(&self) {
        self.inner.stopping.set(true);
    }

    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.inner.running.get()
    }

    fn run_once(&self) -> io::Result<()> {
        let inner = &*self.inner;
        {
            let events = &mut *inner.events.borrow_mut();
            inner.selector.select(events, self.timeout())?;
            for event in &*events {
                if event.token == WAKE {
                    self.take_remote_calls();
                } else {
                    inner.watches.ready(event, |handle| self.push(handle));
                }
            }
        }
        if !inner.timers.is_empty() {
            // One look at the clock: a timer that a callback makes for now is for the next
            // iteration, as everything that a callback asks for.
            let now = self.time();
            while let Some(handle) = inner.timers.pop_due(now) {
                self.push(handle);
            }
        }
        // Only those that are here now. What they ask for waits for another look at the
        // descriptors and the clock.
        let count = inner.ready.borrow().len();
        for _ in 0..count {
            let next = inner.ready.borrow_mut().pop_front();
            let Some(handle) = next else { break };
            self.call(&handle);
        }
        Ok(())
    }

    /// How long the selector may sleep.
    fn timeout(&self) -> Option<Duration> {
        if self.inner.stopping.get() || !self.inner.ready.borrow().is_empty() {
            return Some(Duration::ZERO);
        }
        self.inner.timers.until_next(|| self.time())
    }

    fn take_remote_calls(&self) {
        // First the wake-up, then the calls: one that comes in between wakes us again.
        self.inner.wake.clear();
        for call in self.inner.remote.take() {
            self.push(Handle::once(call, Location::caller()));
        }
    }

    fn call(&self, handle: &Handle) {
        let threshold = self.inner.slow_callback.get();
        let began = threshold.map(|threshold| (threshold, self.time()));
        if let Err(payload) = handle.run(self) {
            self.call_exception_handler(&Fault::panic(&*payload, handle.made_at()));
        }
        if let Some((threshold, began)) = began {
            let took = self.time().saturating_duration_since(began);
            if took >= threshold {
                self.call_exception_handler(&Fault::Slow { took, made_at: handle.made_at() });
            }
        }
    }
}

/// Why [`EventLoop::run_until_complete`] has no result.
#[derive(Debug)]
pub enum RunError {
    /// The loop was stopped before the result was there.
    Stopped,
    /// The promise was dropped, so there will be no result.
    Abandoned,
    /// The selector failed.
    Select(io::Error),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Stopped => f.write_str("the loop was stopped before the result was there"),
            RunError::Abandoned => f.write_str("whoever had promised the result gave it up"),
            RunError::Select(error) => write!(f, "waiting: {error}"),
        }
    }
}

impl Error for RunError {}
