//! Functions that answer.

use std::future::Future;
use std::pin::Pin;

use super::extract::FromRequest;
use super::request::Request;
use super::response::{IntoResponse, Response};
use super::router::Answer;

/// The future of a handler or a middleware. It stays on its thread, so it need not be `Send`.
pub(super) type Answering<'a> = Pin<Box<dyn Future<Output = Response> + 'a>>;

/// An async function that takes what it wants of a request, and gives what becomes a response:
/// `async fn(A, B) -> R`, where A and B are [`FromRequest`] and R is [`IntoResponse`]. Up to three
/// arguments are taken, from left to right; or the whole [`Request`].
///
/// What needs neither to wait nor to know anything of the request can be a function that is not async,
/// `fn() -> R`: its answer is there at once, and no future has to be kept for it.
///
/// `Arguments` tells the implementations apart: one type could be a function of several kinds.
pub trait Handler<Arguments>: Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: Request) -> Answer<'_>;
}

/// Marks a handler that is not async.
#[derive(Debug)]
pub struct AtOnce;

impl<F, R> Handler<AtOnce> for F
where
    F: Fn() -> R + Send + Sync + 'static,
    R: IntoResponse,
{
    fn answer(&self, _request: Request) -> Answer<'_> {
        Answer::at_once(|| self().into_response())
    }
}

/// Marks a handler that takes the whole request.
#[derive(Debug)]
pub struct Whole;

impl<F, R> Handler<Whole> for F
where
    F: AsyncFn(Request) -> R + Send + Sync + 'static,
    R: IntoResponse,
{
    fn answer(&self, request: Request) -> Answer<'_> {
        Answer::coming(Box::pin(async move { self(request).await.into_response() }))
    }
}

macro_rules! handler {
    ($($argument:ident)*) => {
        impl<F, R, $($argument,)*> Handler<($($argument,)*)> for F
        where
            F: AsyncFn($($argument),*) -> R + Send + Sync + 'static,
            R: IntoResponse,
            $($argument: FromRequest + 'static,)*
        {
            #[allow(non_snake_case, unused_mut, unused_variables, reason = "one macro for all")]
            fn answer(&self, mut request: Request) -> Answer<'_> {
                Answer::coming(Box::pin(async move {
                    $(
                        let $argument = match $argument::from_request(&mut request).await {
                            Ok(argument) => argument,
                            Err(error) => return error.into_response(),
                        };
                    )*
                    self($($argument),*).await.into_response()
                }))
            }
        }
    };
}

handler! {}
handler! { A }
handler! { A B }
handler! { A B C }
