//! What a request's target may be, and a Host.

use std::net::Ipv6Addr;

use http::Method;

use super::fault::Fault;

/// The parts of a target, as ranges of its bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) path: (usize, usize),
    pub(super) query: Option<(usize, usize)>,
    /// Of an absolute target.
    pub(super) authority: Option<(usize, usize)>,
}

/// Characters that a target may have. RFC 3986 allows fewer, but browsers send some more of them
/// in queries as they are; these are those that end no word, and that nobody takes for an end: no
/// fragment's `#`, no quotation marks, and nothing beyond ASCII.
const IN_TARGET: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = !matches!(byte, b'#' | b'"' | b'<' | b'>');
        byte += 1;
    }
    table
};

/// Characters of a host's name: unreserved, sub-delims, and `%` (RFC 3986, section 3.2.2).
const IN_HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'%')
            || matches!(
                byte,
                b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
            );
        byte += 1;
    }
    table
};

/// Takes a target apart (RFC 9112, section 3.2).
pub(super) fn split(method: &Method, target: &[u8]) -> Result<Parts, Fault> {
    if *method == Method::CONNECT {
        return Err(Fault::Connect);
    }
    let mut question = None;
    for (at, &byte) in target.iter().enumerate() {
        if !IN_TARGET[byte as usize] {
            return Err(Fault::Target);
        }
        if byte == b'?' && question.is_none() {
            question = Some(at);
        }
    }
    let end = question.unwrap_or(target.len());
    let query = question.map(|at| (at + 1, target.len() - at - 1));
    match target {
        [b'/', ..] => Ok(Parts { path: (0, end), query, authority: None }),
        b"*" if *method == Method::OPTIONS => Ok(Parts { path: (0, 1), query, authority: None }),
        _ => absolute(target, end, query),
    }
}

/// `http://host/path?query`, which every server must take, although only proxies are sent it
/// (section 3.2.2).
fn absolute(target: &[u8], end: usize, query: Option<(usize, usize)>) -> Result<Parts, Fault> {
    let colon = target.iter().position(|&byte| byte == b':').ok_or(Fault::Target)?;
    let scheme = &target[..colon];
    let known = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    if !known || !target[colon..].starts_with(b"://") || end < colon + 3 {
        return Err(Fault::Target);
    }
    let host = colon + 3;
    let slash = target[host..end].iter().position(|&byte| byte == b'/');
    let host_end = slash.map_or(end, |at| host + at);
    if host_end == host || target[host] == b':' || !is_host(&target[host..host_end]) {
        return Err(Fault::Target);
    }
    // Where it has no path, this is empty; `RequestHead::path` says what that means.
    let path = (host_end, end - host_end);
    Ok(Parts { path, query, authority: Some((host, host_end - host)) })
}

/// A host's name or address, and perhaps a port. What a URI has there may name a user, too; a Host
/// may not (RFC 9110, section 7.2).
pub(super) fn is_host(host: &[u8]) -> bool {
    let port = if let Some(rest) = host.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
        let address = str::from_utf8(&rest[..end]).ok().map(str::parse::<Ipv6Addr>);
        if !matches!(address, Some(Ok(_))) {
            return false;
        }
        &rest[end + 1..]
    } else {
        let end = host.iter().position(|&byte| !IN_HOST[byte as usize]).unwrap_or(host.len());
        if host[..end].contains(&b'%') && !escapes_are_whole(&host[..end]) {
            return false;
        }
        &host[end..]
    };
    match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Each percent sign has its two digits.
fn escapes_are_whole(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'%')
        .skip(1)
        .all(|after| matches!(after, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}
