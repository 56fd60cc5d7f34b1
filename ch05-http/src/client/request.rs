//! A request that is being put together.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use serde::Serialize;

use super::error::Error;
use super::origin;
use super::redirect::Asked;
use super::response::Response;
use super::session::Session;
use super::timeouts::Timeouts;
use crate::proto::Fields;
use crate::web::{Body, Source};

/// A request, until it is [sent](RequestBuilder::send).
#[derive(Debug)]
#[must_use = "nothing is asked before it is sent"]
pub struct RequestBuilder {
    session: Session,
    method: Method,
    url: String,
    fields: Fields,
    body: Result<Body, Error>,
    timeouts: Timeouts,
}

impl RequestBuilder {
    pub(super) fn new(session: &Session, method: Method, url: &str) -> RequestBuilder {
        RequestBuilder {
            session: session.clone(),
            method,
            url: url.to_owned(),
            fields: Fields::new(),
            body: Ok(Body::Empty),
            timeouts: session.timeouts(),
        }
    }

    /// Adds a field. One that the session would add by itself is not added then.
    pub fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> RequestBuilder {
        self.fields.push(name, value.as_ref());
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Bytes>) -> RequestBuilder {
        self.body = Ok(Body::Bytes(body.into()));
        self
    }

    /// A body that comes piece by piece, each when the one before is on its way. Such a request is
    /// never sent twice.
    pub fn stream(mut self, source: impl Source + 'static) -> RequestBuilder {
        self.body = Ok(Body::Stream(Box::new(source)));
        self
    }

    /// A value in JSON as the body.
    pub fn json(mut self, value: &impl Serialize) -> RequestBuilder {
        let text = serde_json::to_vec(value).map_err(|error| Error::Content(error.to_string()));
        self.body = text.map(|text| Body::Bytes(text.into()));
        self.field("content-type", "application/json")
    }

    /// How long this request may take in all, instead of what the session says.
    pub fn total(mut self, total: Duration) -> RequestBuilder {
        self.timeouts.total = Some(total);
        self
    }

    /// All timeouts of this request, instead of the session's.
    pub fn timeouts(mut self, timeouts: Timeouts) -> RequestBuilder {
        self.timeouts = timeouts;
        self
    }

    /// Sends it, and waits for the head of the answer.
    ///
    /// # Errors
    ///
    /// When there is no answer. Dropped before there is one, its connection is closed.
    pub async fn send(self) -> Result<Response, Error> {
        let RequestBuilder { session, method, url, fields, body, timeouts } = self;
        let asked = Asked { method, url: origin::parse(&url)?, fields, body: body? };
        session.ask(asked, timeouts).await
    }
}
