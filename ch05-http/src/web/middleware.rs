//! What is done around every request.

use std::fmt;

use super::handler::Answering;
use super::request::Request;
use super::router::{Answer, Router};

/// Something between a request's arrival and its handler: it may look at the request, answer it
/// itself, and change the response. Functions of this form are middleware:
///
/// ```
/// use ch05_http::web::{Next, Request, Response, Router};
/// use std::pin::Pin;
///
/// fn twice(request: Request, next: Next<'_>) -> Pin<Box<dyn Future<Output = Response> + '_>> {
///     Box::pin(async move {
///         let mut response = next.run(request).await;
///         response.fields.retain(|(name, _)| name != "server");
///         response
///     })
/// }
///
/// let router = Router::new().with(twice);
/// ```
pub trait Middleware: Send + Sync + 'static {
    /// Answers the request, by [`Next::run`] or without it.
    fn handle<'a>(&'a self, request: Request, next: Next<'a>) -> Answering<'a>;

    /// Whether it has anything to do with a request that comes now. One that has not is passed by,
    /// and costs no more than this.
    fn applies(&self) -> bool {
        true
    }
}

impl<F> Middleware for F
where
    F: for<'a> Fn(Request, Next<'a>) -> Answering<'a> + Send + Sync + 'static,
{
    fn handle<'a>(&'a self, request: Request, next: Next<'a>) -> Answering<'a> {
        self(request, next)
    }
}

/// The rest of the way to the handler.
#[derive(Clone, Copy)]
pub struct Next<'a> {
    pub(super) router: &'a Router,
    pub(super) layers: &'a [Box<dyn Middleware>],
}

impl<'a> Next<'a> {
    /// Goes on to the next middleware that has something to do now, or to the handler.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "requests and answers are large to hand over")]
    pub fn run(self, request: Request) -> Answer<'a> {
        let mut layers = self.layers;
        while let [first, rest @ ..] = layers {
            layers = rest;
            if first.applies() {
                return Answer::making(|| first.handle(request, Next { layers, ..self }));
            }
        }
        self.router.route(request)
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
