//! The application that every server of this chapter serves.
//!
//! ```text
//! GET /, HEAD /   200, a greeting
//! POST /echo      200, the request's body, sent back while it comes
//! ```
//!
//! It knows no socket and no runtime: a request comes in, a response goes out, and both bodies are
//! streams. So a model chooses only how to carry them.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Either, Full};

/// What `GET /` says.
pub const GREETING: &str = "hello\n";

/// The body of an answer: a short text, or what the client sends.
pub type Answer<B> = Either<Full<Bytes>, Echo<B>>;

/// The application, and its count of the bytes that it echoed. A clone shares the count.
#[derive(Clone, Debug, Default)]
pub struct App {
    echoed: Arc<AtomicU64>,
}

impl App {
    /// Answers one request. The body of the answer to a HEAD is that of the answer to GET: whoever
    /// carries it sends its length only (RFC 9110, section 9.3.2).
    // ANCHOR: routes
    pub async fn answer<B>(&self, request: Request<B>) -> Response<Answer<B>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        if !names_one_host(&request) {
            return refuse("one Host field is wanted\n");
        }
        match (request.uri().path(), request.method()) {
            ("/", &Method::GET | &Method::HEAD) => text(StatusCode::OK, GREETING),
            ("/", _) => not_allowed("GET, HEAD"),
            ("/echo", &Method::POST) => self.echo(request.into_body()).await,
            ("/echo", _) => not_allowed("POST"),
            _ => text(StatusCode::NOT_FOUND, "nothing is here; try / or /echo\n"),
        }
    }
    // ANCHOR_END: routes

    /// Bytes of `/echo` bodies that were handed over to be sent, so far.
    #[must_use]
    pub fn bytes_echoed(&self) -> u64 {
        self.echoed.load(Relaxed)
    }

    /// The answer begins when the body does. A client that waits for "100 Continue" gets it that
    /// way before the 200 (RFC 9110, section 10.1.1), and a body that is wrong from its first byte
    /// gets a 400.
    async fn echo<B>(&self, mut body: B) -> Response<Answer<B>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        let first = match body.frame().await {
            None => None,
            Some(Ok(frame)) => frame.into_data().ok(),
            Some(Err(_)) => return refuse("the body cannot be read\n"),
        };
        let echoed = Arc::clone(&self.echoed);
        let mut response = Response::new(Either::Right(Echo { first, rest: body, echoed }));
        // Never the type that the client says: its bytes must not become a page of this server's.
        let bytes = HeaderValue::from_static("application/octet-stream");
        response.headers_mut().insert(CONTENT_TYPE, bytes);
        response
    }
}

/// A request's body on its way back.
///
/// Back-pressure needs no line of code: a frame is asked for when the one before was taken. A
/// client that does not read takes none, so none is read from it, and the kernel makes it wait.
/// One frame is all that is kept. So a client must read while it sends, once its body is larger
/// than the kernels' buffers on the way; one that sends it all first waits for itself.
#[derive(Debug)]
pub struct Echo<B> {
    first: Option<Bytes>,
    rest: B,
    echoed: Arc<AtomicU64>,
}

// ANCHOR: echo
impl<B: Body<Data = Bytes> + Unpin> Body for Echo<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
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

    /// Known when the request's was: a sized body goes back with its size, a chunked one in chunks.
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
// ANCHOR_END: echo

/// HTTP/1.1 wants the Host field exactly once, with a host or nothing in it, and a server must
/// refuse anything else (RFC 9112, section 3.2): two proxies might each believe another one.
fn names_one_host<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// A name or address, and perhaps a port. What a URI has there may name a user, too; a Host may
/// not (RFC 9110, section 7.2).
fn is_host(host: &[u8]) -> bool {
    host.is_empty() || (!host.contains(&b'@') && Authority::try_from(host).is_ok())
}

fn text<B>(status: StatusCode, text: &'static str) -> Response<Answer<B>> {
    let mut response = Response::new(Either::Left(Full::from(text)));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// 405 must say what would be allowed (RFC 9110, section 15.5.6).
fn not_allowed<B>(methods: &'static str) -> Response<Answer<B>> {
    let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "no such method here\n");
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// Whoever sent one wrong request is not believed about where the next one begins.
fn refuse<B>(why: &'static str) -> Response<Answer<B>> {
    let mut response = text(StatusCode::BAD_REQUEST, why);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
