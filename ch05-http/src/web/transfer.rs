//! Between this framework and hyper, which has types of its own for heads and bodies.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{CONNECTION, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request as HttpRequest, Response as HttpResponse, Version};
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::body::{Body, Source, poll_caught};
use super::clock::Clock;
use super::error::Error;
use super::request::{Head, Request};
use super::response::{IntoResponse, Response};
use super::router::{Answer, Router};
use super::timely::Timely;

/// Answers a request in the types of the `http` crate. Of its body, something must come within
/// `body_within`, again and again, where somebody waits for it. It never says an error: what fails
/// becomes a response.
///
/// What takes no waiting is done at once, and only the answer is kept in the future.
pub fn answer_http<B>(
    router: &Router,
    request: HttpRequest<B>,
    clock: Clock,
    body_within: Duration,
) -> impl Future<Output = Result<HttpResponse<Outgoing>, Infallible>>
where
    B: HttpBody<Data = Bytes> + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let answer = if names_one_host(&request) {
        let (parts, body) = request.into_parts();
        let body = if body.is_end_stream() {
            Body::Empty
        } else {
            let body = Body::Stream(Box::new(Incoming(body)));
            Body::Stream(Box::new(Timely::new(body, body_within, clock)))
        };
        router.answer(Request::new(Head::Http(Box::new(parts)), body, clock))
    } else {
        let refused = Error::bad_request("one Host field is wanted").into_response();
        Answer::of(refused.with(CONNECTION, HeaderValue::from_static("close")))
    };
    answer.map(|response| Ok(into_http(response)))
}

fn into_http(response: Response) -> HttpResponse<Outgoing> {
    let media_type = response.content_type();
    let mut http = HttpResponse::new(Outgoing(response.body));
    *http.status_mut() = response.status;
    for (name, value) in media_type.into_iter().chain(response.fields) {
        http.headers_mut().append(name, value);
    }
    http
}

/// HTTP/1.1 wants the Host field exactly once, with a host or nothing in it, and a server must
/// refuse anything else (RFC 9112, section 3.2): two proxies might each believe another one. Our
/// own protocol has looked at it by now; hyper has not.
pub(crate) fn names_one_host<B>(request: &HttpRequest<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        // HTTP/2 has an authority in its place.
        (None, _) => request.version() != Version::HTTP_11,
        (Some(host), None) => is_host(host.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}

/// A name or address, and perhaps a port. What a URI has there may name a user, too; a Host may
/// not (RFC 9110, section 7.2).
fn is_host(host: &[u8]) -> bool {
    host.is_empty() || (!host.contains(&b'@') && Authority::try_from(host).is_ok())
}

/// A body of `http-body` as one of ours.
#[derive(Debug)]
pub struct Incoming<B>(pub B);

impl<B> Source for Incoming<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            return Poll::Ready(match ready!(Pin::new(&mut self.0).poll_frame(context)) {
                None => None,
                Some(Err(error)) => Some(Err(into_io(error.into()))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => Some(Ok(data)),
                    // Trailers are about the request (RFC 9110, section 6.5).
                    _ => continue,
                },
            });
        }
    }

    fn length(&self) -> Option<u64> {
        self.0.size_hint().exact()
    }
}

/// An error of a body: of the connection below it, or else of the framing.
fn into_io(error: Box<dyn std::error::Error + Send + Sync>) -> io::Error {
    let below = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let kind = below.map_or(io::ErrorKind::InvalidData, io::Error::kind);
    io::Error::new(kind, error)
}

/// A body of ours as one of `http-body`.
#[derive(Debug)]
pub struct Outgoing(Body);

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        poll_caught(&mut self.0, context).map(|data| data.map(|data| data.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.0.length() == Some(0)
    }

    /// Known where it is: a sized body goes out with its size, any other in chunks.
    fn size_hint(&self) -> SizeHint {
        self.0.length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
