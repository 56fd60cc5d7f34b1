//! A task's future, and later its output, in one box.
//!
//! The table of tasks does not know what its tasks give; their join handles do. So what they give
//! stays in the box where the future was, and is handed over by way of [`Any`], which makes sure
//! that both mean the same type. It is one allocation for both.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::join::JoinError;

/// How a task ended.
pub(crate) type Outcome<T> = Result<T, JoinError>;

/// What the table can do with a task of any type.
pub(crate) trait Stage {
    /// Goes on with the future. Ready: the output is here, and the future is dropped.
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()>;

    /// Drops the future, if it is still there, and puts `error` in the place of the output.
    fn fail(self: Pin<&mut Self>, error: JoinError);

    /// Moves the outcome to `place`, which is an `Option<Outcome<T>>` of the same `T`.
    fn take(self: Pin<&mut Self>, place: &mut dyn Any);

    /// What somebody should have looked at, if there is such a thing.
    fn failure(&self) -> Option<Failure>;
}

/// A panic or an error, in words.
#[derive(Debug)]
pub(crate) enum Failure {
    Panic(String),
    Error(String),
}

/// Says in words what is wrong with an output, if anything is.
pub(crate) type Describe<T> = fn(&T) -> Option<String>;

pin_project! {
    #[project = Projected]
    pub(crate) enum Staged<F>
    where
        F: Future,
    {
        Running { #[pin] future: F, describe: Describe<F::Output> },
        Ended { outcome: Option<Outcome<F::Output>>, describe: Describe<F::Output> },
    }
}

impl<F: Future> Staged<F> {
    pub(crate) fn new(future: F, describe: Describe<F::Output>) -> Staged<F> {
        Staged::Running { future, describe }
    }

    fn end(mut self: Pin<&mut Self>, outcome: Outcome<F::Output>) {
        let (Staged::Running { describe, .. } | Staged::Ended { describe, .. }) = &*self;
        let describe = *describe;
        // Drops the future where it is. Should that panic, the outcome is in its place nevertheless.
        self.set(Staged::Ended { outcome: Some(outcome), describe });
    }
}

impl<F: Future<Output: 'static>> Stage for Staged<F> {
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if let Projected::Running { future, .. } = self.as_mut().project() {
            let output = ready!(future.poll(context));
            self.end(Ok(output));
        }
        Poll::Ready(())
    }

    fn fail(self: Pin<&mut Self>, error: JoinError) {
        self.end(Err(error));
    }

    fn take(self: Pin<&mut Self>, place: &mut dyn Any) {
        let place = place.downcast_mut::<Option<Outcome<F::Output>>>();
        let Projected::Ended { outcome, .. } = self.project() else { return };
        *place.expect("the handle has its task's type") = outcome.take();
    }

    fn failure(&self) -> Option<Failure> {
        let Staged::Ended { outcome: Some(outcome), describe } = self else { return None };
        match outcome {
            Ok(output) => describe(output).map(Failure::Error),
            Err(error) => error.panic_message().map(Failure::Panic),
        }
    }
}
