//! The ways to read a request, and to answer it, that are compared by instructions and by time: each runs a
//! number of requests, in memory alone.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::hint::black_box;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use ch05_http::proto::{Date, Length, Limits, Next, Received, Server};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use super::{Operation, Took, Watch};

/// All of them. Each holds the copy of the request to where it is read from.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "a small head",
        times: None,
        cases: &[("httparse", small::<HTTPARSE>), ("ch05", small::<RECEIVE>)],
        peers: &[],
    },
    Operation {
        name: "a browser's head",
        times: None,
        cases: &[("httparse", browser::<HTTPARSE>), ("ch05", browser::<RECEIVE>)],
        peers: &[],
    },
    Operation {
        name: "a small head and an answer",
        times: None,
        cases: &[("ch05", small::<ALL>), ("hyper", small::<HYPER>)],
        peers: &[],
    },
    Operation {
        name: "a browser's head and an answer",
        times: None,
        cases: &[("ch05", browser::<ALL>), ("hyper", browser::<HYPER>)],
        peers: &[],
    },
];

/// The ways, by their places.
const WAYS: [&str; 4] = ["httparse", "receive", "all", "hyper"];
const HTTPARSE: usize = 0;
const RECEIVE: usize = 1;
const ALL: usize = 2;
const HYPER: usize = 3;

fn small<const WAY: usize>(times: u64) -> Took {
    timed(WAYS[WAY], SMALL, times)
}

fn browser<const WAY: usize>(times: u64) -> Took {
    timed(WAYS[WAY], BROWSER, times)
}

fn timed(way: &str, request: &'static str, times: u64) -> Took {
    let requests = usize::try_from(times).unwrap_or(usize::MAX);
    let watch = Watch::start();
    run(way, request, requests);
    watch.stop()
}

/// As load generators send it.
pub const SMALL: &str = "GET / HTTP/1.1\r\nHost: localhost:8000\r\n\r\n";

/// As a browser sends it.
pub const BROWSER: &str = "GET /files/index.html?from=here HTTP/1.1\r\n\
    Host: localhost:8000\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip, deflate, br, zstd\r\n\
    Connection: keep-alive\r\n\
    Cookie: session=0123456789abcdef0123456789abcdef\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    Sec-Fetch-Dest: document\r\n\
    Sec-Fetch-Mode: navigate\r\n\
    Sec-Fetch-Site: none\r\n\
    Sec-Fetch-User: ?1\r\n\
    Priority: u=0, i\r\n\r\n";

/// What the answer's body is.
const PLAIN: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Requests that come one by one, and answers that are thrown away.
struct Requests {
    request: &'static str,
    left: usize,
}

impl Read for Requests {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut room: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.left > 0 {
            self.left -= 1;
            room.put_slice(black_box(self.request).as_bytes());
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for Requests {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(black_box(bytes).len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The same by hyper: its connection, without a runtime, for nothing here ever waits. What it does
/// beside, such as choosing when to flush, is done by the caller of `proto`.
fn run_hyper(request: &'static str, requests: usize) {
    let answer = |request: Request<Incoming>| {
        black_box(&request);
        let mut response = Response::new(Full::new(Bytes::from_static(b"hello\n")));
        response.headers_mut().insert(CONTENT_TYPE, PLAIN);
        ready(Ok::<_, Infallible>(response))
    };
    let requests = Requests { request, left: requests };
    let mut connection = pin!(http1::Builder::new().serve_connection(requests, service_fn(answer)));
    // It gives way to others now and then, and wants to be asked again.
    while connection.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {}
}

/// Runs `requests` of them in a `way`: `copy`, `httparse`, `receive`, `all`, or `hyper`.
///
/// Each but hyper does what the one before does, and something more; none but `all` and hyper answer. Who
/// does not answer needs a new connection for each request, so that `receive` is a few instructions too much.
///
/// # Panics
///
/// When a request is not what it should be.
pub fn run(way: &str, request: &'static str, requests: usize) {
    if way == "hyper" {
        return run_hyper(request, requests);
    }
    let mut input = BytesMut::with_capacity(16 << 10);
    let mut out = Vec::with_capacity(16 << 10);
    let mut server = Server::new(Limits::default());
    server.set_date(Date::now());
    let fields = black_box([(CONTENT_TYPE, PLAIN)]);
    for _ in 0..requests {
        input.extend_from_slice(black_box(request).as_bytes());
        match way {
            "copy" => input.advance(request.len()),
            "httparse" => {
                let len = parse(&input);
                input.advance(len);
            }
            "receive" => {
                let mut server = Server::new(Limits::default());
                let received = server.receive(&mut input).expect("a request");
                assert!(matches!(black_box(received), Received::Head(_)));
            }
            _ => {
                let received = server.receive(&mut input).expect("a request");
                assert!(matches!(black_box(received), Received::Head(_)));
                let fields = fields.iter().map(|(name, value)| (name, value));
                server
                    .send_head(StatusCode::OK, fields, Length::Sized(6), &mut out)
                    .expect("a head");
                server.send_data(b"hello\n", &mut out).expect("a body");
                server.send_end(&mut out).expect("an end");
                assert_eq!(server.next(), Next::Another);
                black_box(&out);
                out.clear();
            }
        }
        assert!(input.is_empty());
        // As a reader does it before each read.
        input.reserve(8 << 10);
    }
}

fn parse(input: &[u8]) -> usize {
    let mut headers = [const { MaybeUninit::uninit() }; 100];
    let mut request = httparse::Request::new(&mut []);
    let parsed = request.parse_with_uninit_headers(input, &mut headers).expect("a request");
    black_box(&request);
    parsed.unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_comes_to_its_end() {
        for request in [SMALL, BROWSER] {
            for way in WAYS.into_iter().chain(["copy"]) {
                run(way, request, 3);
            }
        }
    }
}
