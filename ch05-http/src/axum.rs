//! The application once more, on axum.
//!
//! Fixes: routes, extractors and layers that thousands use and test (`hyper`, and our `web`).
//! Still fails: nothing that this book needs. What it costs is measured.
//! Next: your own program.

use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{Path, Request, State};
use ::axum::http::header::{CONNECTION, CONTENT_TYPE};
use ::axum::http::{HeaderValue, StatusCode};
use ::axum::middleware::{self, Next};
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::{get, post};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ladder::{Report, Stop};
use tokio::task::spawn_local;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::app::{DELAY_MS_MAX, FILES, GREETING};
use crate::hyper::{Counts, linger, serve_by, settings};
use crate::settings::BODY_TIMEOUT;
use crate::web::names_one_host;

/// Bytes of `/echo` bodies that were handed over to be sent.
type Echoed = Arc<AtomicU64>;

/// Serves each connection by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let (counts, echoed) = (Arc::new(Counts::default()), Echoed::default());
    let router = router(&echoed);
    serve_by(listener, stop, &counts, |stream| {
        let (service, counts) = (TowerToHyperService::new(router.clone()), Arc::clone(&counts));
        spawn_local(async move {
            let settings = settings(TokioTimer::new());
            let mut connection = settings.serve_connection(TokioIo::new(stream), service);
            let outcome = (&mut connection).await;
            if counts.note(&outcome) {
                linger(connection.into_parts().io.into_inner()).await;
            }
        });
    })?;
    Ok(counts.report_of(echoed.load(Relaxed)))
}

// ANCHOR: router
fn router(echoed: &Echoed) -> Router {
    Router::new()
        .route("/", get(async || GREETING))
        .route("/echo", post(echo))
        .route("/delay/{ms}", get(delay))
        .nest_service("/files", ServeDir::new(FILES))
        .route("/error", get(async || Broken))
        .route("/panic", get(panics))
        .fallback(async || (StatusCode::NOT_FOUND, "nothing is here; try / or /echo\n"))
        .layer(CatchPanicLayer::new())
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(middleware::from_fn(one_host))
        .with_state(Arc::clone(echoed))
}
// ANCHOR_END: router

/// An error of ours, which is told to the log and not to the client.
struct Broken;

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here\n").into_response()
    }
}

/// As a fault of ours would be.
async fn panics() {
    panic!("asked for");
}

async fn delay(Path(ms): Path<u64>) -> Response {
    if ms > DELAY_MS_MAX {
        let text = format!("a delay is of at most {DELAY_MS_MAX} ms\n");
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("after {ms} ms\n").into_response()
}

/// See `app::echo`, which does the same.
async fn echo(State(echoed): State<Echoed>, body: Body) -> Response {
    let mut rest = body;
    let first = match rest.frame().await {
        None => None,
        Some(Ok(frame)) => frame.into_data().ok(),
        Some(Err(_)) => return refuse("the body cannot be read\n"),
    };
    let bytes = [(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
    (bytes, Body::new(Echo { first, rest, echoed })).into_response()
}

/// hyper does not look at the Host field, and axum does not either.
async fn one_host(request: Request, next: Next) -> Response {
    if names_one_host(&request) {
        next.run(request).await
    } else {
        refuse("one Host field is wanted\n")
    }
}

/// Whoever sent one wrong request is not believed about where the next one begins.
fn refuse(why: &'static str) -> Response {
    let close = [(CONNECTION, HeaderValue::from_static("close"))];
    (StatusCode::BAD_REQUEST, close, why).into_response()
}

/// A request's body on its way back.
struct Echo {
    first: Option<Bytes>,
    rest: Body,
    echoed: Echoed,
}

impl HttpBody for Echo {
    type Data = Bytes;
    type Error = ::axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ::axum::Error>>> {
        loop {
            let data = match self.first.take() {
                Some(first) => first,
                None => match ready!(Pin::new(&mut self.rest).poll_frame(context)) {
                    None => return Poll::Ready(None),
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    Some(Ok(frame)) => match frame.into_data() {
                        Ok(data) => data,
                        // Trailers are about the request (RFC 9110, section 6.5).
                        Err(_trailers) => continue,
                    },
                },
            };
            self.echoed.fetch_add(data.len() as u64, Relaxed);
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
    }

    fn is_end_stream(&self) -> bool {
        self.first.is_none() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let first = self.first.as_ref().map_or(0, |first| first.len() as u64);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(first + upper);
        }
        hint.set_lower(first + rest.lower());
        hint
    }
}
