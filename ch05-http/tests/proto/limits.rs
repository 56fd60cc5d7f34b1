//! Each limit, met and passed by one.

use bytes::BytesMut;
use ch05_http::proto::{
    BODY_BYTES_LARGEST, CHUNK_DIGITS_MAX, COPIED_BYTES_MAX, EMPTY_LINES_MAX, EXTENSION_BYTES_MAX,
    FIELDS_MAX, Fault, HEAD_BYTES_MAX, INTERIM_MAX, Limits, METHOD_BYTES_MAX, Received, Server,
    TARGET_BYTES_MAX, TRAILER_BYTES_MAX,
};
use http::Method;

use crate::replay::{Event, fault, heads, requests_cut, requests_within, responses_within};

const CHUNKED: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Sees that `fits` is whole and `passes` has that fault. The cuts are fewer than elsewhere, for
/// these scripts are long.
#[track_caller]
fn between(fits: &str, passes: &str, expected: Fault, limits: Limits) {
    for cut in [usize::MAX, 1000, 1] {
        let events = requests_cut(fits.as_bytes(), cut, limits);
        assert_eq!(events.last(), Some(&Event::Closed), "what fits, cut into {cut}");
        let events = requests_cut(passes.as_bytes(), cut, limits);
        assert_eq!(fault(&events), Some(expected), "what does not, cut into {cut}");
    }
}

/// A head of `len` bytes.
fn head(len: usize) -> String {
    let bare = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    bare.replace("X: ", &format!("X: {}", "x".repeat(len - bare.len())))
}

#[test]
fn bytes_of_a_head() {
    let limits = Limits::default();
    assert_eq!(head(HEAD_BYTES_MAX).len(), HEAD_BYTES_MAX);
    let (fits, passes) = (head(HEAD_BYTES_MAX), head(HEAD_BYTES_MAX + 1));
    between(&fits, &passes, Fault::HeadTooLarge, limits);
    assert_eq!(Fault::HeadTooLarge.status(), 431);
    // Empty lines before are none of it.
    between(&format!("\r\n{fits}{fits}"), &format!("\r\n{passes}"), Fault::HeadTooLarge, limits);

    let limits = Limits { head_bytes: 100, ..limits };
    between(&head(100), &head(101), Fault::HeadTooLarge, limits);
    // What is refused is known before the end.
    let events = requests_within(&head(1000).as_bytes()[..101], limits);
    assert_eq!(fault(&events), Some(Fault::HeadTooLarge));
    let events = requests_within(&head(1000).as_bytes()[..100], limits);
    assert_eq!(fault(&events), Some(Fault::Truncated));
}

#[test]
fn bytes_of_a_first_line_without_an_end() {
    let limits = Limits::default();
    let target = format!("GET /{}", "a".repeat(HEAD_BYTES_MAX));
    assert_eq!(fault(&requests_cut(target.as_bytes(), 1000, limits)), Some(Fault::TargetTooLong));
    assert_eq!(fault(&requests_cut(target.as_bytes(), 1, limits)), Some(Fault::TargetTooLong));
    let method = "A".repeat(HEAD_BYTES_MAX + 1);
    assert_eq!(fault(&requests_cut(method.as_bytes(), 1000, limits)), Some(Fault::FirstLine));
    assert_eq!(fault(&requests_cut(method.as_bytes(), 1, limits)), Some(Fault::FirstLine));
}

#[test]
fn bytes_of_a_target() {
    let of = |len: usize| format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "a".repeat(len - 1));
    let limits = Limits::default();
    let (fits, passes) = (of(TARGET_BYTES_MAX), of(TARGET_BYTES_MAX + 1));
    between(&fits, &passes, Fault::TargetTooLong, limits);
    assert_eq!(Fault::TargetTooLong.status(), 414);
    between(&of(5), &of(6), Fault::TargetTooLong, Limits { target_bytes: 5, ..limits });
}

