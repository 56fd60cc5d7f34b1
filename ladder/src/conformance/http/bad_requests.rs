//! Requests that two programs could read differently.
//!
//! Behind a proxy, a request whose end the server sees elsewhere than the proxy did is two
//! requests, and the second one is an attacker's (RFC 9112, section 11.2). So whoever cannot be
//! sure of the end must refuse the request and hang up: what follows is never answered.

use crate::client::Response;
use crate::process::Server;

use super::super::case::{Case, Failure, Verdict, Within, ensure};
use super::{SMUGGLED, list, post, until_end};

/// What an error may be called: a server may be more or less exact about whose fault it is.
const REFUSALS: [u16; 8] = [400, 405, 411, 413, 414, 431, 501, 505];

/// The lengths of a body of five bytes, as they must not be written (RFC 9112, section 6.3; a
/// length is digits alone, RFC 9110, section 8.6). A list of equal numbers may be taken for one.
const LENGTHS: [&str; 16] = [
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: 5, 6\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: -5\r\n",
    "Content-Length: 5 5\r\n",
    "Content-Length: 0x5\r\n",
    "Content-Length: 5.0\r\n",
    "Content-Length: 5,\r\n",
    "Content-Length: \r\n",
    "Content-Length: five\r\n",
    "Content-Length: \"5\"\r\n",
    "Content-Length: 5\u{b}\r\n",
    "Content-Length: \u{665}\r\n",
    "Content-Length: 18446744073709551615\r\n",
    "Content-Length: 18446744073709551621\r\n",
    "Content-Length: 99999999999999999999999999999999999999999\r\n",
];

/// Transfer encodings that do not end in chunked, or are not what they look like (section 6.1).
const ENCODINGS: [&str; 9] = [
    "Transfer-Encoding: identity\r\n",
    "Transfer-Encoding: xchunked\r\n",
    "Transfer-Encoding: chunkedx\r\n",
    "Transfer-Encoding: chunked, identity\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: \u{b}chunked\r\n",
    "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding:\r\n",
];

/// Lines that are no fields (section 5). Section 5.2 would let a server unfold a folded line, and
/// section 2.2 replace a bare CR; the models here refuse both.
const LINES: [&str; 13] = [
    "Content-Length : 5\r\n",
    "Transfer-Encoding : chunked\r\n",
    " Content-Length: 5\r\n",
    "Content-Length: 0\r\n 5\r\n",
    "Transfer-Encoding:\r\n chunked\r\n",
    "X: folded\r\n\tonce\r\n",
    "X: a\rContent-Length: 5\r\n",
    "X: a\0b\r\n",
    "X\0: a\r\n",
    "X y: a\r\n",
    ": nameless\r\n",
    "without a colon\r\n",
    "Content\u{2d}Length\u{e9}: 5\r\n",
];

/// Chunks whose size cannot be believed (section 7.1).
const CHUNKS: [&[u8]; 15] = [
    b"+5\r\nhello\r\n0\r\n\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5 5\r\nhello\r\n0\r\n\r\n",
    b"g\r\nhello\r\n0\r\n\r\n",
    b"\r\nhello\r\n0\r\n\r\n",
    b";x\r\nhello\r\n0\r\n\r\n",
    b"5\rhello\r\n0\r\n\r\n",
    b"5\nhello\r\n0\r\n\r\n",
    b"5;x\nhello\r\n0\r\n\r\n",
    b"5\r\nhello!\r\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n",
    b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello\r\n-0\r\n\r\n",
];

/// Whole requests.
const WHOLE: [&[u8]; 22] = [
    // Section 3.2: Host exactly once, and a host.
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: me@a\r\n\r\n",
    // Section 2.3: another version's framing is another one.
    b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.10\r\nHost: a\r\n\r\n",
    b"GET / http/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTPS/1.1\r\nHost: a\r\n\r\n",
    b"GET /\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    // Section 3: one space between three words.
    b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
    // Section 6.1: HTTP/1.0 has no chunks, so whoever sent this is wrong about one of them.
    b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    // The beginning of TLS.
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
];

/// Both lengths at once: refused, or read by the chunks alone, and then it must be the last
/// request of its connection (section 6.3, rule 3).
const BOTH: [&str; 3] = [
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 15\r\nTransfer-Encoding: chunked\r\nContent-Length: 15\r\n",
];

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    for fields in LENGTHS {
        refused(case, &server, &post(fields, b"hello"))?;
    }
    for fields in ENCODINGS {
        refused(case, &server, &post(fields, b"5\r\nhello\r\n0\r\n\r\n"))?;
    }
    for fields in LINES {
        refused(case, &server, &post(fields, b"hello"))?;
    }
    for body in CHUNKS {
        refused(case, &server, &post("Transfer-Encoding: chunked\r\n", body))?;
    }
    for request in WHOLE {
        refused(case, &server, request)?;
    }
    for fields in BOTH {
        let answers = ask(case, &server, &post(fields, b"5\r\nhello\r\n0\r\n\r\n"))?;
        let fine = match &answers[..] {
            [] => true,
            [one] => one.status == 400 || (one.status == 200 && one.body == b"hello"),
            _ => false,
        };
        ensure(fine, || format!("{fields:?} should be its connection's last: {}", list(&answers)))?;
    }
    // Their senders had to go, nobody else.
    case.serves_another(&server, "after bad requests")
}

/// Sends `request` and another one behind it, and reads all that comes.
fn ask(case: &Case<'_>, server: &Server, request: &[u8]) -> Result<Vec<Response>, Failure> {
    let mut client = case.connect(server)?;
    // The server may hang up before it was given everything.
    let _ = client.send(&[request, SMUGGLED].concat());
    until_end(&mut client).within(format_args!("\"{}\"", request.escape_ascii()))
}

/// Sees that `request` gets an error, or no answer, and the one behind it none.
fn refused(case: &Case<'_>, server: &Server, request: &[u8]) -> Verdict {
    let answers = ask(case, server, request)?;
    let fine = match &answers[..] {
        [] => true,
        [one] => REFUSALS.contains(&one.status),
        _ => false,
    };
    ensure(fine, || {
        let request = request.escape_ascii();
        format!(
            "\"{request}\" should be refused, and what follows not answered: {}",
            list(&answers)
        )
    })
}
