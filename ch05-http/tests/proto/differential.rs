//! hyper is asked the same: the same bytes must be the same requests with the same bodies.
//!
//! Where we differ, it is because we are stricter, for a reason that has a name ([`stricter`]); we
//! never take what hyper refuses. The scripts are those below, and thousands
//! that were made of them by small changes.

use std::cell::RefCell;
use std::convert::Infallible;
use std::rc::Rc;

use ch05_http::proto::{Fault, Limits, RequestHead};
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::replay::{Event, fault, requests_cut};

/// A request that came whole.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Whole {
    method: String,
    target: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// What hyper makes of a script.
async fn hypers(script: &[u8]) -> Vec<Whole> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let answer = |request: Request<Incoming>| {
        let seen = Rc::clone(&seen);
        async move {
            let (parts, body) = request.into_parts();
            let fields = parts.headers.iter();
            let fields = fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
            let (method, target) = (parts.method.to_string(), parts.uri.to_string());
            let mut fields: Vec<_> = fields.collect();
            fields.sort();
            if let Ok(body) = body.collect().await {
                let body = body.to_bytes().to_vec();
                seen.borrow_mut().push(Whole { method, target, fields, body });
            }
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    };
    let (mut ours, theirs) = tokio::io::duplex(1 << 20);
    let mut settings = http1::Builder::new();
    let serve =
        settings.half_close(true).serve_connection(TokioIo::new(theirs), service_fn(answer));
    let ask = async {
        ours.write_all(script).await.expect("room");
        ours.shutdown().await.expect("an end");
        let mut answers = Vec::new();
        // However it ends.
        let _ = ours.read_to_end(&mut answers).await;
    };
    let _ = tokio::join!(serve, ask);
    seen.take()
}

/// What we make of it, and the fault in which it ends.
fn ours(script: &[u8]) -> (Vec<Whole>, Option<Fault>) {
    let events = requests_cut(script, usize::MAX, Limits::default());
    let (mut whole, mut coming) = (Vec::new(), None);
    for event in &events {
        match event {
            Event::Head(head) => {
                let fields = head.fields().iter();
                let fields =
                    fields.map(|(name, value)| (name.to_ascii_lowercase(), value.to_vec()));
                let mut fields: Vec<_> = fields.collect();
                fields.sort();
                let (method, target) = (head.method().to_string(), normal(head));
                coming = Some(Whole { method, target, fields, body: Vec::new() });
            }
            Event::Data(data) => coming.as_mut().expect("a head").body.extend_from_slice(data),
            Event::End(_) => whole.push(coming.take().expect("a head")),
            Event::Close | Event::Closed | Event::Fault(_) => {}
        }
    }
    (whole, fault(&events))
}

/// The target as `http::Uri` writes it: one without a path has one.
fn normal(head: &RequestHead) -> String {
    match (head.target().split_once("://"), head.path()) {
        (Some((scheme, rest)), "/" | "*") if !head.target().starts_with('/') => {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            let query = head.query().map_or(String::new(), |query| format!("?{query}"));
            format!("{}://{authority}/{query}", scheme.to_ascii_lowercase())
        }
        _ => head.target().to_owned(),
    }
}

/// Why we may see fewer requests than hyper does, and a request that hyper takes and we do not.
fn stricter() -> Vec<(Fault, &'static str, String)> {
    let get = |fields: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let chunks = |chunks: &str| {
        format!("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")
    };
    vec![
        (Fault::LineEnd, "a bare LF ends a line there", get("A: b\n")),
        (Fault::EmptyLines, "any number is passed over there", "\r\n".repeat(9) + &get("")),
        (Fault::Host, "is left to the application", get("Host: b\r\n")),
        (Fault::Target, "any URI will do there", get("").replacen('/', "ftp://a/#b", 1)),
        (Fault::Connect, "could be a proxy", get("").replace("GET /", "CONNECT a:1")),
        (Fault::Method, "is as long as a head there", get("").replace("GET", &"M".repeat(99))),
        (
            Fault::TargetTooLong,
            "may have 64 KiB there",
            get("").replacen('/', &"/".repeat(9999), 1),
        ),
        (
            Fault::HeadTooLarge,
            "may have 400 KiB there",
            get(&format!("A: {}\r\n", "b".repeat(20_000))),
        ),
        (Fault::Expectation, "is left to the application", get("Expect: more\r\n")),
        (
            Fault::LengthRepeated,
            "equal ones are one there",
            get("Content-Length: 0\r\nContent-Length: 0\r\n"),
        ),
        (
            Fault::LengthAndEncoding,
            "chunks come before a length there, as the RFC allows",
            chunks("0\r\n\r\n").replace("\r\n\r\n0", "\r\nContent-Length: 5\r\n\r\n0"),
        ),
        (
            Fault::Encoding,
            "whatever ends in chunked is chunked there, even twice",
            chunks("0\r\n\r\n").replace(": chunked", ": chunked, chunked"),
        ),
        (
            Fault::EncodingUnknown,
            "the others are left to the application",
            chunks("0\r\n\r\n").replace(": chunked", ": gzip, chunked"),
        ),
        (Fault::Chunk, "white space may be behind a size there", chunks("0 \r\n\r\n")),
        (
            Fault::ExtensionTooLarge,
            "may have 16 KiB there",
            chunks(&format!("0;{}\r\n\r\n", "a".repeat(5000))),
        ),
        (
            Fault::Trailer,
            "an empty line that is a bare LF, and more, is passed over there",
            chunks("0\r\nA: b\r\n\nC: d\r\n\r\n"),
        ),
        (
            Fault::TrailersTooLarge,
            "may have 16 KiB there",
            chunks(&format!("0\r\nA: {}\r\n\r\n", "b".repeat(5000))),
        ),
    ]
}

