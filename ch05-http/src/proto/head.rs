//! The heads of requests and of responses.

use std::cell::Cell;
use std::fmt;

use http::{Method, StatusCode, Version};

use super::fields::Fields;

/// The head of a request: what is asked for, and how.
///
/// It goes from hand to hand, and what it has is large to move; so that is kept in one place.
#[derive(Clone)]
pub struct RequestHead {
    /// Absent only while it is dropped.
    parts: Option<Box<Parts>>,
}

/// What a request's head has.
#[derive(Clone, Default)]
pub(super) struct Parts {
    pub(super) method: Method,
    pub(super) version: Version,
    /// There is a question mark behind the path.
    pub(super) has_query: bool,
    /// Where the target begins in the text, which is that of the fields; and how long it is.
    pub(super) target: u32,
    pub(super) target_len: u32,
    /// The same of the path within the target, as RFC 9112, section 3.3, takes it out of it.
    pub(super) path: u32,
    pub(super) path_len: u32,
    pub(super) fields: Fields,
}

thread_local! {
    /// What the last head had. One request comes after the other, so that the next one mostly takes it; to
    /// free it and to allocate another costs four times as much.
    static SPARE: Cell<Option<Box<Parts>>> = const { Cell::new(None) };
}

impl RequestHead {
    /// One of any content, to be filled.
    #[inline]
    pub(super) fn spare() -> RequestHead {
        // At the end of a thread there is none any more.
        let spare = SPARE.try_with(Cell::take).ok().flatten();
        RequestHead { parts: Some(spare.unwrap_or_default()) }
    }

    #[inline]
    fn parts(&self) -> &Parts {
        self.parts.as_deref().expect("not dropped yet")
    }

    #[inline]
    pub(super) fn parts_mut(&mut self) -> &mut Parts {
        self.parts.as_deref_mut().expect("not dropped yet")
    }
}

impl Drop for RequestHead {
    #[inline]
    fn drop(&mut self) {
        if let Some(mut parts) = self.parts.take() {
            parts.fields.keep_if_small();
            // As above: then it is freed.
            let _ = SPARE.try_with(|spare| spare.set(Some(parts)));
        }
    }
}

impl RequestHead {
    /// The method, in the case in which it came, which matters (RFC 9110, section 9.1).
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.parts().method
    }

    /// The target as it came. It is of visible ASCII characters.
    #[must_use]
    pub fn target(&self) -> &str {
        self.text(self.parts().target, self.parts().target_len)
    }

    /// The target's path, as it came, with its percent signs: `/` at least, or `*` for the server
    /// as a whole. Of an absolute target, it is what stands behind its host.
    #[must_use]
    pub fn path(&self) -> &str {
        str::from_utf8(self.path_bytes()).unwrap_or_default()
    }

    /// The bytes of [`path`](RequestHead::path), which are not looked at once more.
    #[must_use]
    #[inline]
    pub fn path_bytes(&self) -> &[u8] {
        let parts = self.parts();
        match parts.fields.text(parts.target + parts.path, parts.path_len) {
            // That of an absolute target without one (RFC 9112, sections 3.2.1 and 3.2.4).
            b"" if parts.method == Method::OPTIONS && !parts.has_query => b"*",
            b"" => b"/",
            path => path,
        }
    }

    /// What stands behind the target's question mark, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let parts = self.parts();
        parts.has_query.then(|| &self.target()[(parts.path + parts.path_len) as usize + 1..])
    }

    /// The host that is asked, and perhaps its port: that of an absolute target, or else that of
    /// the Host field (RFC 9112, section 3.2.2). Empty or absent if the client did not know one.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        // An absolute target is the only one whose path is not its beginning.
        match self.target()[..self.parts().path as usize].split_once("://") {
            Some((_, authority)) => Some(authority),
            None => self.fields().get("host").map(|host| str::from_utf8(host).unwrap_or_default()),
        }
    }

    /// HTTP/1.1 or HTTP/1.0.
    #[must_use]
    pub fn version(&self) -> Version {
        self.parts().version
    }

    /// Its fields.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.parts().fields
    }

    fn text(&self, from: u32, len: u32) -> &str {
        str::from_utf8(self.fields().text(from, len)).unwrap_or_default()
    }
}

/// Heads are the same if they say the same, wherever their texts have it.
impl PartialEq for RequestHead {
    fn eq(&self, other: &RequestHead) -> bool {
        self.method() == other.method()
            && self.version() == other.version()
            && self.target() == other.target()
            && self.fields() == other.fields()
    }
}

impl Eq for RequestHead {}

impl fmt::Debug for RequestHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", self.method())
            .field("target", &self.target())
            .field("version", &self.version())
            .field("fields", self.fields())
            .finish()
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
