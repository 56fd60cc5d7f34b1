//! Where an answer leads.

use http::{Method, StatusCode};
use url::Url;

use super::error::Error;
use super::origin::Origin;
use crate::proto::{Fields, ResponseHead};
use crate::web::Body;

/// Redirects that are followed for one request; the next is an error. Browsers follow twenty; a
/// program that is sent about more than this is most likely sent in circles.
pub const REDIRECTS_MAX: u32 = 10;

/// Fields that are meant for one origin, and for no other.
const CREDENTIALS: [&str; 4] =
    ["authorization", "cookie", "proxy-authorization", "www-authenticate"];

/// A request, as it may have to be sent again.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Without Host.
    pub(super) fields: Fields,
    pub(super) body: Body,
}

impl Asked {
    /// The same request once more, if its body can be had twice.
    pub(super) fn again(&self) -> Option<Asked> {
        let body = match &self.body {
            Body::Empty => Body::Empty,
            Body::Bytes(bytes) => Body::Bytes(bytes.clone()),
            Body::File(part) => Body::File(part.clone()),
            Body::Stream(_) => return None,
        };
        let Asked { method, url, fields, .. } = self;
        Some(Asked { method: method.clone(), url: url.clone(), fields: fields.clone(), body })
    }

    /// Whether to send it twice is as good as once (RFC 9110, section 9.2.2).
    pub(super) fn is_idempotent(&self) -> bool {
        let idempotent = [
            Method::GET,
            Method::HEAD,
            Method::PUT,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
        ];
        idempotent.contains(&self.method)
    }
}

/// The request that an answer leads to, if it leads anywhere (RFC 9110, section 15.4): `next` is
/// what was asked, to be changed. `None` also where the body would have to be sent twice and
/// cannot: then the answer itself is all that there is.
///
/// # Errors
///
/// When it leads to no place that could be asked.
pub(super) fn follow(head: &ResponseHead, next: Option<Asked>) -> Result<Option<Asked>, Error> {
    let (gets, historic) = match head.status() {
        // "See other": whatever was asked, look there.
        StatusCode::SEE_OTHER => (true, false),
        // Browsers make POST a GET here, and servers have come to expect it.
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => (false, true),
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => (false, false),
        _ => return Ok(None),
    };
    let Some(location) = head.fields().get("location") else { return Ok(None) };
    let Some(mut next) = next else { return Ok(None) };
    let location = str::from_utf8(location)
        .map_err(|_| Error::Location(location.escape_ascii().to_string()))?;
    let nowhere = |_| Error::Location(location.to_owned());
    let url = next.url.join(location).map_err(|_| Error::Location(location.to_owned()))?;
    let (from, to) = (Origin::of(&next.url)?, Origin::of(&url).map_err(nowhere)?);
    let becomes_get =
        (gets && next.method != Method::HEAD) || (historic && next.method == Method::POST);
    if becomes_get {
        next.method = Method::GET;
        next.body = Body::Empty;
        next.fields = without(&next.fields, |name| {
            name.len() > 8 && name[..8].eq_ignore_ascii_case("content-")
        });
    }
    if from != to {
        next.fields = without(&next.fields, |name| {
            CREDENTIALS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
        });
    }
    next.url = url;
    Ok(Some(next))
}

fn without(fields: &Fields, drops: impl Fn(&str) -> bool) -> Fields {
    let mut kept = Fields::new();
    for (name, value) in fields.iter().filter(|(name, _)| !drops(name)) {
        kept.push(name, value);
    }
    kept
}