#[test]
fn bytes_of_a_method() {
    let of = |len: usize| format!("{} / HTTP/1.1\r\nHost: a\r\n\r\n", "M".repeat(len));
    let (fits, passes) = (of(METHOD_BYTES_MAX), of(METHOD_BYTES_MAX + 1));
    between(&fits, &passes, Fault::Method, Limits::default());
    assert_eq!(Fault::Method.status(), 501);
}

#[test]
fn fields_of_a_head() {
    let of = |fields: usize| {
        format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A:b\r\n".repeat(fields - 1))
    };
    let limits = Limits::default();
    between(&of(FIELDS_MAX), &of(FIELDS_MAX + 1), Fault::TooManyFields, limits);
    assert_eq!(Fault::TooManyFields.status(), 431);
    between(&of(3), &of(4), Fault::TooManyFields, Limits { fields: 3, ..limits });
    // It cannot be set higher.
    let limits = Limits { fields: usize::MAX, ..limits };
    between(&of(FIELDS_MAX), &of(FIELDS_MAX + 1), Fault::TooManyFields, limits);
}

#[test]
fn empty_lines_before_a_head() {
    let of = |lines: u8| {
        format!("{}GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n".repeat(usize::from(lines)))
    };
    let limits = Limits::default();
    between(&of(EMPTY_LINES_MAX), &of(EMPTY_LINES_MAX + 1), Fault::EmptyLines, limits);
    let twice = of(EMPTY_LINES_MAX).repeat(2);
    between(&twice, &of(EMPTY_LINES_MAX + 1), Fault::EmptyLines, limits);
}

#[test]
fn bytes_of_a_body() {
    let sized = |len: usize| {
        format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n{}", "x".repeat(len))
    };
    let limits = Limits { body_bytes: 10, ..Limits::default() };
    between(&sized(10), &sized(11), Fault::BodyTooLarge, limits);
    assert_eq!(Fault::BodyTooLarge.status(), 413);
    let in_chunks = |first: usize, second: usize| {
        let (one, two) = ("x".repeat(first), "x".repeat(second));
        format!("{CHUNKED}{first:x}\r\n{one}\r\n{second:x}\r\n{two}\r\n0\r\n\r\n")
    };
    between(&in_chunks(9, 1), &in_chunks(9, 2), Fault::BodyTooLarge, limits);
    between(&in_chunks(2, 8), &in_chunks(11, 1), Fault::BodyTooLarge, limits);
    let events = requests_within(in_chunks(9, 2).as_bytes(), limits);
    assert_eq!(events[1], Event::Data(b"x".repeat(9)), "what was allowed came");

    // And without a limit of one's own: the head says it all.
    let of = |len: u64| format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n");
    let events = requests_within(of(BODY_BYTES_LARGEST).as_bytes(), Limits::default());
    assert_eq!((heads(&events), fault(&events)), (1, Some(Fault::Truncated)));
    let limits = Limits { body_bytes: u64::MAX, ..Limits::default() };
    let events = requests_within(of(BODY_BYTES_LARGEST + 1).as_bytes(), limits);
    assert_eq!(fault(&events), Some(Fault::BodyTooLarge));
}

#[test]
fn bytes_of_a_piece_that_keeps_no_buffer() {
    let mut input = BytesMut::with_capacity(1 << 14);
    for (len, shares) in [(1, false), (COPIED_BYTES_MAX, false), (COPIED_BYTES_MAX + 1, true)] {
        let mut server = Server::new(Limits::default());
        let head = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n");
        input.extend_from_slice(head.as_bytes());
        input.extend_from_slice(&vec![b'x'; len]);
        assert!(matches!(server.receive(&mut input), Ok(Received::Head(_))));
        let place = input.as_ptr();
        let Ok(Received::Data(data)) = server.receive(&mut input) else { panic!("no data") };
        assert_eq!(data.len(), len);
        assert_eq!(data.as_ptr() == place, shares, "{len} bytes");
    }
}

