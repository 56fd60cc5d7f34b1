//! A line for each request.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::body::{Body, Source};
use super::clock::Clock;
use super::handler::Answering;
use super::middleware::{Middleware, Next};
use super::request::Request;

/// A middleware that tells [`tracing`] of each request, at the level `INFO` with the target
/// `access`: its method, path and status, the bytes of its body that were given out, whether that
/// is all of it, and how long it took until its body had ended. Without a status, the client was
/// gone before there was one.
///
/// If nobody listens, it costs a look at an atomic.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccessLog;

impl Middleware for AccessLog {
    fn handle<'a>(&'a self, request: Request, next: Next<'a>) -> Answering<'a> {
        let clock = request.clock();
        let mut line = Line {
            method: request.method().clone(),
            path: request.path().to_owned(),
            status: None,
            clock,
            began: clock.now(),
            bytes: 0,
            whole: false,
        };
        Box::pin(async move {
            let mut response = next.run(request).await;
            line.status = Some(response.status);
            response.body = match response.body {
                body if line.method == Method::HEAD => {
                    line.end(0);
                    body
                }
                // What is there, or lies in a file, is not watched on its way out.
                body @ (Body::Empty | Body::Bytes(_) | Body::File(_)) => {
                    line.end(body.length().unwrap_or(0));
                    body
                }
                Body::Stream(source) => Body::Stream(Box::new(Watched { source, line })),
            };
            response
        })
    }

    fn applies(&self) -> bool {
        tracing::enabled!(target: "access", tracing::Level::INFO)
    }
}

/// What is known of a request. It is told when there is no more to know.
struct Line {
    method: Method,
    path: String,
    status: Option<StatusCode>,
    clock: Clock,
    began: Instant,
    bytes: u64,
    whole: bool,
}

impl Line {
    /// All of it, so many bytes, is given out.
    fn end(mut self, bytes: u64) {
        self.bytes = bytes;
        self.whole = true;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        tracing::info!(
            target: "access",
            method = %self.method,
            // What a stranger wrote must not look like a line of ours.
            path = %self.path.escape_default(),
            status = self.status.map(|status| status.as_u16()),
            bytes = self.bytes,
            whole = self.whole,
            took = ?self.clock.now().saturating_duration_since(self.began),
        );
    }
}

/// A body on its way out. Dropped before its end, it was not whole.
struct Watched {
    source: Box<dyn Source>,
    line: Line,
}

impl Source for Watched {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let data = self.source.poll_data(context);
        match &data {
            Poll::Ready(Some(Ok(data))) => {
                self.line.bytes += data.len() as u64;
                // A carrier that knows the length does not ask for what is behind it.
                self.line.whole = self.source.length() == Some(0);
            }
            Poll::Ready(None) => self.line.whole = true,
            _ => {}
        }
        data
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }
}
