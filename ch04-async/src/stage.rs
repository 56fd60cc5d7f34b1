//! A task's future, and later its output, in one box.
//!
//! The table of tasks does not know what its tasks give; their join handles do. So what they give
//! stays in the box where the future was, and is handed over by way of [`Any`], which makes sure
//! that both mean the same type. It is one allocation for both.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use crate::join::JoinError;

/// How a task ended.
pub(crate) type Outcome<T> = Result<T, JoinError>;

/// What the table can do with a task of any type.
pub(crate) trait Stage {
    /// Says who is to be woken for it, and who was so far. Before the first poll, and after the last.
    fn change_waker(self: Pin<&mut Self>, waker: Waker) -> Waker;

    /// Goes on with the future. Ready: the output is here, and the future is dropped.
    fn poll(self: Pin<&mut Self>) -> Poll<()>;

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

/// Says in words what is wrong with an output, if anything is. A type, and not a value: it takes no
/// memory in each task.
pub(crate) trait Describe<T> {
    fn describe(output: &T) -> Option<String>;
}

/// Nothing can be wrong.
pub(crate) struct Anything;

/// An error is wrong.
pub(crate) struct Fallible;

impl<T> Describe<T> for Anything {
    fn describe(_: &T) -> Option<String> {
        None
    }
}

impl<T, E: fmt::Display> Describe<Result<T, E>> for Fallible {
    fn describe(output: &Result<T, E>) -> Option<String> {
        output.as_ref().err().map(E::to_string)
    }
}

pin_project! {
    /// A future with its output, and the waker that is lent out for each poll. It is made once, so
    /// waking allocates nothing.
    pub(crate) struct Staged<F, D>
    where
        F: Future,
    {
        #[pin]
        play: Play<F>,
        waker: Waker,
        describe: PhantomData<D>,
    }
}

pin_project! {
    #[project = Scene]
    enum Play<F>
    where
        F: Future,
    {
        Running { #[pin] future: F },
        Ended { outcome: Option<Outcome<F::Output>> },
    }
}

impl<F: Future, D> Staged<F, D> {
    pub(crate) fn new(future: F) -> Staged<F, D> {
        let play = Play::Running { future };
        Staged { play, waker: Waker::noop().clone(), describe: PhantomData }
    }
}

impl<F: Future<Output: 'static>, D: Describe<F::Output>> Stage for Staged<F, D> {
    fn change_waker(self: Pin<&mut Self>, waker: Waker) -> Waker {
        mem::replace(self.project().waker, waker)
    }

    fn poll(self: Pin<&mut Self>) -> Poll<()> {
        let mut this = self.project();
        if let Scene::Running { future } = this.play.as_mut().project() {
            let output = ready!(future.poll(&mut Context::from_waker(this.waker)));
            // Drops the future where it is. Should that panic, the output is in its place
            // nevertheless.
            this.play.set(Play::Ended { outcome: Some(Ok(output)) });
        }
        Poll::Ready(())
    }

    fn fail(self: Pin<&mut Self>, error: JoinError) {
        self.project().play.set(Play::Ended { outcome: Some(Err(error)) });
    }

    fn take(self: Pin<&mut Self>, place: &mut dyn Any) {
        let place = place.downcast_mut::<Option<Outcome<F::Output>>>();
        let Scene::Ended { outcome } = self.project().play.project() else { return };
        *place.expect("the handle has its task's type") = outcome.take();
    }

    fn failure(&self) -> Option<Failure> {
        let Play::Ended { outcome: Some(outcome) } = &self.play else { return None };
        match outcome {
            Ok(output) => D::describe(output).map(Failure::Error),
            Err(error) => error.panic_message().map(Failure::Panic),
        }
    }
}
