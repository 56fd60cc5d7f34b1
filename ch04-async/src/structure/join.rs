//! All of them: asyncio's `gather`.
//!
//! `gather(..., return_exceptions=True)` is [`join_all`]: a future that gives a `Result` gives its
//! error like any other output, and each is kept. Without that flag it is [`try_join_all`].
//!
//! Where asyncio differs: after the first error its `gather` lets the others go on, unobserved; and a
//! `gather` that is cancelled cancels them. Here plain futures end with the combinator in both cases,
//! and spawned tasks, of which it holds only the handles, go on in both.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use super::children::Children;

/// Runs all of them, and gives what they gave in the order in which they were given.
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut children: Children<F> = futures.into_iter().collect();
    let mut outputs = Vec::new();
    while let Some(one) = children.next().await {
        outputs.push(one);
    }
    in_order(outputs)
}

/// Runs all of them until one fails. The others are dropped then.
///
/// # Errors
///
/// The first that comes.
pub async fn try_join_all<F, T, E>(futures: impl IntoIterator<Item = F>) -> Result<Vec<T>, E>
where
    F: Future<Output = Result<T, E>>,
{
    let mut children: Children<F> = futures.into_iter().collect();
    let mut outputs = Vec::new();
    while let Some((number, output)) = children.next().await {
        outputs.push((number, output?));
    }
    Ok(in_order(outputs))
}

fn in_order<T>(mut outputs: Vec<(usize, T)>) -> Vec<T> {
    outputs.sort_unstable_by_key(|(number, _)| *number);
    outputs.into_iter().map(|(_, output)| output).collect()
}

/// Runs both. They may be of different types; a wake-up polls each that has not ended.
pub async fn join<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut one, mut other) = (None, None);
    poll_fn(|context| {
        keep(first.as_mut(), &mut one, context);
        keep(second.as_mut(), &mut other, context);
        match (one.take(), other.take()) {
            (Some(one), Some(other)) => Poll::Ready((one, other)),
            unfinished => {
                (one, other) = unfinished;
                Poll::Pending
            }
        }
    })
    .await
}

/// Polls a future that has not ended, and keeps what it gives.
fn keep<F: Future>(future: Pin<&mut F>, kept: &mut Option<F::Output>, context: &mut Context<'_>) {
    if kept.is_none()
        && let Poll::Ready(output) = future.poll(context)
    {
        *kept = Some(output);
    }
}
