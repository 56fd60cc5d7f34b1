//! The application that every server of this chapter serves.
//!
//! ```text
//! GET /, HEAD /           200, a greeting
//! POST /echo              200, the request's body, sent back while it comes
//! GET /delay/{ms}         200, after so many milliseconds
//! GET /files/{*path}      200, a file of this chapter's folder `files`, or a part of it
//! GET /error              500, by an error
//! GET /panic              500, by a panic
//! ```
//!
//! It knows no socket and no runtime. So a model chooses only how to carry it.

use std::io;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::web::{AccessLog, Body, Clock, Error, Files, Path, Request, Router, Source};

/// What `GET /` says.
pub const GREETING: &str = "hello\n";

/// The longest delay that may be asked for, in milliseconds; more is a 400. It is a stranger who
/// asks, and each one who waits is a connection of ours.
pub const DELAY_MS_MAX: u64 = 10_000;

/// The files that are served when nobody says otherwise.
pub(crate) const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/files");

/// The application, and its count of the bytes that it echoed. A clone is the same one.
#[derive(Clone, Debug)]
pub struct App {
    router: Arc<Router>,
    echoed: Arc<AtomicU64>,
}

impl App {
    /// The application with the files of this chapter.
    ///
    /// # Errors
    ///
    /// When they are not where they were when it was built.
    pub fn new() -> io::Result<App> {
        App::with_files(FILES)
    }

    /// The application with the files of another folder.
    ///
    /// # Errors
    ///
    /// When there is no such folder.
    // ANCHOR: routes
    pub fn with_files(folder: impl AsRef<FilePath>) -> io::Result<App> {
        let files = Files::new(folder)?;
        let echoed = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&echoed);
        let router = Router::new()
            .get("/", || GREETING)
            .post("/echo", async move |body: Body| echo(body, Arc::clone(&count)).await)
            .get("/delay/{ms}", delay)
            .get("/files/{*path}", async move |request: Request| files.serve(&request))
            .get("/error", async || -> Result<(), Error> { Err(io::Error::other("asked for"))? })
            .get("/panic", panics)
            .with(AccessLog);
        Ok(App { router: Arc::new(router), echoed })
    }
    // ANCHOR_END: routes

    /// What answers the requests.
    #[must_use]
    pub fn router(&self) -> &Router {
        &self.router
    }

    /// Bytes of `/echo` bodies that were handed over to be sent, so far.
    #[must_use]
    pub fn bytes_echoed(&self) -> u64 {
        self.echoed.load(Relaxed)
    }
}

/// Another application, which echoes nothing.
impl From<Router> for App {
    fn from(router: Router) -> App {
        App { router: Arc::new(router), echoed: Arc::default() }
    }
}

/// As a fault of ours would be.
async fn panics() {
    panic!("asked for");
}

async fn delay(Path(ms): Path<u64>, clock: Clock) -> Result<String, Error> {
    if ms > DELAY_MS_MAX {
        return Err(Error::bad_request(format!("a delay is of at most {DELAY_MS_MAX} ms")));
    }
    clock.sleep(Duration::from_millis(ms)).await;
    Ok(format!("after {ms} ms\n"))
}

/// The answer begins when the body does. A client that waits for "100 Continue" gets it that way
/// before the 200 (RFC 9110, section 10.1.1), and a body that is wrong from its first byte gets a
/// 400.
async fn echo(mut body: Body, echoed: Arc<AtomicU64>) -> Result<Body, Error> {
    let first = match body.data().await {
        None => return Ok(Body::Empty),
        Some(first) => first.map_err(|error| Error::of_body(&error))?,
    };
    Ok(Body::Stream(Box::new(Echo { first: Some(first), rest: body, echoed })))
}

/// A request's body on its way back. One piece is all that is kept.
///
/// So a client must read while it sends, once its body is larger than the kernels' buffers on the
/// way; one that sends it all first waits for itself.
struct Echo {
    first: Option<Bytes>,
    rest: Body,
    echoed: Arc<AtomicU64>,
}

// ANCHOR: echo
impl Source for Echo {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let data = match self.first.take() {
            Some(first) => Poll::Ready(Some(Ok(first))),
            None => self.rest.poll_data(context),
        };
        if let Poll::Ready(Some(Ok(data))) = &data {
            self.echoed.fetch_add(data.len() as u64, Relaxed);
        }
        data
    }

    /// Known when the request's was: a sized body goes back with its size, a chunked one in chunks.
    fn length(&self) -> Option<u64> {
        let first = self.first.as_ref().map_or(0, |first| first.len() as u64);
        Some(first + self.rest.length()?)
    }
}
// ANCHOR_END: echo
