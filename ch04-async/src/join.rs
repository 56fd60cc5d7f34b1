//! Waiting for a task to end, and ending it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use ch03_selectors::Token;

use crate::budget::poll_budget;
use crate::stage::Outcome;
use crate::table::Table;
use crate::task::TaskId;
use crate::waker::Header;

/// A spawned task. Awaiting it gives what the task gave, or how it failed. Dropping it lets the task
/// go on alone.
pub struct JoinHandle<T> {
    table: Rc<Table>,
    /// Once the outcome was taken, [`TAKEN`].
    token: Token,
    id: TaskId,
    output: PhantomData<fn() -> T>,
}

/// No task's name, as [`NOBODY`](crate::table::NOBODY).
const TAKEN: Token = Token { index: u32::MAX, generation: u32::MAX };

impl<T> JoinHandle<T> {
    pub(crate) fn new(table: Rc<Table>, token: Token, id: TaskId) -> JoinHandle<T> {
        JoinHandle { table, token, id, output: PhantomData }
    }

    /// Has the task dropped where it waits, at its next turn. One that has ended already is not
    /// changed by it. Await the handle to know when it is done, and which of the two it was.
    pub fn abort(&self) {
        if let Some(header) = self.table.header_of(self.token) {
            header.abort();
        }
    }

    /// The means to abort the task, to be kept apart from the handle, by any thread.
    #[must_use]
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle { header: self.table.header_of(self.token) }
    }

    /// Whether the task has ended, in one way or the other.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.table.has_ended(self.token)
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// The task's name. None when it has none, or its outcome was taken already.
    #[must_use]
    pub fn name(&self) -> Option<Arc<str>> {
        self.table.name_of(self.token)
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// When it has given the outcome before.
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        assert_ne!(self.token, TAKEN, "a join handle was polled after it was done");
        ready!(poll_budget(context));
        let mut outcome: Option<Outcome<T>> = None;
        ready!(self.table.join(self.token, context, &mut outcome));
        self.token = TAKEN;
        // A table that does not know the task is one whose runtime was dropped.
        let cancelled = || Err(JoinError::cancelled(Who::new(self.id, None)));
        Poll::Ready(outcome.unwrap_or_else(cancelled))
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        if self.token != TAKEN {
            self.table.detach(self.token);
        }
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Aborts a task, from any thread and at any time.
#[derive(Clone, Debug)]
pub struct AbortHandle {
    header: Option<Arc<Header>>,
}

impl AbortHandle {
    /// As [`JoinHandle::abort`].
    pub fn abort(&self) {
        if let Some(header) = &self.header {
            header.abort();
        }
    }

    /// As [`JoinHandle::is_finished`].
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.header.as_ref().is_none_or(|header| header.is_finished())
    }
}

/// A task by number and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) id: TaskId,
    pub(crate) name: Option<Arc<str>>,
}

impl Who {
    pub(crate) fn new(id: TaskId, name: Option<Arc<str>>) -> Who {
        Who { id, name }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "task {} ({name})", self.id),
            None => write!(f, "task {}", self.id),
        }
    }
}

/// Why a task gave nothing.
#[derive(Debug)]
pub struct JoinError {
    /// One word: each task has room for one of these beside its output.
    fate: Box<Fate>,
}

#[derive(Debug)]
struct Fate {
    who: Who,
    cause: Cause,
}

enum Cause {
    Cancelled,
    /// A panic's payload is `Send`, and the lock makes it `Sync`, as errors are expected to be.
    Panic(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    pub(crate) fn cancelled(who: Who) -> JoinError {
        JoinError { fate: Box::new(Fate { who, cause: Cause::Cancelled }) }
    }

    pub(crate) fn panic(who: Who, payload: Box<dyn Any + Send>) -> JoinError {
        JoinError { fate: Box::new(Fate { who, cause: Cause::Panic(Mutex::new(payload)) }) }
    }

    /// The task was aborted, or its runtime dropped.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self.fate.cause, Cause::Cancelled)
    }

    /// The task panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        matches!(self.fate.cause, Cause::Panic(_))
    }

    /// What the task panicked with, to go on with [`resume_unwind`](std::panic::resume_unwind).
    ///
    /// # Panics
    ///
    /// When the task did not panic.
    #[must_use]
    pub fn into_panic(self) -> Box<dyn Any + Send> {
        match self.fate.cause {
            Cause::Panic(payload) => payload.into_inner().unwrap_or_else(PoisonError::into_inner),
            Cause::Cancelled => panic!("{self} and did not panic"),
        }
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.fate.who.id
    }

    pub(crate) fn panic_message(&self) -> Option<String> {
        let Cause::Panic(payload) = &self.fate.cause else { return None };
        Some(message_of(&**payload.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic_message() {
            Some(message) => write!(f, "{} panicked: {message}", self.fate.who),
            None => write!(f, "{} was cancelled", self.fate.who),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Cause::Cancelled) { "Cancelled" } else { "Panic" })
    }
}

impl Error for JoinError {}

/// The text of a panic: nearly always a string of one of two types (`std::panic::PanicHookInfo`).
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}
