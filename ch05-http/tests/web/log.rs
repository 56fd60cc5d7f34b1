//! The line that is written for each request.

use std::fmt::{self, Write};
use std::io;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use ch05_http::web::{AccessLog, Body, Clock, Error, Router, Source};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context as LayerContext, Layer, SubscriberExt};
use tracing_subscriber::registry;

use super::ask::{request, run};

/// The lines of the access log, without how long it took.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: LayerContext<'_, S>) {
        if event.metadata().target() == "access" {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().expect("no panic").push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "took" => {}
            "method" => _ = write!(self.0, "{value:?}"),
            _ => _ = write!(self.0, " {value:?}"),
        }
    }
}

/// Two pieces, and an error or the end.
struct Pieces {
    left: Vec<&'static str>,
    fails: bool,
}

impl Source for Pieces {
    fn poll_data(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let failed = || self.fails.then(|| Err(io::Error::other("broken")));
        Poll::Ready(self.left.pop().map(|piece| Ok(Bytes::from(piece))).or_else(failed))
    }
}

fn pieces(fails: bool) -> Body {
    Body::Stream(Box::new(Pieces { left: vec!["two", "one"], fails }))
}

fn router() -> Router {
    Router::new()
        .get("/", async || "hello\n")
        .get("/pieces", async || pieces(false))
        .get("/broken", async || pieces(true))
        .get("/error", async || -> Result<(), Error> { Err(io::Error::other("why"))? })
        .get("/panic", async || -> () { panic!("why") })
        .get("/never", async |clock: Clock| clock.sleep(Duration::MAX).await)
        .with(AccessLog)
}

/// What is logged for these requests, whose bodies are read to the end.
fn logged(requests: &[(&str, &str)]) -> Vec<String> {
    let lines = Lines::default();
    let router = router();
    tracing::subscriber::with_default(registry().with(lines.clone()), || {
        run(async {
            for (method, target) in requests {
                let request = request(method, target, &[], Body::Empty).expect("a request");
                let mut body = router.answer(request).await.body;
                if *method != "HEAD" {
                    while let Some(Ok(_)) = body.data().await {}
                }
            }
        });
    });
    let lines = lines.0.lock().expect("no panic");
    lines.clone()
}

#[test]
fn each_request_is_a_line_with_its_status_and_the_bytes_that_went_out() {
    let lines = logged(&[
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/pieces?with=query"),
        ("HEAD", "/pieces"),
        ("GET", "/broken"),
        ("GET", "/error"),
        ("GET", "/panic"),
        ("GET", "/nowhere/%0a"),
        ("POST", "/"),
    ]);
    let expected = [
        "GET / 200 6 true",
        "HEAD / 200 0 true",
        "GET /pieces 200 6 true",
        "HEAD /pieces 200 0 true",
        "GET /broken 200 6 false",
        "GET /error 500 26 true",
        "GET /panic 500 26 true",
        "GET /nowhere/%0a 404 32 true",
        "POST / 405 20 true",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn whoever_leaves_early_is_a_line_too() {
    let lines = Lines::default();
    let router = router();
    tracing::subscriber::with_default(registry().with(lines.clone()), || {
        run(async {
            let never = request("GET", "/never", &[], Body::Empty).expect("a request");
            let asked = router.answer(never);
            let gone = ch04_async::timeout(Duration::from_millis(1), asked).await;
            assert!(gone.is_err(), "it never answers");
            let half = request("GET", "/pieces", &[], Body::Empty).expect("a request");
            let mut body = router.answer(half).await.body;
            body.data().await.expect("a piece").expect("no error");
        });
    });
    let lines = lines.0.lock().expect("no panic").clone();
    assert_eq!(lines, ["GET /never 0 false", "GET /pieces 200 3 false"]);
}
