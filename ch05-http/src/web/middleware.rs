//! What is done around every request.

use std::fmt;

use super::handler::Answering;
use super::request::Request;
use super::response::Response;
use super::router::Router;

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

impl Next<'_> {
    /// Goes on to the next middleware, or to the handler.
    pub async fn run(self, request: Request) -> Response {
        match self.layers {
            [] => self.router.route(request).await,
            [first, rest @ ..] => first.handle(request, Next { layers: rest, ..self }).await,
        }
    }
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Next").field("layers", &self.layers.len()).finish_non_exhaustive()
    }
}
