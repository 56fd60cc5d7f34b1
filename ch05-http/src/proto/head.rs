//! The heads of requests and of responses.

use std::fmt;

use http::{Method, StatusCode, Version};

use super::fields::Fields;

/// The head of a request: what is asked for, and how.
#[derive(Clone)]
pub struct RequestHead {
    pub(super) method: Method,
    pub(super) version: Version,
    /// Its text holds the target, too.
    pub(super) fields: Fields,
    pub(super) target: (u32, u32),
    /// The path and the query within the target, as RFC 9112, section 3.3, takes them out of it.
    pub(super) path: (u32, u32),
    pub(super) query: Option<(u32, u32)>,
    pub(super) authority: Option<(u32, u32)>,
}

impl RequestHead {
    /// The method, in the case in which it came, which matters (RFC 9110, section 9.1).
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The target as it came. It is of visible ASCII characters.
    #[must_use]
    pub fn target(&self) -> &str {
        self.text(self.target)
    }

    /// The target's path, as it came, with its percent signs: `/` at least, or `*` for the server
    /// as a whole. Of an absolute target, it is what stands behind its host.
    #[must_use]
    pub fn path(&self) -> &str {
        match self.text(self.path) {
            // That of an absolute target without one (RFC 9112, sections 3.2.1 and 3.2.4).
            "" if self.method == Method::OPTIONS && self.query.is_none() => "*",
            "" => "/",
            path => path,
        }
    }

    /// What stands behind the target's question mark, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.query.map(|query| self.text(query))
    }

    /// The host that is asked, and perhaps its port: that of an absolute target, or else that of
    /// the Host field (RFC 9112, section 3.2.2). Empty or absent if the client did not know one.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        match self.authority {
            Some(authority) => Some(self.text(authority)),
            None => self.fields.get("host").map(|host| str::from_utf8(host).unwrap_or_default()),
        }
    }

    /// HTTP/1.1 or HTTP/1.0.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    fn text(&self, (from, len): (u32, u32)) -> &str {
        str::from_utf8(self.fields.bytes(from, len)).unwrap_or_default()
    }
}

/// Heads are the same if they say the same, wherever their texts have it.
impl PartialEq for RequestHead {
    fn eq(&self, other: &RequestHead) -> bool {
        self.method == other.method
            && self.version == other.version
            && self.target() == other.target()
            && self.fields == other.fields
    }
}

impl Eq for RequestHead {}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("target", &self.target())
            .field("version", &self.version)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    pub(super) version: Version,
    pub(super) status: StatusCode,
    pub(super) fields: Fields,
}

impl ResponseHead {
    /// HTTP/1.1 or HTTP/1.0.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// What became of the request. Its reason phrase says nothing more, and is not kept (RFC 9112,
    /// section 4).
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }
}
