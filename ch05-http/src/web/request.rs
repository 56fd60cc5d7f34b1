//! A request, as a handler sees it.

use std::time::Duration;

use http::{Method, Version};

use super::body::Body;
use super::clock::{Clock, Sleep};
use crate::proto;

/// A request's head, as its carrier read it. Neither is turned into the other: that would cost more
/// than all that is asked of it.
#[derive(Debug)]
pub enum Head {
    /// By our own protocol.
    Own(proto::RequestHead),
    /// By hyper.
    Http(Box<http::request::Parts>),
}

/// One request.
#[derive(Debug)]
pub struct Request {
    head: Head,
    body: Body,
    clock: Clock,
    /// What stood in the places of the route's parameters, in order, without percent signs.
    pub(super) parameters: Vec<String>,
}

impl Request {
    /// A request of these parts.
    #[must_use]
    pub fn new(head: Head, body: Body, clock: Clock) -> Request {
        Request { head, body, clock, parameters: Vec::new() }
    }

    /// The method.
    #[must_use]
    #[inline]
    pub fn method(&self) -> &Method {
        match &self.head {
            Head::Own(head) => head.method(),
            Head::Http(parts) => &parts.method,
        }
    }

    /// HTTP/1.1, mostly.
    #[must_use]
    pub fn version(&self) -> Version {
        match &self.head {
            Head::Own(head) => head.version(),
            Head::Http(parts) => parts.version,
        }
    }

    /// The path, as it came, with its percent signs. `*` is the server as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        match &self.head {
            Head::Own(head) => head.path(),
            Head::Http(parts) => parts.uri.path(),
        }
    }

    /// The bytes of [`path`](Request::path).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of finding a route")]
    pub(super) fn path_bytes(&self) -> &[u8] {
        match &self.head {
            Head::Own(head) => head.path_bytes(),
            Head::Http(parts) => parts.uri.path().as_bytes(),
        }
    }

    /// What stands behind the question mark, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        match &self.head {
            Head::Own(head) => head.query(),
            Head::Http(parts) => parts.uri.query(),
        }
    }

    /// The value of the first field of this name, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&[u8]> {
        match &self.head {
            Head::Own(head) => head.fields().get(name),
            Head::Http(parts) => parts.headers.get(name).map(http::HeaderValue::as_bytes),
        }
    }

    /// The values of all fields of this name.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let (own, http) = match &self.head {
            Head::Own(head) => (Some(head.fields().get_all(name)), None),
            Head::Http(parts) => (None, Some(parts.headers.get_all(name))),
        };
        let http = http.into_iter().flatten().map(http::HeaderValue::as_bytes);
        own.into_iter().flatten().chain(http)
    }

    /// The value of a field that may be there once only, where it is text. Of several, none is
    /// known to be the right one.
    #[must_use]
    pub fn only_field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields(name);
        let first = fields.next().filter(|_| fields.next().is_none());
        first.and_then(|value| str::from_utf8(value).ok())
    }

    /// The first one where it is text.
    #[must_use]
    pub fn field_text(&self, name: &str) -> Option<&str> {
        self.field(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// Its body, which may still be on its way.
    pub fn body(&mut self) -> &mut Body {
        &mut self.body
    }

    /// Takes the body out.
    #[must_use]
    pub fn take_body(&mut self) -> Body {
        std::mem::take(&mut self.body)
    }

    /// What stood in the places of the route's parameters, in order, decoded.
    #[must_use]
    pub fn parameters(&self) -> &[String] {
        &self.parameters
    }

    /// Makes this the only one: somebody else's router has found it.
    pub(crate) fn set_parameter(&mut self, value: String) {
        self.parameters.clear();
        self.parameters.push(value);
    }

    /// Takes the first of them.
    pub fn take_parameter(&mut self) -> Option<String> {
        (!self.parameters.is_empty()).then(|| self.parameters.remove(0))
    }

    /// The carrier's clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Ends after `duration`.
    #[must_use]
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.clock.sleep(duration)
    }
}
