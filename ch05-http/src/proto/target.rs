//! What a request's target may be, and a Host.

use std::net::Ipv6Addr;

use http::Method;

use super::fault::Fault;

/// Where a target's path is in it. A query is what is behind it and a question mark.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) begin: usize,
    pub(super) len: usize,
    pub(super) has_query: bool,
}

/// What a host's characters are. Those of a name, unreserved and sub-delims (RFC 3986, section
/// 3.2.2), are [`PLAIN`]: most hosts have no others, and then nothing more need be looked at.
const HOST: [u8; 256] = {
    let mut table = [NONE; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = match byte {
            b':' => COLON,
            b'%' | b'[' | b']' => ODD,
            _ if byte.is_ascii_alphanumeric() || is_mark(byte) => PLAIN,
            _ => NONE,
        };
        byte += 1;
    }
    table
};
const fn is_mark(byte: u8) -> bool {
    matches!(byte, b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'')
        || matches!(byte, b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=')
}
const PLAIN: u8 = 0;
const COLON: u8 = 1;
const ODD: u8 = 2;
const NONE: u8 = 4;

/// Finds the path in a target, whose first question mark, or else its end, is at `end` (RFC 9112,
/// section 3.2).
#[inline]
pub(super) fn path(method: &Method, target: &[u8], end: usize) -> Result<Path, Fault> {
    match target {
        _ if *method == Method::CONNECT => Err(Fault::Connect),
        [b'/', ..] => Ok(Path { begin: 0, len: end, has_query: end < target.len() }),
        b"*" if *method == Method::OPTIONS => Ok(Path { begin: 0, len: 1, has_query: false }),
        _ => absolute(target, end),
    }
}

/// `http://host/path?query`, which every server must take, although only proxies are sent it
/// (section 3.2.2).
#[cold]
fn absolute(target: &[u8], end: usize) -> Result<Path, Fault> {
    let colon = target.iter().position(|&byte| byte == b':').ok_or(Fault::Target)?;
    let scheme = &target[..colon];
    let known = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    let host = colon + 3;
    if !known || !target[colon..].starts_with(b"://") || end < host {
        return Err(Fault::Target);
    }
    let slash = target[host..end].iter().position(|&byte| byte == b'/');
    let begin = slash.map_or(end, |at| host + at);
    if begin == host || target[host] == b':' || !is_host(&target[host..begin]) {
        return Err(Fault::Target);
    }
    // Where it has no path, this is empty; `RequestHead::path` says what that means.
    Ok(Path { begin, len: end - begin, has_query: end < target.len() })
}

/// A host's name or address, and perhaps a port. What a URI has there may name a user, too; a Host
/// may not (RFC 9110, section 7.2).
#[inline]
pub(super) fn is_host(host: &[u8]) -> bool {
    match host.iter().fold(PLAIN, |seen, &byte| seen | HOST[byte as usize]) {
        PLAIN => true,
        COLON => {
            let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
            matches!(&host[..host.len() - digits], [name @ .., b':'] if !name.contains(&b':'))
        }
        seen => seen & NONE == 0 && is_odd_host(host),
    }
}

/// Nothing, or a colon and digits.
#[inline]
fn is_port(port: &[u8]) -> bool {
    match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A host that is a version 6 address, or has percent signs.
#[cold]
fn is_odd_host(host: &[u8]) -> bool {
    if let Some(rest) = host.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
        let address = str::from_utf8(&rest[..end]).ok().map(str::parse::<Ipv6Addr>);
        return matches!(address, Some(Ok(_))) && is_port(&rest[end + 1..]);
    }
    let end = host.iter().position(|&byte| byte == b':').unwrap_or(host.len());
    !host.contains(&b'[')
        && !host.contains(&b']')
        && escapes_are_whole(&host[..end])
        && is_port(&host[end..])
}

/// Each percent sign has its two digits.
fn escapes_are_whole(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'%')
        .skip(1)
        .all(|after| matches!(after, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}
