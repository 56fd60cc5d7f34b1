//! A task's future, and later its output, in one box.
//!
//! The table of tasks does not know what its tasks give; their join handles do. So what they give
//! stays in the box where the future was, and is handed over by way of [`Any`], which makes sure
//! that both mean the same type. It is one allocation for both.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use pin_project_lite::pin_project;

use crate::join::JoinError;

/// How a task ended.
pub(crate) type Outcome<T> = Result<T, JoinError>;

/// What the table can do with a task of any type.
pub(crate) trait Stage {
    /// Says who is to be woken for it. Before the first poll.
    fn set_waker(self: Pin<&mut Self>, waker: Waker);

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

/// Says in words what is wrong with an output, if anything is.
pub(crate) type Describe<T> = fn(&T) -> Option<String>;

pin_project! {
    /// A future with its output, and the waker that is lent out for each poll. It is made once, so
    /// waking allocates nothing.
    pub(crate) struct Staged<F>
    where
        F: Future,
    {
        #[pin]
        play: Play<F>,
        waker: Option<Waker>,
        describe: Describe<F::Output>,
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

impl<F: Future> Staged<F> {
    pub(crate) fn new(future: F, describe: Describe<F::Output>) -> Staged<F> {
        Staged { play: Play::Running { future }, waker: None, describe }
    }

    fn end(self: Pin<&mut Self>, outcome: Outcome<F::Output>) {
        let this = self.project();
        // No more polls. And the header can be used again, when this was the last waker.
        *this.waker = None;
        // Drops the future where it is. Should that panic, the outcome is in its place nevertheless.
        let mut play = this.play;
        play.set(Play::Ended { outcome: Some(outcome) });
    }
}

impl<F: Future<Output: 'static>> Stage for Staged<F> {
    fn set_waker(self: Pin<&mut Self>, waker: Waker) {
        *self.project().waker = Some(waker);
    }

    fn poll(mut self: Pin<&mut Self>) -> Poll<()> {
        let this = self.as_mut().project();
        if let (Scene::Running { future }, Some(waker)) = (this.play.project(), &*this.waker) {
            let output = ready!(future.poll(&mut Context::from_waker(waker)));
            self.end(Ok(output));
        }
        Poll::Ready(())
    }

    fn fail(self: Pin<&mut Self>, error: JoinError) {
        self.end(Err(error));
    }

    fn take(self: Pin<&mut Self>, place: &mut dyn Any) {
        let place = place.downcast_mut::<Option<Outcome<F::Output>>>();
        let Scene::Ended { outcome } = self.project().play.project() else { return };
        *place.expect("the handle has its task's type") = outcome.take();
    }

    fn failure(&self) -> Option<Failure> {
        let Play::Ended { outcome: Some(outcome) } = &self.play else { return None };
        match outcome {
            Ok(output) => (self.describe)(output).map(Failure::Error),
            Err(error) => error.panic_message().map(Failure::Panic),
        }
    }
}
