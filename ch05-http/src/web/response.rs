//! A response, and what can become one.

use std::convert::Infallible;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};

use super::body::Body;
use crate::proto::MediaType;

/// One response. Its framing, its date and what becomes of the connection are its carrier's affair.
#[derive(Debug, Default)]
pub struct Response {
    /// What became of the request.
    pub status: StatusCode,
    /// Of what kind its body is, where that is a matter of the program's text. It goes before the other
    /// fields: most small responses have this one alone, and no list is made for them.
    pub media_type: Option<MediaType>,
    /// Its other fields, in order.
    pub fields: Vec<(HeaderName, HeaderValue)>,
    /// Its body.
    pub body: Body,
}

impl Response {
    /// A response without fields.
    #[must_use]
    pub fn new(status: StatusCode, body: Body) -> Response {
        Response { status, media_type: None, fields: Vec::new(), body }
    }

    /// Some text, in UTF-8.
    #[must_use]
    pub fn text(status: StatusCode, text: impl Into<Bytes>) -> Response {
        Response::new(status, Body::Bytes(text.into())).of_type(MediaType::TEXT)
    }

    /// The same with a body of this kind.
    #[must_use]
    pub fn of_type(mut self, media_type: MediaType) -> Response {
        self.media_type = Some(media_type);
        self
    }

    /// The same with one more field. A Content-Type takes the place of the one there is.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Response {
        if name == CONTENT_TYPE {
            self.media_type = None;
            self.fields.retain(|(known, _)| *known != CONTENT_TYPE);
        }
        self.fields.push((name, value));
        self
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn field(&self, name: &HeaderName) -> Option<&[u8]> {
        match self.media_type {
            Some(known) if *name == CONTENT_TYPE => Some(known.as_str().as_bytes()),
            _ => {
                let found = self.fields.iter().find(|(known, _)| known == name);
                found.map(|(_, value)| value.as_bytes())
            }
        }
    }

    /// The media type as a field like the others, for who writes them all in one way.
    pub(crate) fn content_type(&self) -> Option<(HeaderName, HeaderValue)> {
        self.media_type.map(|known| (CONTENT_TYPE, HeaderValue::from_static(known.as_str())))
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
        Response::new(StatusCode::OK, self).of_type(MediaType::BYTES)
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
