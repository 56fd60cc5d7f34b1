//! The first line of a head: three words.

use http::{Method, StatusCode, Version};

use super::characters::is_token;
use super::fault::Fault;
use super::limits::METHOD_BYTES_MAX;

/// What can be in a target. [`PLAIN`] and the question mark, which parts it. RFC 3986 allows fewer,
/// but browsers send some more of them in queries as they are; these are those that end no word, and
/// that nobody takes for an end: no fragment's `#`, no quotation marks, and nothing beyond ASCII.
const TARGET: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = match byte {
            b'?' => QUESTION,
            b'#' | b'"' | b'<' | b'>' => NONE,
            _ => PLAIN,
        };
        byte += 1;
    }
    table
};
const NONE: u8 = 0;
const PLAIN: u8 = 1;
const QUESTION: u8 = 2;

/// The first line of a request.
#[derive(Debug)]
pub(super) struct RequestLine<'a> {
    pub(super) method: Method,
    pub(super) target: &'a [u8],
    /// Where the target's first question mark is, or else its end.
    pub(super) question: usize,
    pub(super) version: Version,
    /// Bytes of the line, with its CR LF.
    pub(super) len: usize,
}

/// Reads a method, a target and a version (RFC 9112, section 3), if they are so to the letter. What
/// is wrong otherwise, if it is not just that more is to come, says [`request_fault`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of reading a head")]
pub(super) fn request(text: &[u8]) -> Option<RequestLine<'_>> {
    let (method, begin) = if text.starts_with(b"GET ") {
        (Method::GET, 4)
    } else {
        let len = text.iter().take(METHOD_BYTES_MAX + 1).position(|&byte| byte == b' ')?;
        (Method::from_bytes(&text[..len]).ok()?, len + 1)
    };
    let rest = &text[begin..];
    let question = rest.iter().position(|&byte| TARGET[byte as usize] != PLAIN)?;
    let behind = rest[question..].iter().position(|&byte| TARGET[byte as usize] == NONE)?;
    let (target, rest) = rest.split_at(question + behind);
    let version = match rest.first_chunk()? {
        b" HTTP/1.1\r\n" => Version::HTTP_11,
        b" HTTP/1.0\r\n" => Version::HTTP_10,
        _ => return None,
    };
    let len = begin + target.len() + 11;
    if target.is_empty() {
        None
    } else {
        Some(RequestLine { method, target, question, version, len })
    }
}

/// What is wrong with the first line of a request, once it is whole.
#[cold]
pub(super) fn request_fault(text: &[u8]) -> Option<Fault> {
    let line = match whole(text)? {
        Ok(line) => line,
        Err(fault) => return Some(fault),
    };
    let mut words = line.split(|&byte| byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Some(Fault::FirstLine);
    };
    if !is_token(method) || target.is_empty() || line.iter().any(u8::is_ascii_control) {
        return Some(Fault::FirstLine);
    }
    match version_fault(version) {
        Some(fault) => Some(fault),
        None if method.len() > METHOD_BYTES_MAX => Some(Fault::Method),
        None => Some(Fault::Target),
    }
}

/// The first line of a response: a version and a status, and how many bytes it has. Its reason, if
/// it has one, says nothing (RFC 9112, section 4).
pub(super) fn status(text: &[u8]) -> Result<(Version, StatusCode, usize), Option<Fault>> {
    let line = whole(text).ok_or(None)??;
    let (version, rest) = line.split_at(line.len().min("HTTP/1.1".len()));
    if let Some(fault) = version_fault(version) {
        return Err(Some(fault));
    }
    let (status, reason) = rest.split_at(rest.len().min(" 200".len()));
    let digits = status.strip_prefix(b" ").unwrap_or_default();
    let status = StatusCode::from_bytes(digits).map_err(|_| Fault::FirstLine)?;
    let in_reason = |byte: &u8| !byte.is_ascii_control() || *byte == b'\t';
    if !(reason.is_empty() || reason[0] == b' ' && reason.iter().all(in_reason)) {
        return Err(Some(Fault::FirstLine));
    }
    let version = if version == b"HTTP/1.0" { Version::HTTP_10 } else { Version::HTTP_11 };
    Ok((version, status, line.len() + 2))
}

/// The first line, without its CR LF, once it is whole.
fn whole(text: &[u8]) -> Option<Result<&[u8], Fault>> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    Some(text[..end].strip_suffix(b"\r").ok_or(Fault::LineEnd))
}

/// Versions that are spoken here have none.
fn version_fault(version: &[u8]) -> Option<Fault> {
    match version {
        b"HTTP/1.1" | b"HTTP/1.0" => None,
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] => Some(Fault::Version),
        _ => Some(Fault::FirstLine),
    }
}
