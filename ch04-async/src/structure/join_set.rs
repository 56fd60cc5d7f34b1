//! Tasks that are joined as they end, and aborted with their set.

use std::future::Future;

use super::children::Children;
use crate::task::{AbortHandle, JoinError, JoinHandle, spawn};

/// Handles of tasks that give values of one type. Dropping the set aborts those that have not ended.
#[derive(Debug)]
pub struct JoinSet<T: 'static> {
    handles: Children<JoinHandle<T>>,
}

impl<T: 'static> Default for JoinSet<T> {
    fn default() -> JoinSet<T> {
        JoinSet { handles: Children::new() }
    }
}

impl<T: 'static> JoinSet<T> {
    /// A set without tasks.
    #[must_use]
    pub fn new() -> JoinSet<T> {
        JoinSet::default()
    }

    /// Starts a task of the set.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn spawn(&mut self, future: impl Future<Output = T> + 'static) -> AbortHandle {
        let handle = spawn(future);
        let abort = handle.abort_handle();
        self.handles.push(handle);
        abort
    }

    /// How the next task has ended, in the order in which they do. `None` when all have been told.
    /// Dropped while it waits, it loses none.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        let (_, outcome) = self.handles.next().await?;
        Some(outcome)
    }

    /// Waits for all, and gives their values in the order in which they were started.
    ///
    /// # Errors
    ///
    /// The first that comes, of a task that panicked or was aborted. The others are aborted then.
    pub async fn join_all(mut self) -> Result<Vec<T>, JoinError> {
        let mut outputs = Vec::new();
        while let Some((number, outcome)) = self.handles.next().await {
            outputs.push((number, outcome?));
        }
        outputs.sort_unstable_by_key(|(number, _)| *number);
        Ok(outputs.into_iter().map(|(_, output)| output).collect())
    }

    /// Aborts all that have not ended. Each is still to be joined, and says then which it was.
    pub fn abort_all(&self) {
        self.handles.iter().for_each(JoinHandle::abort);
    }

    /// Aborts all, and waits until the last of them is dropped.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Lets all go on without the set.
    pub fn detach_all(&mut self) {
        // A handle that is dropped detaches.
        self.handles = Children::new();
    }

    /// How many were not joined.
    #[must_use]
    pub fn len(&self) -> usize {
        self.handles.len()
    }

    /// Whether all were joined.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.handles.is_empty()
    }
}

impl<T: 'static> Drop for JoinSet<T> {
    fn drop(&mut self) {
        self.abort_all();
    }
}
