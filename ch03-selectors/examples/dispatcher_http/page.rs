//! As much of HTTP as one page needs. Chapter 5 does it in earnest.

use std::io::{self, ErrorKind};

/// A head may be as long.
const HEAD_BYTES_MAX: usize = 1024;

/// And a body.
const BODY_BYTES_MAX: usize = 1 << 20;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Of the body, in bytes.
    pub(crate) length: usize,
}

/// The head of a response, and what came after it; `None` if it is not complete.
pub(crate) fn parse_head(bytes: &[u8]) -> io::Result<Option<(Head, Vec<u8>)>> {
    let invalid = |text: &str| io::Error::new(ErrorKind::InvalidData, text.to_owned());
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let Some(end) = end.filter(|end| *end <= HEAD_BYTES_MAX) else {
        let too_long = bytes.len() > HEAD_BYTES_MAX;
        return if too_long { Err(invalid("a head without end")) } else { Ok(None) };
    };
    let text = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid("a head that is no text"))?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 "));
    let status = status.and_then(|line| line.get(..3)?.parse().ok());
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then_some(value.trim())
    });
    let length = length.and_then(|value| value.parse().ok());
    match (status, length) {
        (Some(status), Some(length)) if length <= BODY_BYTES_MAX => {
            Ok(Some((Head { status, length }, bytes[end + 4..].to_vec())))
        }
        (Some(_), Some(_)) => Err(invalid("a body that is too long")),
        _ => Err(invalid("no status, or no length")),
    }
}
