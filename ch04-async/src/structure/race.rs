//! The first of them. Those that lost are dropped, which cancels them; a spawned task goes on.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::children::Children;

/// Which of two came first, and what it gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first one.
    Left(A),
    /// The second one.
    Right(B),
}

/// Runs both until one ends. When both could, the first one counts: put there what must not be
/// missed, such as a request to stop.
pub async fn race<A: Future, B: Future>(first: A, second: B) -> Either<A::Output, B::Output> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Either::Left(output)),
        Poll::Pending => second.as_mut().poll(context).map(Either::Right),
    })
    .await
}

/// Runs all of them until one ends: its number, and what it gave. `None` when there are none.
pub async fn race_all<F: Future>(
    futures: impl IntoIterator<Item = F>,
) -> Option<(usize, F::Output)> {
    let mut children: Children<F> = futures.into_iter().collect();
    children.next().await
}
