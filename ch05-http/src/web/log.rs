//! A line for each request.

use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::body::{Body, Source};
use super::clock::Clock;
use super::handler::Answering;
use super::middleware::Next;
use super::request::Request;

/// A middleware that tells [`tracing`] of each request, at the level `INFO` with the target
/// `access`: its method, path and status, the bytes of its body that were given out, how long it
/// took until its body had ended, and whether that is all of it.
///
/// If nobody listens, it costs a look at an atomic.
pub fn access_log(request: Request, next: Next<'_>) -> Answering<'_> {
    if !tracing::enabled!(target: "access", tracing::Level::INFO) {
        return Box::pin(next.run(request));
    }
    let clock = request.clock();
    let line = Line {
        method: request.method().clone(),
        path: request.path().to_owned(),
        status: StatusCode::default(),
        clock,
        began: clock.now(),
        bytes: 0,
        whole: false,
    };
    Box::pin(async move {
        let mut response = next.run(request).await;
        let line = Line { status: response.status, ..line };
        response.body = match response.body {
            // What is there, or lies in a file, is not watched on its way out.
            body @ (Body::Empty | Body::Bytes(_) | Body::File(_)) => {
                line.end(body.length().unwrap_or(0), true);
                body
            }
            Body::Stream(source) => Body::Stream(Box::new(Watched { source, line: Some(line) })),
        };
        response
    })
}

struct Line {
    method: Method,
    path: String,
    status: StatusCode,
    clock: Clock,
    began: Instant,
    bytes: u64,
    whole: bool,
}

impl Line {
    fn end(mut self, bytes: u64, whole: bool) {
        (self.bytes, self.whole) = (self.bytes + bytes, whole);
        tracing::info!(
            target: "access",
            method = %self.method,
            path = %self.path.escape_default(),
            status = self.status.as_u16(),
            bytes = self.bytes,
            whole = self.whole,
            took = ?self.clock.now().saturating_duration_since(self.began),
        );
    }
}

/// A body on its way out. Dropped before its end, it was not whole.
struct Watched {
    source: Box<dyn Source>,
    line: Option<Line>,
}

impl Source for Watched {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let data = self.source.poll_data(context);
        match &data {
            Poll::Ready(Some(Ok(data))) => {
                if let Some(line) = &mut self.line {
                    line.bytes += data.len() as u64;
                }
            }
            Poll::Ready(None) => {
                if let Some(line) = self.line.take() {
                    line.end(0, true);
                }
            }
            _ => {}
        }
        data
    }

    fn length(&self) -> Option<u64> {
        self.source.length()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(line) = self.line.take() {
            // A carrier that knows the length does not ask for what is behind it.
            line.end(0, self.source.length() == Some(0));
        }
    }
}
