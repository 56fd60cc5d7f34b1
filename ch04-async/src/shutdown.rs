//! An end in good order: no new connections, time for those under way, and then an end for all.
//!
//! A server that is asked to stop owes its clients the answers they wait for; and whoever asked is
//! owed an end. So there is a grace period. Whoever is not done when it is over is cancelled: the
//! task is dropped where it waits, with all that it holds.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use crate::sync::Event;
use crate::{JoinHandle, spawn, timeout};

/// The tasks of a server, and its wish to end. Clones are handles to the same.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    shared: Rc<Shared>,
}

/// How the tasks have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By themselves, before the shutdown.
    pub finished: usize,
    /// By themselves, within the grace period.
    pub drained: usize,
    /// Dropped while they waited: after the grace period, or with the runtime.
    pub cancelled: usize,
    /// By a panic.
    pub panicked: usize,
}

#[derive(Debug, Default)]
struct Shared {
    begun: Event,
    /// The last one alive has ended.
    idle: Event,
    started: Cell<u64>,
    /// Those that have not ended, in the order of their start. Without a handle only while it is
    /// being started.
    alive: RefCell<BTreeMap<u64, Option<JoinHandle<()>>>>,
    counts: Cell<Counts>,
}

impl Shutdown {
    /// Nobody has asked for the end yet.
    #[must_use]
    pub fn new() -> Shutdown {
        Shutdown::default()
    }

    /// Starts a task that the end waits for.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        let id = self.shared.started.get();
        self.shared.started.set(id + 1);
        self.shared.alive.borrow_mut().insert(id, None);
        self.shared.idle.clear();
        let mut place = Place { shared: Rc::clone(&self.shared), id, finished: false };
        let task = spawn(async move {
            future.await;
            // By a method: of `place.finished = true` the block would capture a copy of the `bool`.
            place.finish();
        });
        // Not there: a runtime that ends has dropped the task at once.
        if let Some(handle) = self.shared.alive.borrow_mut().get_mut(&id) {
            *handle = Some(task);
        }
    }

    /// Asks for the end. Only the first call does anything.
    pub fn begin(&self) {
        self.shared.begun.set();
    }

    /// Whether somebody has asked for the end.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.shared.begun.is_set()
    }

    /// Ends when somebody asks for the end. For a connection that is idle, and need not be waited
    /// for.
    pub async fn begun(&self) {
        self.shared.begun.wait().await;
    }

    /// Runs `future` until it is done, or somebody asks for the end; then it is dropped. For what
    /// takes new work in, such as a loop that accepts.
    pub async fn until_begun<F: Future>(&self, future: F) -> Option<F::Output> {
        let (mut future, mut begun) = (pin!(future), pin!(self.begun()));
        poll_fn(|context| match begun.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => future.as_mut().poll(context).map(Some),
        })
        .await
    }

    /// How many tasks have not ended.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.shared.alive.borrow().len()
    }

    /// How the others have.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counts.get()
    }

    /// Ends when no task is alive.
    pub async fn idle(&self) {
        // One may have been started between the last one's end and our turn.
        while self.alive() > 0 {
            self.shared.idle.wait().await;
        }
    }

    /// Asks for the end, gives those under way `grace_period`, and cancels the rest. When this is
    /// done, so are all tasks.
    pub async fn drain(&self, grace_period: Duration) -> Counts {
        self.begin();
        if timeout(grace_period, self.idle()).await.is_err() {
            self.cancel();
        }
        self.idle().await;
        self.counts()
    }

    /// Cancels all tasks now. Each is counted when it is dropped.
    pub fn cancel(&self) {
        self.shared.alive.borrow().values().flatten().for_each(JoinHandle::abort);
    }
}

/// A task's place among the living. It is dropped with the task, however that ends.
struct Place {
    shared: Rc<Shared>,
    id: u64,
    finished: bool,
}

impl Place {
    fn finish(&mut self) {
        self.finished = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.shared.counts.get();
        let how = match (self.finished, self.shared.begun.is_set()) {
            (true, false) => &mut counts.finished,
            (true, true) => &mut counts.drained,
            (false, _) if thread::panicking() => &mut counts.panicked,
            (false, _) => &mut counts.cancelled,
        };
        *how += 1;
        self.shared.counts.set(counts);
        let handle = self.shared.alive.borrow_mut().remove(&self.id);
        // Outside of the borrow.
        drop(handle);
        if self.shared.alive.borrow().is_empty() {
            self.shared.idle.set();
        }
    }
}
