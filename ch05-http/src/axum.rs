//! The application once more, on axum.
//!
//! Fixes: routes, extractors and layers that thousands use and test (`hyper`, and our `web`).
//! Still fails: nothing that this book needs. What it costs is measured.
//! Next: your own program.

use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::rejection::PathRejection;
use ::axum::extract::{Path, Request, State as FromState};
use ::axum::http::header::{CONNECTION, CONTENT_TYPE};
use ::axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use ::axum::middleware::{self, Next};
use ::axum::response::{IntoResponse, Response};
use ::axum::routing::{get, post};
use ::hyper::service::{Service, service_fn};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use ladder::{Report, Stop};
use tokio::task::spawn_local;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::trace::{DefaultMakeSpan, DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::app::{DELAY_MS_MAX, FILES, GREETING};
use crate::hyper::{CLOCK, Counts, builder, linger, serve_by, timed};
use crate::settings::Settings;
use crate::total_timeout::Requests;
use crate::web::{self, Files, names_one_host};

/// Bytes of `/echo` bodies that were handed over to be sent.
type Echoed = Arc<AtomicU64>;

/// Serves each connection by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_with(listener, stop, Settings::default())
}

/// The same with other settings, of which hyper goes without those that
/// [`hyper::serve_with`](crate::hyper::serve_with) names.
///
/// # Errors
///
/// When the runtime or the listener fails.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
pub fn serve_with(listener: TcpListener, stop: Stop, settings: Settings) -> io::Result<Report> {
    let (counts, echoed) = (Arc::new(Counts::default()), Echoed::default());
    let router = router(&echoed, Files::new(FILES)?, settings.body);
    serve_by(listener, &stop, &counts, settings.connections, |stream, place| {
        let (service, counts) = (TowerToHyperService::new(router.clone()), Arc::clone(&counts));
        spawn_local(async move {
            let _place = place;
            let requests = Requests::default();
            let answer = service_fn(|request| requests.count(service.call(request)));
            let io = timed(TokioIo::new(stream), CLOCK, &requests, &settings);
            let mut connection = builder(TokioTimer::new(), &settings).serve_connection(io, answer);
            let outcome = (&mut connection).await;
            if counts.note(&outcome) {
                let stream = connection.into_parts().io.into_inner().into_inner().into_inner();
                linger(stream, settings.linger).await;
            }
        });
    })?;
    Ok(counts.report_of(echoed.load(Relaxed)))
}

// ANCHOR: router
fn router(echoed: &Echoed, files: Files, body_within: Duration) -> Router {
    let in_time = move |request: Request| async move {
        request.map(|body| Body::new(Timely { body, within: body_within, waiting: None }))
    };
    Router::new()
        .route("/", get(async || GREETING))
        .route("/echo", post(echo))
        .route("/delay/{ms}", get(delay))
        .route("/files/", get(file))
        .route("/files/{*path}", get(file))
        .route("/error", get(async || Broken))
        .route("/panic", get(panics))
        .fallback(nowhere)
        .layer(CatchPanicLayer::new())
        .layer(middleware::map_request(in_time))
        .layer(middleware::from_fn(one_host))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(DefaultMakeSpan::new().level(Level::INFO))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .with_state(State { echoed: Arc::clone(echoed), files: Arc::new(files) })
}
// ANCHOR_END: router

/// What handlers share.
#[derive(Clone)]
struct State {
    echoed: Echoed,
    files: Arc<Files>,
}

async fn nowhere(request: Request) -> Response {
    if request.uri().path() == "*" && *request.method() == Method::OPTIONS {
        // It is asked what the server can do, and not what a path can (RFC 9110, section 9.3.7).
        return StatusCode::NO_CONTENT.into_response();
    }
    not_found()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "nothing is here; try / or /echo\n").into_response()
}

/// By our own [`Files`]: `tower_http::services::ServeDir` is what others would take, and knows no
/// tags.
async fn file(state: FromState<State>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    // As it came: axum's parameter is decoded already, and what is decoded twice leads elsewhere.
    let path = parts.uri.path().strip_prefix("/files/").unwrap_or_default().to_owned();
    let head = web::Head::Http(Box::new(parts));
    let mut asked = web::Request::new(head, web::Body::Empty, CLOCK);
    asked.set_parameter(path);
    let answer = state.files.serve(&asked);
    let answer = web::IntoResponse::into_response(answer);
    let media_type = answer.content_type();
    let web::Response { status, fields, body, .. } = answer;
    let body = match body {
        web::Body::File(part) => Body::new(PartOfFile(part)),
        web::Body::Bytes(bytes) => Body::from(bytes),
        _ => Body::empty(),
    };
    (status, media_type.into_iter().chain(fields).collect::<HeaderMap>(), body).into_response()
}

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

async fn delay(ms: Result<Path<u64>, PathRejection>) -> Response {
    let Ok(Path(ms)) = ms else { return not_found() };
    if ms > DELAY_MS_MAX {
        let text = format!("a delay is of at most {DELAY_MS_MAX} ms\n");
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("after {ms} ms\n").into_response()
}

/// See `app::echo`, which does the same.
async fn echo(state: FromState<State>, body: Body) -> Response {
    let mut rest = body;
    let first = match rest.frame().await {
        None => None,
        Some(Ok(frame)) => frame.into_data().ok(),
        Some(Err(error)) if is_late(&error) => {
            return refuse(StatusCode::REQUEST_TIMEOUT, "the body came too slowly\n");
        }
        Some(Err(_)) => return refuse(StatusCode::BAD_REQUEST, "the body cannot be read\n"),
    };
    let bytes = [(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"))];
    (bytes, Body::new(Echo { first, rest, echoed: Arc::clone(&state.echoed) })).into_response()
}

/// hyper does not look at the Host field, and axum does not either.
async fn one_host(request: Request, next: Next) -> Response {
    if names_one_host(&request) {
        next.run(request).await
    } else {
        refuse(StatusCode::BAD_REQUEST, "one Host field is wanted\n")
    }
}

/// Whoever sent one wrong request is not believed about where the next one begins.
fn refuse(status: StatusCode, why: &'static str) -> Response {
    let close = [(CONNECTION, HeaderValue::from_static("close"))];
    (status, close, why).into_response()
}

/// Whether it says what [`Timely`] says. Each layer wraps the error once more.
fn is_late(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref::<io::Error>() {
        Some(error) => error.kind() == io::ErrorKind::TimedOut,
        None => error.source().is_some_and(is_late),
    }
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

/// Part of a file.
struct PartOfFile(web::FilePart);

impl HttpBody for PartOfFile {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.0.read().map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len)
    }
}

/// A body of which something must come within a time, again and again, where somebody waits for it.
/// tower-http's forgets how long the body is, and an echo of it would go in chunks.
struct Timely {
    body: Body,
    within: Duration,
    waiting: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = ::axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ::axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.waiting = None;
            return Poll::Ready(frame);
        }
        let within = self.within;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(within)));
        waiting.as_mut().poll(context).map(|()| {
            let slow = io::Error::new(io::ErrorKind::TimedOut, "the body came too slowly");
            Some(Err(::axum::Error::new(slow)))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
