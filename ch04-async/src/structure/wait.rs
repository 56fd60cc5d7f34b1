//! Until all, one, or an error; or until time is up: asyncio's `wait`.
//!
//! It takes no decision for the caller. What has not ended when it returns is handed back, alive,
//! and can be waited for again, dropped, or both.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::children::Children;
use super::race::{Either, race};
use crate::sleep;

/// When [`wait`] has waited enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// All have ended: asyncio's `ALL_COMPLETED`.
    AllCompleted,
    /// One has failed, or all have ended: `FIRST_EXCEPTION`. A task that was aborted has failed, too;
    /// asyncio does not count that.
    FirstException,
    /// One has ended: `FIRST_COMPLETED`.
    FirstCompleted,
}

/// Two sets, each with the futures' numbers in the order in which they were given to `wait`.
pub struct Waited<F: Future> {
    /// What those gave that have ended, in the order in which they did.
    pub done: Vec<(usize, F::Output)>,
    /// Those that have not.
    pub pending: Vec<(usize, Pin<Box<F>>)>,
}

/// Waits as long as `when` says, and no longer than `timeout`.
///
/// A timeout is no error and cancels nothing. A task's handle can be lent, as `&mut`, and is the
/// caller's again afterwards.
pub async fn wait<F, T, E>(
    futures: impl IntoIterator<Item = F>,
    when: When,
    timeout: Option<Duration>,
) -> Waited<F>
where
    F: Future<Output = Result<T, E>>,
{
    let enough = |output: &Result<T, E>| match when {
        When::AllCompleted => false,
        When::FirstException => output.is_err(),
        When::FirstCompleted => true,
    };
    wait_until(futures, enough, timeout).await
}

/// Waits until an output is `enough`, or all have ended, and no longer than `timeout`.
pub async fn wait_until<F: Future>(
    futures: impl IntoIterator<Item = F>,
    enough: impl Fn(&F::Output) -> bool,
    timeout: Option<Duration>,
) -> Waited<F> {
    let mut children: Children<F> = futures.into_iter().collect();
    let mut done = Vec::new();
    let collect = async {
        while let Some((number, output)) = children.next().await {
            let enough = enough(&output);
            done.push((number, output));
            if enough {
                break;
            }
        }
    };
    match timeout {
        Some(timeout) => drop::<Either<(), ()>>(race(collect, sleep(timeout)).await),
        None => collect.await,
    }
    // Others may have ended in the same turn.
    let context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(one)) = children.poll_next(&context) {
        done.push(one);
    }
    Waited { done, pending: children.into_pending() }
}

impl<F: Future<Output: fmt::Debug>> fmt::Debug for Waited<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pending: Vec<_> = self.pending.iter().map(|(number, _)| number).collect();
        f.debug_struct("Waited").field("done", &self.done).field("pending", &pending).finish()
    }
}
