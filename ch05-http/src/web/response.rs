//! A response, and what can become one.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use smallvec::SmallVec;

use super::body::Body;

/// The fields of a response. Names and values that are known when the program is built cost
/// nothing, and one field is kept in the response itself: most small responses have no more, and those
/// are moved the more cheaply.
pub type Fields = SmallVec<[(HeaderName, HeaderValue); 1]>;

/// One response. Its framing, its date and what becomes of the connection are its carrier's affair.
#[derive(Debug, Default)]
pub struct Response {
    /// What became of the request.
    pub status: StatusCode,
    /// Its fields, in order.
    pub fields: Fields,
    /// Its body.
    pub body: Body,
}

impl Response {
    /// A response without fields.
    #[must_use]
    pub fn new(status: StatusCode, body: Body) -> Response {
        Response { status, fields: SmallVec::new(), body }
    }

    /// Some text, in UTF-8.
    #[must_use]
    pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        Response::new(status, Body::Bytes(text.into())).with(CONTENT_TYPE, plain)
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Response {
        self.fields.push((name, value));
        self
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn field(&self, name: &HeaderName) -> Option<&HeaderValue> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

/// What a handler may give.
pub trait IntoResponse {
    /// Makes it a response.
    fn into_response(self) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self) -> Response {
        self
    }
}

impl IntoResponse for () {
    fn into_response(self) -> Response {
        Response::default()
    }
}

impl IntoResponse for Infallible {
    fn into_response(self) -> Response {
        match self {}
    }
}

impl IntoResponse for StatusCode {
    fn into_response(self) -> Response {
        Response::new(self, Body::Empty)
    }
}

impl IntoResponse for &'static str {
    fn into_response(self) -> Response {
        Response::text(StatusCode::OK, self)
    }
}

impl IntoResponse for String {
    fn into_response(self) -> Response {
        Response::text(StatusCode::OK, self)
    }
}

/// Bytes of no particular type. Never the type that a client says: its bytes must not become a
/// page of this server's.
impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        Body::Bytes(self).into_response()
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        let bytes = HeaderValue::from_static("application/octet-stream");
        Response::new(StatusCode::OK, self).with(CONTENT_TYPE, bytes)
    }
}

impl<T: IntoResponse> IntoResponse for (StatusCode, T) {
    fn into_response(self) -> Response {
        Response { status: self.0, ..self.1.into_response() }
    }
}

impl<T: IntoResponse, E: IntoResponse> IntoResponse for Result<T, E> {
    fn into_response(self) -> Response {
        match self {
            Ok(value) => value.into_response(),
            Err(error) => error.into_response(),
        }
    }
}
