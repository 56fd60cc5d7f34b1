//! The head of a response, as a client of the load reads it: strictly, and no more than it needs.

use super::Wrong;

/// The head of a response may be this long. Servers of the ladder send some hundred bytes.
pub(super) const HEAD_BYTES_MAX: usize = 1024;

/// Header fields of a response that are looked at; one with more is refused.
const HEADERS_MAX: usize = 16;

/// The length of the head, once it is whole. It must be a 200 with exactly one `Content-Length`
/// of `len` and no other framing (RFC 9112, section 6.3).
pub(super) fn head(inbox: &[u8], len: usize) -> Result<Option<usize>, Wrong> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(inbox).map_err(|error| Wrong(format!("no HTTP head: {error}")))?;
    let httparse::Status::Complete(head) = parsed else {
        if inbox.len() > HEAD_BYTES_MAX {
            return Err(Wrong(format!("a head of more than {HEAD_BYTES_MAX} bytes")));
        }
        return Ok(None);
    };
    if response.code != Some(200) {
        return Err(Wrong(format!("status {} instead of 200", response.code.unwrap_or(0))));
    }
    let mut lengths = 0;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Wrong("a Transfer-Encoding where a length was to be expected".into()));
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            lengths += 1;
            let value = std::str::from_utf8(header.value).ok().and_then(|v| v.parse().ok());
            if value != Some(len) {
                return Err(Wrong(format!("a Content-Length that is not {len}")));
            }
        }
    }
    match lengths {
        1 => Ok(Some(head)),
        _ => Err(Wrong(format!("{lengths} fields Content-Length instead of one"))),
    }
}
