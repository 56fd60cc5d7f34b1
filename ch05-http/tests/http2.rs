//! The bounds of HTTP/2, crossed by a client that was written for that.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

const STREAMS_MAX: u32 = 8;

const RESETS_MAX: usize = 20;

const PATIENCE: Duration = Duration::from_secs(20);

/// A server's end whose every answer takes for ever.
fn serve(stream: DuplexStream) -> tokio::task::JoinHandle<Result<(), hyper::Error>> {
    tokio::spawn(async move {
        let never = service_fn(|_| async {
            std::future::pending::<()>().await;
            Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
        });
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS_MAX)
            .max_pending_accept_reset_streams(RESETS_MAX)
            .max_header_list_size(1000)
            .serve_connection(TokioIo::new(stream), never)
            .await
    })
}

/// Frames of HTTP/2 (RFC 9113, section 4.1), as a client of bad intent writes them.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let len = u32::try_from(payload.len()).expect("small");
    let mut frame = len.to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend_from_slice(payload);
    frame
}

/// `:method GET`, `:scheme http`, `:path /` of the static table (RFC 7541, appendix A).
const HEAD: &[u8] = &[0x82, 0x86, 0x84];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

#[tokio::test]
async fn streams_beyond_the_bound_are_refused() {
    let (mut ours, theirs) = duplex(1 << 20);
    let _server = serve(theirs);
    let mut said = PREFACE.to_vec();
    said.extend(frame(4, 0, 0, &[]));
    let streams = 20;
    for stream in 0..streams {
        said.extend(frame(1, 0x5, 2 * stream + 1, HEAD));
    }
    ours.write_all(&said).await.expect("room");
    let mut refused = 0;
    while refused < streams - STREAMS_MAX {
        let mut head = [0; 9];
        let read = tokio::time::timeout(PATIENCE, ours.read_exact(&mut head)).await;
        read.expect("in time").expect("a frame");
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; len];
        ours.read_exact(&mut payload).await.expect("the rest of it");
        // RST_STREAM with REFUSED_STREAM (sections 5.1.2 and 7): it may be asked again later.
        refused += u32::from(head[3] == 3 && payload == 7_u32.to_be_bytes());
        assert_ne!(head[3], 7, "GOAWAY: {payload:?}");
    }
}

#[tokio::test]
async fn a_client_that_opens_and_resets_again_and_again_is_sent_away() {
    let (mut ours, theirs) = duplex(1 << 20);
    let server = serve(theirs);
    let mut said = PREFACE.to_vec();
    said.extend(frame(4, 0, 0, &[]));
    for stream in (1..20_000).step_by(2) {
        said.extend(frame(1, 0x5, stream, HEAD));
        said.extend(frame(3, 0, stream, &8_u32.to_be_bytes()));
    }
    let write = async {
        // It may hang up before it has been told all.
        let _ = ours.write_all(&said).await;
        let mut heard = Vec::new();
        let _ = ours.read_to_end(&mut heard).await;
        heard
    };
    let heard = tokio::time::timeout(PATIENCE, write).await.expect("it hangs up");
    // GOAWAY, kind 7, with ENHANCE_YOUR_CALM, 11 (section 7).
    let goaway = heard.windows(17).any(|w| w[3] == 7 && w[13..17] == 11_u32.to_be_bytes());
    assert!(goaway, "{heard:?}");
    server.await.expect("no panic").expect_err("it was too much");
}

#[tokio::test]
async fn too_many_fields_get_a_431() {
    let (ours, theirs) = duplex(1 << 16);
    let _server = serve(theirs);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(ours));
    let (mut client, connection) = handshake.await.expect("a server");
    tokio::spawn(connection);
    let mut request = Request::get("http://a.test/");
    for number in 0..100 {
        request = request.header(format!("x-{number}"), "a value of some length, that is");
    }
    let request = request.body(Empty::<Bytes>::new()).expect("a request");
    let answer = tokio::time::timeout(PATIENCE, client.send_request(request)).await;
    match answer.expect("in time") {
        Ok(answer) => assert_eq!(answer.status(), 431),
        // A stream may be refused without a word as well.
        Err(error) => assert!(!error.is_timeout(), "{error}"),
    }
}
