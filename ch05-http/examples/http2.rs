//! The same hundred requests over HTTP/1.1 and HTTP/2: `cargo run -p ch05-http --example http2`.
//!
//! HTTP/1.1 has one request at a time on a connection: whoever wants a hundred answers at once
//! opens many, or waits. HTTP/2 (RFC 9113) cuts all of them into frames that share one connection.
//! Its price is that one connection's lost packet stops all of them; on a loopback none is lost.

use std::convert::Infallible;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const REQUESTS: usize = 100;

/// What the server takes for each.
const DELAY: Duration = Duration::from_millis(10);

/// Requests at a time on one connection of HTTP/2; the hundred fit. hyper's own bound is 200.
const STREAMS_MAX: u32 = 128;

// ANCHOR: resets
/// Streams that a client may open and reset before it is sent away: each costs the server work, and
/// the client nothing ("rapid reset", CVE-2023-44487).
const RESETS_MAX: usize = 20;
// ANCHOR_END: resets

/// Bytes of all of a request's fields.
const FIELDS_BYTES_MAX: u32 = 16 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (addr, opened) = serve().await?;
    let url = format!("http://{addr}/");
    println!("{REQUESTS} requests, of which each takes {DELAY:?}");

    let start = Instant::now();
    one_by_one(addr).await.map_err(|error| error.to_string())?;
    let sequential = show("HTTP/1.1, one connection", &opened, start);

    let start = Instant::now();
    let pooled = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    all_at_once(|| {
        let (client, url) = (pooled.clone(), url.clone());
        async move { Ok(client.get(url.parse()?).await?) }
    })
    .await?;
    let (connections, _) = show("HTTP/1.1, a pool", &opened, start);
    assert!(connections > 1, "one at a time on each");

    let start = Instant::now();
    let stream = TokioIo::new(TcpStream::connect(addr).await?);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
    let driving = tokio::spawn(connection);
    all_at_once(|| {
        let (mut sender, url) = (sender.clone(), url.clone());
        async move {
            let request = Request::get(url).body(Empty::<Bytes>::new())?;
            Ok(sender.send_request(request).await?)
        }
    })
    .await?;
    let (connections, multiplexed) = show("HTTP/2, one connection", &opened, start);
    drop(sender);
    driving.await??;
    assert_eq!(connections, 1, "all of them share it");
    assert!(multiplexed < sequential.1 / 2, "they were under way together");
    Ok(())
}

fn show(what: &str, opened: &AtomicUsize, start: Instant) -> (usize, Duration) {
    let (took, opened) = (start.elapsed(), opened.swap(0, Relaxed));
    println!("  {what:<25} {opened:>3} opened, {took:>8.1?}");
    (opened, took)
}

/// A server of both versions, which takes its time; it counts its connections.
async fn serve() -> std::io::Result<(SocketAddr, Arc<AtomicUsize>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let addr = listener.local_addr()?;
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Relaxed);
            let _ = stream.set_nodelay(true);
            tokio::spawn(async move {
                let mut server = auto::Builder::new(TokioExecutor::new());
                server
                    .http2()
                    .timer(TokioTimer::new())
                    .max_concurrent_streams(STREAMS_MAX)
                    .max_pending_accept_reset_streams(RESETS_MAX)
                    .max_header_list_size(FIELDS_BYTES_MAX);
                let answer = service_fn(answer);
                let _ = server.serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    Ok((addr, opened))
}

async fn answer(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    tokio::time::sleep(DELAY).await;
    Ok(Response::new(Full::from("hello\n")))
}

async fn one_by_one(addr: SocketAddr) -> Result<(), Box<dyn Error + Send + Sync>> {
    let stream = TokioIo::new(TcpStream::connect(addr).await?);
    let (mut sender, connection) = http1::handshake(stream).await?;
    let driving = tokio::spawn(connection);
    for _ in 0..REQUESTS {
        let host = addr.to_string();
        let request = Request::get("/").header("host", host).body(Empty::<Bytes>::new())?;
        sender.ready().await?;
        check(sender.send_request(request).await?).await?;
    }
    drop(sender);
    Ok(driving.await??)
}

async fn all_at_once<F>(ask: impl Fn() -> F) -> Result<(), Box<dyn Error>>
where
    F: Future<Output = Result<Response<Incoming>, Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let mut asked = JoinSet::new();
    for _ in 0..REQUESTS {
        let answer = ask();
        asked.spawn(async move { check(answer.await?).await });
    }
    while let Some(done) = asked.join_next().await {
        done?.map_err(|error| error.to_string())?;
    }
    Ok(())
}

async fn check(answer: Response<Incoming>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let body = answer.into_body().collect().await?.to_bytes();
    if body == "hello\n" { Ok(()) } else { Err("another answer".into()) }
}
