//! Requests that two readers could read differently: each is a fault, the right one, and what is
//! behind it is never seen.

use ch05_http::proto::Fault;

use crate::replay::{fault, heads, requests};

/// What an attacker puts behind.
const SMUGGLED: &[u8] = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// Sees that `script` is refused for that reason, with a request behind it and without.
#[track_caller]
fn refused(script: &[u8], expected: Fault) {
    for behind in [SMUGGLED, b"\r\n\r\n", b""] {
        let script = [script, behind].concat();
        let events = requests(&script);
        let text = script.escape_ascii();
        assert!(heads(&events) <= 1, "a second head: \"{text}\": {events:?}");
        let found = fault(&events);
        if behind == SMUGGLED {
            assert_eq!(found, Some(expected), "\"{text}\": {events:?}");
        } else {
            assert!(found.is_some(), "\"{text}\": {events:?}");
        }
    }
}

fn post(fields: &str, body: &[u8]) -> Vec<u8> {
    [format!("POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes(), body].concat()
}

#[test]
fn lengths_are_digits_alone_and_said_once() {
    for (value, expected) in [
        ("+5", Fault::Length),
        ("-5", Fault::Length),
        ("5 5", Fault::Length),
        ("5, 6", Fault::Length),
        // The RFC would let a list of equal ones pass for one. Whoever sends it is wrong already.
        ("5, 5", Fault::Length),
        ("5,", Fault::Length),
        (",5", Fault::Length),
        ("0x5", Fault::Length),
        ("5.0", Fault::Length),
        ("5e0", Fault::Length),
        ("", Fault::Length),
        (" ", Fault::Length),
        ("five", Fault::Length),
        ("\"5\"", Fault::Length),
        ("\u{665}", Fault::Length),
        ("5\u{b}", Fault::Field),
        ("9223372036854775808", Fault::BodyTooLarge),
        ("18446744073709551615", Fault::BodyTooLarge),
        // 2^64 + 5: five, to whoever lets it wrap around.
        ("18446744073709551621", Fault::BodyTooLarge),
        ("99999999999999999999999999999999999999999", Fault::BodyTooLarge),
        ("99999999999999999999999999999999999999999x", Fault::Length),
    ] {
        refused(&post(&format!("Content-Length: {value}\r\n"), b"hello"), expected);
    }
    for second in ["5", "6", "0", ""] {
        let fields = format!("Content-Length: 5\r\nX: y\r\nCONTENT-LENGTH: {second}\r\n");
        refused(&post(&fields, b"hello"), Fault::LengthRepeated);
    }
}

#[test]
fn encodings_are_chunked_alone() {
    for (value, expected) in [
        ("identity", Fault::Encoding),
        ("xchunked", Fault::Encoding),
        ("chunkedx", Fault::Encoding),
        ("gzip", Fault::Encoding),
        ("chunked, identity", Fault::Encoding),
        ("chunked, chunked", Fault::Encoding),
        ("chunked,", Fault::Encoding),
        (",chunked", Fault::Encoding),
        ("\"chunked\"", Fault::Encoding),
        ("'chunked'", Fault::Encoding),
        ("chunked;q=1", Fault::Encoding),
        ("chun ked", Fault::Encoding),
        ("", Fault::Encoding),
        ("\u{b}chunked", Fault::Field),
        ("chunked\u{0}", Fault::Field),
        ("chunked\u{a0}", Fault::Encoding),
        ("gzip, chunked", Fault::EncodingUnknown),
        ("identity,chunked", Fault::EncodingUnknown),
        ("x-own , Chunked", Fault::EncodingUnknown),
    ] {
        let fields = format!("Transfer-Encoding: {value}\r\n");
        refused(&post(&fields, b"5\r\nhello\r\n0\r\n\r\n"), expected);
    }
    for (second, expected) in
        [("identity", Fault::Encoding), ("chunked", Fault::Encoding), ("", Fault::Encoding)]
    {
        let fields = format!("Transfer-Encoding: chunked\r\ntransfer-encoding: {second}\r\n");
        refused(&post(&fields, b"5\r\nhello\r\n0\r\n\r\n"), expected);
    }
    let fields = "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n";
    refused(&post(fields, b"5\r\nhello\r\n0\r\n\r\n"), Fault::EncodingUnknown);
}

#[test]
fn a_length_and_an_encoding_exclude_each_other() {
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 15\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: none\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 5\r\nTransfer-Encoding:\r\n",
    ] {
        let expected =
            if fields.ends_with(":\r\n") { Fault::Encoding } else { Fault::LengthAndEncoding };
        refused(&post(fields, b"5\r\nhello\r\n0\r\n\r\n"), expected);
    }
    let old = b"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    refused(old, Fault::EncodingOfOld);
    let kept = b"POST /echo HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\
        Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    refused(kept, Fault::LengthAndEncoding);
}

#[test]
fn lines_are_names_colons_and_values() {
    for (line, expected) in [
        ("Content-Length : 5\r\n", Fault::Field),
        ("Content-Length\t: 5\r\n", Fault::Field),
        ("Transfer-Encoding : chunked\r\n", Fault::Field),
        (" Content-Length: 5\r\n", Fault::Field),
        ("\tContent-Length: 5\r\n", Fault::Field),
        ("Content-Length: 0\r\n 5\r\n", Fault::Field),
        ("Transfer-Encoding:\r\n chunked\r\n", Fault::Field),
        ("X: folded\r\n\tonce\r\n", Fault::Field),
        ("X: a\rContent-Length: 5\r\n", Fault::Field),
        ("X: a\r\r\n", Fault::Field),
        ("X: a\0b\r\n", Fault::Field),
        ("X: a\u{7f}b\r\n", Fault::Field),
        ("X: a\u{1}\r\n", Fault::Field),
        ("X\0: a\r\n", Fault::Field),
        ("X y: a\r\n", Fault::Field),
        ("X(y): a\r\n", Fault::Field),
        ("X@: a\r\n", Fault::Field),
        (": nameless\r\n", Fault::Field),
        ("without a colon\r\n", Fault::Field),
        ("without\r\n", Fault::Field),
        ("Content-Length\u{e9}: 5\r\n", Fault::Field),
        ("X: bare\n", Fault::LineEnd),
        ("X:\n", Fault::LineEnd),
        ("X: bare\nContent-Length: 5\r\n", Fault::LineEnd),
        ("Content-Length: 0\nX: y\r\n", Fault::LineEnd),
    ] {
        refused(&post(line, b"hello"), expected);
    }
    // The empty line.
    refused(b"GET / HTTP/1.1\r\nHost: a\r\n\n", Fault::LineEnd);
    refused(b"GET / HTTP/1.1\r\nHost: a\n\r\n", Fault::LineEnd);
    refused(b"GET / HTTP/1.1\r\nHost: a\n\n", Fault::LineEnd);
    refused(b"GET / HTTP/1.1\nHost: a\r\n\r\n", Fault::LineEnd);
    refused(b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", Fault::LineEnd);
    // Before the head.
    refused(b"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::LineEnd);
    refused(b"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::LineEnd);
    refused(b"\r\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Fault::LineEnd);
}

#[test]
fn a_chunk_is_as_long_as_it_says() {
    for body in [
        &b"+5\r\nhello\r\n0\r\n\r\n"[..],
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5 5\r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"5\t\r\nhello\r\n0\r\n\r\n",
        b"g\r\nhello\r\n0\r\n\r\n",
        b"5,5\r\nhello\r\n0\r\n\r\n",
        b"\r\nhello\r\n0\r\n\r\n",
        b";x\r\nhello\r\n0\r\n\r\n",
        b"5\rhello\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5;x\nhello\r\n0\r\n\r\n",
        b"5;x\rhello\r\n0\r\n\r\n",
        b"5;x\0\r\nhello\r\n0\r\n\r\n",
        b"5\r\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello!\r\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello\r0\r\n\r\n",
        b"5\r\nhello\r\n\r\n0\r\n\r\n",
        b"5\r\nhell\r\n0\r\n\r\n",
        b"00000000000000005\r\nhello\r\n0\r\n\r\n",
        // 2^64 + 5.
        b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n-0\r\n\r\n",
        b"5\r\nhello\r\n0\n\r\n",
        b"5\r\nhello\r\n0\r\r\n",
        b"\xef\xbc\x95\r\nhello\r\n0\r\n\r\n",
    ] {
        refused(&post("Transfer-Encoding: chunked\r\n", body), Fault::Chunk);
    }
    for body in [&b"ffffffffffffffff\r\nhello"[..], b"8000000000000000\r\nhello"] {
        refused(&post("Transfer-Encoding: chunked\r\n", body), Fault::BodyTooLarge);
    }
    // Two that are too large together.
    let body = b"5\r\nhello\r\n7ffffffffffffffb\r\nhello";
    refused(&post("Transfer-Encoding: chunked\r\n", body), Fault::BodyTooLarge);
}

#[test]
fn trailers_are_fields() {
    for (trailers, expected) in [
        ("\n", Fault::Trailer),
        ("\r\r\n", Fault::Trailer),
        (" A: b\r\n\r\n", Fault::Trailer),
        ("A : b\r\n\r\n", Fault::Trailer),
        ("A: b\r\n c\r\n\r\n", Fault::Trailer),
        ("A: b\n\r\n", Fault::Trailer),
        ("A: b\r\n\n", Fault::Trailer),
        ("A: b\0\r\n\r\n", Fault::Trailer),
        ("no colon\r\n\r\n", Fault::Trailer),
        // As the first line of a request that was taken for trailers would be.
        ("GET / HTTP/1.1\r\n\r\n", Fault::Trailer),
    ] {
        let body = format!("5\r\nhello\r\n0\r\n{trailers}");
        refused(&post("Transfer-Encoding: chunked\r\n", body.as_bytes()), expected);
    }
}

#[test]
fn first_lines_are_three_words() {
    for (line, expected) in [
        ("GET / HTTP/2.0", Fault::Version),
        ("GET / HTTP/9.9", Fault::Version),
        ("GET / HTTP/1.2", Fault::Version),
        ("GET / HTTP/0.9", Fault::Version),
        ("PRI * HTTP/2.0", Fault::Version),
        ("GET / HTTP/1.10", Fault::FirstLine),
        ("GET / HTTP/1.1 ", Fault::FirstLine),
        ("GET / HTTP/1.1 x", Fault::FirstLine),
        ("GET / HTTP/1,1", Fault::FirstLine),
        ("GET / HTTP/11", Fault::FirstLine),
        ("GET / http/1.1", Fault::FirstLine),
        ("GET / HTTPS/1.1", Fault::FirstLine),
        ("GET / ", Fault::FirstLine),
        ("GET /", Fault::FirstLine),
        ("GET", Fault::FirstLine),
        ("GET /a b HTTP/1.1", Fault::FirstLine),
        ("GET  / HTTP/1.1", Fault::FirstLine),
        ("GET /  HTTP/1.1", Fault::FirstLine),
        ("GET\t/ HTTP/1.1", Fault::FirstLine),
        ("GET /\tHTTP/1.1", Fault::FirstLine),
        (" GET / HTTP/1.1", Fault::FirstLine),
        ("G@T / HTTP/1.1", Fault::FirstLine),
        ("G\u{c9}T / HTTP/1.1", Fault::FirstLine),
        ("GET /\0 HTTP/1.1", Fault::FirstLine),
        ("GET /\r HTTP/1.1", Fault::FirstLine),
        ("GET /\u{7f} HTTP/1.1", Fault::FirstLine),
        ("\u{16}\u{3}\u{1}\0\u{a5}\u{1}\0\0\u{a1}\u{3}\u{3}", Fault::FirstLine),
        ("HTTP/1.1 200 OK", Fault::FirstLine),
    ] {
        refused(format!("{line}\r\nHost: a\r\n\r\n").as_bytes(), expected);
    }
}

#[test]
fn host_is_one_and_a_host() {
    for hosts in [
        "",
        "Host: a\r\nHost: a\r\n",
        "Host: a\r\nHost: b\r\n",
        "Host: a\r\nHOST:\r\n",
        "Host: a b\r\n",
        "Host: a/b\r\n",
        "Host: a?b\r\n",
        "Host: a#b\r\n",
        "Host: me@a\r\n",
        "Host: a, b\r\nX: y\r\nHost: b\r\n",
        "Host: http://a\r\n",
        "Host: a:b\r\n",
        "Host: a:80:80\r\n",
        "Host: a:-1\r\n",
        "Host: a%\r\n",
        "Host: a%2\r\n",
        "Host: a%zz\r\n",
        "Host: [::1\r\n",
        "Host: ::1\r\n",
        "Host: [::1]x\r\n",
        "Host: [g::1]\r\n",
        "Host: []\r\n",
        "Host: a\\b\r\n",
        "Host: \u{e4}\r\n",
    ] {
        refused(format!("GET / HTTP/1.1\r\n{hosts}\r\n").as_bytes(), Fault::Host);
    }
    refused(b"GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", Fault::Host);
    refused(b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", Fault::Host);
}

#[test]
fn only_100_continue_can_be_expected() {
    for value in ["200-ok", "", "100-continue, more", "100-continue;q=1", "100"] {
        let fields = format!("Content-Length: 5\r\nExpect: {value}\r\n");
        refused(&post(&fields, b"hello"), Fault::Expectation);
    }
}
