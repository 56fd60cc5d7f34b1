//! HTTP servers of others, in Rust, as one writes them who wants nothing but speed: no router where there
//! is none by itself, no limits beyond their own, one thread.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use bytes::Bytes;
use ch05_http::app::GREETING;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Collected, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ladder::{Report, Stop, socket};
use tokio::sync::Notify;

/// hyper, where each answer is written when it is there.
pub(super) fn hyper(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    until_stopped(listener, stop, |listener| accept(listener, false))
}

/// hyper, where the answers to requests that came at once are written at once.
pub(super) fn hyper_flush(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    until_stopped(listener, stop, |listener| accept(listener, true))
}

/// axum, as its documentation begins.
pub(super) fn axum(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let app = Router::new()
        .route("/", get(|| async { GREETING }))
        .route("/echo", post(|body: Bytes| async { body }));
    until_stopped(listener, stop, |listener| async {
        let listener = listener.tap_io(|stream| _ = socket::tune(&*stream));
        axum::serve(listener, app).await
    })
}

/// On tokio's current thread. What they count is not asked of them.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
fn until_stopped<F: Future<Output = io::Result<()>>>(
    listener: TcpListener,
    stop: Stop,
    serve: impl FnOnce(tokio::net::TcpListener) -> F,
) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let stopped = Arc::new(Notify::new());
    let notified = Arc::clone(&stopped);
    let _on_stop = stop.on_request(move || notified.notify_one());
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::select! {
            () = stopped.notified() => Ok(()),
            failed = serve(listener) => failed,
        }
    })?;
    Ok(Report::default())
}

async fn accept(listener: tokio::net::TcpListener, flush: bool) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        socket::tune(&stream)?;
        let mut server = http1::Builder::new();
        server.pipeline_flush(flush);
        tokio::spawn(server.serve_connection(TokioIo::new(stream), service_fn(answer)));
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match *request.method() {
        Method::GET => Bytes::from_static(GREETING.as_bytes()),
        _ => request.collect().await.map(Collected::to_bytes).unwrap_or_default(),
    };
    Ok(Response::new(Full::new(body)))
}