#[test]
fn bytes_of_a_response() {
    let limits = Limits { body_bytes: 10, ..Limits::default() };
    for (head, of_head) in [
        ("Content-Length: 10\r\n\r\n0123456789", None),
        ("\r\n0123456789", None),
        ("Content-Length: 11\r\n\r\n01234567890", Some(Fault::BodyTooLarge)),
        ("\r\n01234567890", Some(Fault::BodyTooLarge)),
    ] {
        let script = format!("HTTP/1.1 200 OK\r\n{head}");
        let events = responses_within(&[Method::GET], script.as_bytes(), limits);
        assert_eq!(fault(&events), of_head, "{head:?}");
    }
    // Of what is not sent, any amount can be said.
    let script = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    assert_eq!(fault(&responses_within(&[Method::HEAD], script, limits)), None);
    let script = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 11\r\n\r\n";
    assert_eq!(fault(&responses_within(&[Method::GET], script, limits)), None);
}

#[test]
fn digits_of_a_chunk() {
    let of =
        |digits: u8| format!("{CHUNKED}{}1\r\nx\r\n0\r\n\r\n", "0".repeat(usize::from(digits) - 1));
    let (fits, passes) = (of(CHUNK_DIGITS_MAX), of(CHUNK_DIGITS_MAX + 1));
    between(&fits, &passes, Fault::Chunk, Limits::default());
}

#[test]
fn bytes_of_extensions() {
    let limits = Limits::default();
    let of = |len: usize| format!("{CHUNKED}1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(len - 1));
    let (fits, passes) = (of(EXTENSION_BYTES_MAX), of(EXTENSION_BYTES_MAX + 1));
    between(&fits, &passes, Fault::ExtensionTooLarge, limits);
    // It is all of them together, or each byte of a body could have so many.
    let of = |chunks: usize| format!("{CHUNKED}{}0\r\n\r\n", "1;\r\nx\r\n".repeat(chunks));
    let (fits, passes) = (of(EXTENSION_BYTES_MAX), of(EXTENSION_BYTES_MAX + 1));
    between(&fits, &passes, Fault::ExtensionTooLarge, limits);
    let spaces = |len: usize| format!("{CHUNKED}0{};\r\n\r\n", " ".repeat(len - 1));
    let (fits, passes) = (spaces(EXTENSION_BYTES_MAX), spaces(EXTENSION_BYTES_MAX + 1));
    between(&fits, &passes, Fault::ExtensionTooLarge, limits);
    assert_eq!(Fault::ExtensionTooLarge.status(), 400);
}

#[test]
fn bytes_and_fields_of_trailers() {
    let limits = Limits::default();
    let of = |len: usize| format!("{CHUNKED}0\r\nA: {}\r\n\r\n", "b".repeat(len - 7));
    let (fits, passes) = (of(TRAILER_BYTES_MAX), of(TRAILER_BYTES_MAX + 1));
    between(&fits, &passes, Fault::TrailersTooLarge, limits);
    let of = |fields: usize| format!("{CHUNKED}0\r\n{}\r\n", "A:b\r\n".repeat(fields));
    between(&of(FIELDS_MAX), &of(FIELDS_MAX + 1), Fault::TrailersTooLarge, limits);
    assert_eq!(Fault::TrailersTooLarge.status(), 431);
}

#[test]
fn interim_answers() {
    let of = |interim: u8| {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(usize::from(interim));
        format!("{hints}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    };
    let get = [Method::GET, Method::GET];
    // Counted for each answer anew.
    let fits = of(INTERIM_MAX).repeat(2);
    let events = responses_within(&get, fits.as_bytes(), Limits::default());
    assert_eq!((heads(&events), fault(&events)), (2, None));
    let events = responses_within(&get, of(INTERIM_MAX + 1).as_bytes(), Limits::default());
    assert_eq!(fault(&events), Some(Fault::TooManyInterim));
}
