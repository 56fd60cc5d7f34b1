//! What a handler may take out of its request.

use std::future::Future;
use std::str::FromStr;

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::body::Body;
use super::clock::Clock;
use super::error::Error;
use super::request::Request;
use super::response::{IntoResponse, Response};
use crate::proto::MediaType;

/// Bytes of a body that is taken whole; a longer one is a 413. Forms and JSON are far smaller, and
/// whoever wants more takes the [`Body`] piece by piece.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Something that a handler takes as an argument.
pub trait FromRequest: Sized {
    /// Takes it.
    ///
    /// # Errors
    ///
    /// When it is not there, or cannot be read. The handler is not called then.
    fn from_request(request: &mut Request) -> impl Future<Output = Result<Self, Error>>;
}

/// A parameter of the route. Each `Path` among a handler's arguments takes the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<T>(pub T);

/// The names and values of the query, in order, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(pub Vec<(String, String)>);

/// A value in JSON, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl Query {
    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What does not read as what is wanted names nothing that is here: a 404.
impl<T: FromStr> FromRequest for Path<T> {
    async fn from_request(request: &mut Request) -> Result<Path<T>, Error> {
        let text = request.take_parameter().ok_or_else(Error::not_found)?;
        text.parse().map(Path).map_err(|_| Error::not_found())
    }
}

impl FromRequest for Query {
    async fn from_request(request: &mut Request) -> Result<Query, Error> {
        let query = request.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Ok(Query(pairs.map(|(name, value)| (name.into(), value.into())).collect()))
    }
}

impl<T: DeserializeOwned> FromRequest for Json<T> {
    async fn from_request(request: &mut Request) -> Result<Json<T>, Error> {
        let is_json = request.field_text("content-type").is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json")
        });
        if !is_json {
            let wanted = "application/json is wanted";
            return Err(Error::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, wanted));
        }
        let body = Bytes::from_request(request).await?;
        let value = serde_json::from_slice(&body);
        value.map(Json).map_err(|error| Error::bad_request(format!("the body: {error}")))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => {
                Response::new(StatusCode::OK, Body::Bytes(text.into())).of_type(MediaType::JSON)
            }
            Err(error) => Error::from(error).into_response(),
        }
    }
}

impl FromRequest for Bytes {
    async fn from_request(request: &mut Request) -> Result<Bytes, Error> {
        let whole = request.body().whole(BODY_BYTES_MAX).await;
        whole.map_err(|error| Error::of_body(&error))
    }
}

impl FromRequest for String {
    async fn from_request(request: &mut Request) -> Result<String, Error> {
        let bytes = Bytes::from_request(request).await?;
        String::from_utf8(bytes.into()).map_err(|_| Error::bad_request("the body is no UTF-8"))
    }
}

impl FromRequest for Body {
    async fn from_request(request: &mut Request) -> Result<Body, Error> {
        Ok(request.take_body())
    }
}

impl FromRequest for Method {
    async fn from_request(request: &mut Request) -> Result<Method, Error> {
        Ok(request.method().clone())
    }
}

impl FromRequest for Clock {
    async fn from_request(request: &mut Request) -> Result<Clock, Error> {
        Ok(request.clock())
    }
}