#[test]
fn where_we_are_stricter_hyper_is_not() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for (expected, reason, script) in stricter() {
        let hypers = runtime.block_on(hypers(script.as_bytes()));
        assert_eq!(hypers.len(), 1, "{expected:?}: {reason}");
        assert_eq!(ours(script.as_bytes()), (vec![], Some(expected)), "{reason}");
    }
}

/// Whether a request is our last one, and not hyper's, because it does not look for `close` in a
/// Connection field that has a byte beyond ASCII.
fn closes_beyond_ascii(last: Option<&Whole>) -> bool {
    last.is_some_and(|last| {
        last.fields.iter().any(|(name, value)| name == "connection" && !value.is_ascii())
    })
}

/// Says how both differ, unless they do for a reason.
fn compare(runtime: &tokio::runtime::Runtime, script: &[u8]) -> Result<(), String> {
    let hypers = runtime.block_on(hypers(script));
    let (ours, fault) = ours(script);
    let text = script.escape_ascii();
    let both = ours.len().min(hypers.len());
    if let Some(at) = (0..both).find(|&at| ours[at] != hypers[at]) {
        return Err(format!("hyper sees {:?}, we {:?}: \"{text}\"", hypers[at], ours[at]));
    }
    if let Some(next) = ours.get(both) {
        return Err(format!("hyper does not see {next:?}: \"{text}\""));
    }
    let known = stricter().iter().any(|(stricter, ..)| Some(*stricter) == fault)
        || fault.is_none() && closes_beyond_ascii(ours.last());
    match hypers.get(both) {
        Some(next) if !known => Err(format!("hyper sees {next:?}, we {fault:?}: \"{text}\"")),
        _ => Ok(()),
    }
}

const SCRIPTS: [&str; 16] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a?b HTTP/1.1\r\nhost:a:80 \r\nA:\t b \r\nA: c\r\nE:\r\n\r\n",
    "HEAD http://b/c HTTP/1.1\r\nHost: a\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.0\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0A;b=c\r\n0123456789\r\n0\r\nA: b\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
];

/// What is put into a script, or in place of something in it.
const PIECES: [&str; 40] = [
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    "\0",
    ":",
    ",",
    ";",
    "/",
    "?",
    "#",
    "*",
    "0",
    "5",
    "f",
    "+",
    "-",
    "\u{b}",
    "\u{7f}",
    "\u{e9}",
    "Content-Length: 5\r\n",
    "Content-Length: 6\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Host: a\r\n",
    "Connection: close\r\n",
    "Expect: 100-continue\r\n",
    " folded\r\n",
    "X : y\r\n",
    "HTTP/1.0",
    "HTTP/1.1",
    "HTTP/2.0",
    "GET ",
    "0\r\n\r\n",
    "1\r\n",
    "chunked",
    "5;",
];

/// A change: at some place of the script, some bytes are taken away and a piece is put in.
fn change() -> impl Strategy<Value = (prop::sample::Index, usize, Option<usize>)> {
    (any::<prop::sample::Index>(), 0_usize..4, prop::option::weighted(0.8, 0..PIECES.len()))
}

#[test]
fn hyper_sees_the_same_requests() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    for first in SCRIPTS {
        for second in SCRIPTS {
            let same = compare(&runtime, [first, second].concat().as_bytes());
            same.unwrap_or_else(|differ| panic!("{differ}"));
        }
    }
    let config = Config { cases: 3000, failure_persistence: None, ..Config::default() };
    let scripts = prop::collection::vec(0..SCRIPTS.len(), 1..4);
    let changes = prop::collection::vec(change(), 1..4);
    let outcome = TestRunner::new(config).run(&(scripts, changes), |(scripts, changes)| {
        let mut script: Vec<u8> =
            scripts.iter().flat_map(|script| SCRIPTS[*script].bytes()).collect();
        for (place, taken, piece) in changes {
            let from = place.index(script.len() + 1);
            let to = script.len().min(from + taken);
            let piece = piece.map_or("", |piece| PIECES[piece]);
            script.splice(from..to, piece.bytes());
        }
        compare(&runtime, &script).map_err(TestCaseError::fail)
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
