//! Tasks that end before the block does, in which they were started: asyncio's `TaskGroup`.
//!
//! The block waits for all of them, also for those that they start themselves. If one fails, the
//! block and the others are cancelled, and waited for; then the failure is given. So after the block
//! there is no task of it left, and no failure that nobody has seen.
//!
//! What if the block itself is cancelled? In asyncio it learns of it by an exception, and waits for
//! its children before it passes that on. A future that is dropped cannot wait: a destructor is no
//! place to run others. So the children are aborted, and the runtime drops them at their next turn.
//! Of their code only destructors run after that, but the last of these may come a turn later than
//! the block's own. That is why a child must be `'static`, and cannot borrow from the block, though
//! it looks as if it lived within: a block that is forgotten (`mem::forget`), or dropped, is gone
//! before its children are. Futures that must borrow belong into [`join`](fn@super::join), which polls
//! them itself: they are *in* the block's future, and go with it.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::children::Children;
use super::race::{Either, race};
use crate::sync::oneshot;
use crate::task::{JoinError, JoinHandle, spawn};

/// Runs `block`, which starts tasks in the group that it is given. Ends when all have ended.
///
/// # Errors
///
/// When the block or a task of the group fails. All others have been cancelled then, and have ended.
pub async fn task_group<T, E: 'static>(
    block: impl AsyncFnOnce(&TaskGroup<E>) -> Result<T, E>,
) -> Result<T, GroupError<E>> {
    let group = TaskGroup::new();
    let _scope = Scope(&group);
    // The block's future ends with the race, so it is gone before anybody is waited for.
    let first = match race(block(&group), group.failed()).await {
        Either::Left(Ok(value)) => match group.next_failure().await {
            None => return Ok(value),
            Some(failure) => failure,
        },
        Either::Left(Err(error)) => Failure::Error(error),
        Either::Right(failure) => failure,
    };
    group.close();
    let mut others = Vec::new();
    while let Some(failure) = group.next_failure().await {
        others.push(failure);
    }
    Err(GroupError { first, others })
}

/// Starts tasks of a block. A clone is the same group, for tasks that start more of them.
pub struct TaskGroup<E: 'static> {
    shared: Rc<Shared<E>>,
}

struct Shared<E: 'static> {
    children: RefCell<Children<JoinHandle<Result<(), E>>>>,
    /// The block is over, or has failed.
    closed: Cell<bool>,
}

impl<E: 'static> TaskGroup<E> {
    fn new() -> TaskGroup<E> {
        let (children, closed) = (RefCell::new(Children::new()), Cell::new(false));
        TaskGroup { shared: Rc::new(Shared { children, closed }) }
    }

    /// Starts a task of the group. What it gives can be awaited, here or after the block. Its error
    /// ends the group.
    ///
    /// In a group that has failed, or is over, nothing starts any more: the future is dropped.
    ///
    /// # Panics
    ///
    /// Outside a [`Runtime`](crate::Runtime).
    #[track_caller]
    pub fn spawn<T: 'static>(
        &self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> oneshot::Receiver<T> {
        let (sender, value) = oneshot::channel();
        if self.shared.closed.get() {
            return value;
        }
        let handle = spawn(async move {
            // Nobody has to want the value.
            let _unwanted = sender.send(future.await?);
            Ok(())
        });
        self.shared.children.borrow_mut().push(handle);
        value
    }

    /// Waits for a child that fails. With none left it still waits: the block may start more.
    async fn failed(&self) -> Failure<E> {
        poll_fn(|context| match self.poll_failure(context) {
            Poll::Ready(Some(failure)) => Poll::Ready(failure),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        })
        .await
    }

    /// Waits for the next child that fails; `None` when all have ended.
    async fn next_failure(&self) -> Option<Failure<E>> {
        poll_fn(|context| self.poll_failure(context)).await
    }

    fn poll_failure(&self, context: &Context<'_>) -> Poll<Option<Failure<E>>> {
        loop {
            let ended = ready!(self.shared.children.borrow_mut().poll_next(context));
            match ended {
                None => return Poll::Ready(None),
                Some((_, Ok(Err(error)))) => return Poll::Ready(Some(Failure::Error(error))),
                Some((_, Err(panic))) if panic.is_panic() => {
                    return Poll::Ready(Some(Failure::Panic(panic)));
                }
                // A child that was aborted was meant to be; asyncio sees it so, too.
                Some((_, Ok(Ok(())) | Err(_))) => {}
            }
        }
    }

    /// Starts nothing any more, and aborts what has not ended.
    fn close(&self) {
        self.shared.closed.set(true);
        self.shared.children.borrow().iter().for_each(JoinHandle::abort);
    }
}

/// However the block ends, its children do, too.
struct Scope<'g, E: 'static>(&'g TaskGroup<E>);

impl<E: 'static> Drop for Scope<'_, E> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Why a part of a group failed.
#[derive(Debug)]
pub enum Failure<E> {
    /// It gave an error.
    Error(E),
    /// It panicked.
    Panic(JoinError),
}

/// Why a group failed.
#[derive(Debug)]
pub struct GroupError<E> {
    /// What came first, and ended the group.
    pub first: Failure<E>,
    /// What came after that, before the last was cancelled.
    pub others: Vec<Failure<E>>,
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Error(error) => error.fmt(f),
            Failure::Panic(panic) => panic.fmt(f),
        }
    }
}

impl<E: fmt::Display> fmt::Display for GroupError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a task of a group failed: {}", self.first)?;
        match self.others.len() {
            0 => Ok(()),
            others => write!(f, " (and {others} more)"),
        }
    }
}

impl<E: fmt::Display + fmt::Debug> Error for GroupError<E> {}

impl<E: 'static> Clone for TaskGroup<E> {
    fn clone(&self) -> TaskGroup<E> {
        TaskGroup { shared: Rc::clone(&self.shared) }
    }
}

impl<E: 'static> fmt::Debug for TaskGroup<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.shared.children.borrow().len();
        f.debug_struct("TaskGroup").field("running", &running).finish_non_exhaustive()
    }
}
