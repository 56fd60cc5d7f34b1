//! Starting tasks, and looking at them.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

pub use crate::join::{AbortHandle, JoinError, JoinHandle};
pub use crate::report::{TaskInfo, TaskState};
use crate::runtime::with_current;
use crate::stage::{Anything, Describe, Fallible, Staged};

/// A task's number: never given twice by one runtime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) u64);

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Starts a task on the runtime that the caller runs on. It goes on by itself, beside the caller, and
/// begins when the caller next waits.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[track_caller]
pub fn spawn<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    start::<_, Anything>(future, None, Location::caller())
}

/// As [`spawn`], for a task that can fail. If it does, and the handle was dropped without a look at
/// it, the error is reported: see [`Report`](crate::Report).
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[track_caller]
pub fn spawn_fallible<T: 'static, E: fmt::Display + 'static>(
    future: impl Future<Output = Result<T, E>> + 'static,
) -> JoinHandle<Result<T, E>> {
    start::<_, Fallible>(future, None, Location::caller())
}

/// A task to be, with a name.
#[derive(Clone, Debug, Default)]
#[must_use = "no task is started before `spawn`"]
pub struct Builder {
    name: Option<Arc<str>>,
}

impl Builder {
    /// A task without a name.
    pub fn new() -> Builder {
        Builder::default()
    }

    /// How the task is called in reports and in the list of tasks.
    pub fn name(self, name: impl Into<Arc<str>>) -> Builder {
        Builder { name: Some(name.into()) }
    }

    /// As the function [`spawn`].
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn spawn<F: Future + 'static>(self, future: F) -> JoinHandle<F::Output> {
        start::<_, Anything>(future, self.name, Location::caller())
    }

    /// As the function [`spawn_fallible`].
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn spawn_fallible<T: 'static, E: fmt::Display + 'static>(
        self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> JoinHandle<Result<T, E>> {
        start::<_, Fallible>(future, self.name, Location::caller())
    }
}

fn start<F: Future + 'static, D: Describe<F::Output> + 'static>(
    future: F,
    name: Option<Arc<str>>,
    location: &'static Location<'static>,
) -> JoinHandle<F::Output> {
    let table = with_current(|runtime| Rc::clone(&runtime.table));
    let table = table.expect("a runtime on this thread");
    let (token, id) = table.spawn(Box::pin(Staged::<F, D>::new(future)), name, location);
    JoinHandle::new(table, token, id)
}

/// Lets all others who are ready have their turn.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// The task that is being polled on this thread; none outside of a runtime.
#[must_use]
pub fn current() -> Option<TaskInfo> {
    with_current(|runtime| runtime.table.running()).flatten()
}

/// All tasks of the current runtime that have not been forgotten, in the order in which they were
/// spawned. Empty outside of a runtime.
#[must_use]
pub fn all() -> Vec<TaskInfo> {
    with_current(|runtime| runtime.table.dump()).unwrap_or_default()
}
