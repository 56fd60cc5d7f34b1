//! Windows.
//!
//! HTTP/2 lets as many bytes come as the receiver has room for: a window for each stream, and one for all of a
//! connection's streams together (RFC 9113, section 5.2). Bytes leave it when the program takes them.
//!
//! A program asks for some large bodies, reads their heads, and lets the bodies wait. Then it asks for something small
//! on the same connection, and waits for ever: a connection has one order of bytes, but that is not why.
//!
//! Choose the windows so that so many bodies that nobody reads hold up nobody else. Both must have a bound, and that of
//! the connection is what a program must be ready to keep in memory.
//!
//! Hint: how many bytes lie in the connection's window when each of those streams has filled its own?

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};

/// Bytes of a body that nobody reads: more than any window here.
const LARGE: usize = 1 << 20;

/// The windows of a stream and of the connection, in bytes, for a client that lets so many bodies wait.
fn windows(unread: u32) -> (u32, u32) {
    let stream = 1 << 16;
    // SOLUTION
    (stream, stream * (unread + 1))
    // START
    // let _ = unread;
    // (stream, stream)
    // END
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = if request.uri().path() == "/large" { vec![b'x'; LARGE] } else { b"small".into() };
    Ok(Response::new(Full::from(body)))
}

/// Lets so many bodies wait, and says what is read of a small one meanwhile.
async fn small_beside(unread: u32) -> Bytes {
    let (stream, connection) = windows(unread);
    assert!((stream as usize) < LARGE, "it holds all of a body");
    assert!(connection <= stream * (unread + 1), "a bound that is none");
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(far), service_fn(answer)),
    );
    let (mut sender, driving) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(stream)
        .initial_connection_window_size(connection)
        .handshake(TokioIo::new(near))
        .await
        .expect("HTTP/2");
    tokio::spawn(driving);
    let mut ask = async |path: &str| {
        let request = Request::get(format!("http://here{path}")).body(Empty::<Bytes>::new());
        sender.send_request(request.expect("a request")).await.expect("an answer")
    };
    let mut waiting = Vec::new();
    for _ in 0..unread {
        waiting.push(ask("/large").await);
    }
    let small = ask("/small").await.into_body().collect().await;
    // The others are whole, too, when they are read at last.
    for large in waiting {
        assert_eq!(large.into_body().collect().await.expect("a body").to_bytes().len(), LARGE);
    }
    small.expect("a body").to_bytes()
}

#[test]
fn bodies_that_nobody_reads_hold_up_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(async {
        for unread in [1, 2, 20] {
            // Only who fails waits so long.
            let small = tokio::time::timeout(Duration::from_secs(5), small_beside(unread)).await;
            assert_eq!(small, Ok(Bytes::from("small")), "{unread} unread");
        }
    });
}
