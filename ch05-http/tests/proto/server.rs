//! What a server answers, and when the connection goes on.

use std::panic::catch_unwind;
use std::time::{Duration, SystemTime};

use bytes::BytesMut;
use ch05_http::proto::{Date, Fault, Length, Limits, MediaType, Next, NotSent, Received, Server};
use http::StatusCode;

const NONE: [(&str, &str); 0] = [];

/// A server that has received all of `script`, which is one request or less.
fn served(script: &str) -> (Server, BytesMut) {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::from(script);
    while !matches!(server.receive(&mut input), Ok(Received::Nothing) | Err(_)) {}
    (server, input)
}

/// What a server answers to `script` by `status` and this body, and what comes after it.
fn answer(script: &str, status: u16, length: Length, body: &str) -> (String, Next) {
    let (mut server, _) = served(script);
    let mut out = Vec::new();
    let status = StatusCode::from_u16(status).expect("a status");
    server.send_head(status, NONE, length, &mut out).expect("a head");
    server.send_data(body.as_bytes(), &mut out).expect("a body");
    server.send_end(&mut out).expect("an end");
    (String::from_utf8(out).expect("text"), server.next())
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD: &str = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const OLD: &str = "GET / HTTP/1.0\r\n\r\n";
const OLD_KEPT: &str = "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n";

#[test]
fn a_body_is_framed_as_the_client_can_read_it() {
    use Length::{Chunked, None, Sized, UntilClose};
    use Next::{Another, Close};
    for (request, status, length, body, expected, next) in [
        (GET, 200, Sized(2), "ok", "200 OK\r\ncontent-length: 2\r\n\r\nok", Another),
        (GET, 200, None, "", "200 OK\r\ncontent-length: 0\r\n\r\n", Another),
        (GET, 404, Sized(0), "", "404 Not Found\r\ncontent-length: 0\r\n\r\n", Another),
        (
            GET,
            200,
            Chunked,
            "hello, hello, hello",
            "200 OK\r\ntransfer-encoding: chunked\r\n\r\n13\r\nhello, hello, hello\r\n0\r\n\r\n",
            Another,
        ),
        (GET, 200, Chunked, "", "200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", Another),
        (GET, 200, UntilClose, "ok", "200 OK\r\nconnection: close\r\n\r\nok", Close),
        // No body, whatever is said and sent.
        (HEAD, 200, Sized(2), "ok", "200 OK\r\ncontent-length: 2\r\n\r\n", Another),
        (HEAD, 200, Chunked, "ok", "200 OK\r\ntransfer-encoding: chunked\r\n\r\n", Another),
        (HEAD, 200, None, "", "200 OK\r\n\r\n", Another),
        (HEAD, 200, UntilClose, "ok", "200 OK\r\n\r\n", Another),
        (GET, 204, Sized(2), "ok", "204 No Content\r\n\r\n", Another),
        (GET, 204, Chunked, "ok", "204 No Content\r\n\r\n", Another),
        (GET, 204, None, "", "204 No Content\r\n\r\n", Another),
        (GET, 304, Sized(2), "ok", "304 Not Modified\r\ncontent-length: 2\r\n\r\n", Another),
        (GET, 304, None, "", "304 Not Modified\r\n\r\n", Another),
        (GET, 205, Chunked, "", "205 Reset Content\r\ncontent-length: 0\r\n\r\n", Another),
        // HTTP/1.0 knows no chunks, and goes on only if it asks to.
        (
            OLD,
            200,
            Sized(2),
            "ok",
            "200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
            Close,
        ),
        (OLD, 200, Chunked, "ok", "200 OK\r\nconnection: close\r\n\r\nok", Close),
        (
            OLD_KEPT,
            200,
            Sized(2),
            "ok",
            "200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\nok",
            Another,
        ),
        (OLD_KEPT, 200, Chunked, "ok", "200 OK\r\nconnection: close\r\n\r\nok", Close),
        // There are statuses without a phrase, and the space before it stays (section 4).
        (GET, 299, Sized(0), "", "299 \r\ncontent-length: 0\r\n\r\n", Another),
    ] {
        let (text, then) = answer(request, status, length, body);
        assert_eq!(text, format!("HTTP/1.1 {expected}"), "{request:?} {status} {length:?}");
        assert_eq!(then, next, "{request:?} {status} {length:?}");
    }
}

#[test]
fn either_side_may_close() {
    for (option, next) in [
        ("close", Next::Close),
        ("Close", Next::Close),
        ("x-other , CLOSE", Next::Close),
        ("close\r\nConnection: keep-alive", Next::Close),
        ("keep-alive", Next::Another),
        ("closed", Next::Another),
        ("", Next::Another),
    ] {
        let script = format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: {option}\r\n\r\n");
        let (text, then) = answer(&script, 200, Length::Sized(0), "");
        assert_eq!(then, next, "{option:?}");
        assert_eq!(text.contains("connection: close\r\n"), next == Next::Close, "{option:?}");
    }
    for (value, next) in [("close", Next::Close), ("x, Close", Next::Close), ("x", Next::Another)] {
        let (mut server, _) = served(GET);
        let mut out = Vec::new();
        let fields = [("Connection", value)];
        server.send_head(StatusCode::OK, fields, Length::Sized(0), &mut out).expect("a head");
        server.send_end(&mut out).expect("an end");
        assert_eq!(server.next(), next);
        let close = String::from_utf8_lossy(&out).matches("connection: close").count();
        assert_eq!(close, usize::from(next == Next::Close), "said once");
    }
    let (mut server, _) = served(GET);
    server.close_after_this();
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Sized(0), &mut out).expect("a head");
    server.send_end(&mut out).expect("an end");
    assert!(String::from_utf8_lossy(&out).contains("connection: close"));
    assert_eq!(server.next(), Next::Close);
}

#[test]
fn the_next_request_waits_until_this_one_is_over() {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::from(&[GET, GET].concat()[..]);
    let mut out = Vec::new();
    assert!(!server.can_answer());
    let early = server.send_head(StatusCode::OK, NONE, Length::None, &mut out);
    assert_eq!(early, Err(NotSent::OutOfTurn), "an answer to nothing");
    assert!(matches!(server.receive(&mut input), Ok(Received::Head(_))));
    assert!(matches!(server.receive(&mut input), Ok(Received::End(_))));
    assert_eq!(server.receive(&mut input), Ok(Received::Nothing));
    assert_eq!(input, GET);
    assert!(server.can_answer());
    server.send_head(StatusCode::OK, NONE, Length::Sized(2), &mut out).expect("a head");
    assert!(!server.can_answer());
    let again = server.send_head(StatusCode::OK, NONE, Length::None, &mut out);
    assert_eq!(again, Err(NotSent::OutOfTurn), "a second answer");
    assert_eq!(server.receive(&mut input), Ok(Received::Nothing));
    server.send_data(b"ok", &mut out).expect("data");
    server.send_end(&mut out).expect("an end");
    assert_eq!(server.send_end(&mut out), Err(NotSent::OutOfTurn), "a second end");
    assert_eq!(server.send_data(b"ok", &mut out), Err(NotSent::OutOfTurn), "data behind the end");
    assert_eq!(server.receive(&mut input), Ok(Received::Nothing));
    assert_eq!(server.next(), Next::Another);
    assert!(matches!(server.receive(&mut input), Ok(Received::Head(_))));
}

#[test]
fn a_body_that_nobody_reads_ends_the_connection() {
    let (mut server, _) = served("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf");
    let mut out = Vec::new();
    server.send_head(StatusCode::NOT_FOUND, NONE, Length::None, &mut out).expect("a head");
    server.send_end(&mut out).expect("an end");
    assert!(!server.is_whole());
    assert_eq!(server.next(), Next::Close);
    // Whoever reads the rest may go on.
    let mut input = BytesMut::from(&b" more"[..]);
    assert!(matches!(server.receive(&mut input), Ok(Received::Data(_))));
    assert!(matches!(server.receive(&mut input), Ok(Received::End(_))));
    assert_eq!(server.next(), Next::Another);
}

#[test]
fn a_request_is_whole_with_the_last_of_its_bytes() {
    let sized = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok";
    for (script, events) in [(GET, 1), (sized, 2)] {
        let mut server = Server::new(Limits::default());
        let mut input = BytesMut::from(script);
        for event in 1..=events {
            assert!(!server.is_whole());
            assert!(server.receive(&mut input).is_ok());
            assert_eq!(server.is_whole(), event == events);
            assert_eq!(server.body_left() == Some(0), event == events);
        }
        let mut out = Vec::new();
        server.send_head(StatusCode::OK, NONE, Length::None, &mut out).expect("a head");
        server.send_end(&mut out).expect("an end");
        assert_eq!(server.next(), Next::Another, "its end need not be received");
    }
}

#[test]
fn a_client_that_asks_first_is_told_to_continue_once() {
    let ask =
        |length: &str| format!("PUT / HTTP/1.1\r\nHost: a\r\n{length}Expect: 100-Continue\r\n\r\n");
    for length in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
        let (mut server, _) = served(&ask(length));
        let mut out = Vec::new();
        assert!(server.wants_continue());
        server.send_continue(&mut out);
        assert!(!server.wants_continue());
        server.send_continue(&mut out);
        assert_eq!(out, b"HTTP/1.1 100 Continue\r\n\r\n");
    }
    for script in [
        // It did not wait.
        ask("Content-Length: 5\r\n") + "h",
        // It has nothing to wait for.
        ask("Content-Length: 0\r\n"),
        ask(""),
        // It does not know what it would get.
        ask("Content-Length: 5\r\n").replace("1.1", "1.0"),
        ask("Content-Length: 5\r\n").replace("100-Continue", "other").replace("1.1", "1.0"),
    ] {
        let (mut server, _) = served(&script);
        let mut out = Vec::new();
        assert!(!server.wants_continue(), "{script:?}");
        server.send_continue(&mut out);
        assert!(out.is_empty());
    }
}

#[test]
fn an_answer_instead_of_continue_ends_the_connection() {
    let script = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    let (mut server, mut input) = served(script);
    let mut out = Vec::new();
    server.send_head(StatusCode::FORBIDDEN, NONE, Length::None, &mut out).expect("a head");
    server.send_end(&mut out).expect("an end");
    assert!(!server.wants_continue());
    // The client may send the body or not, so that nobody knows what its next bytes are.
    assert!(String::from_utf8_lossy(&out).contains("connection: close\r\n"));
    input.extend_from_slice(b"hello");
    while server.receive(&mut input) != Ok(Received::Nothing) {}
    assert_eq!(server.next(), Next::Close);
}

#[test]
fn a_fault_is_answered_if_there_is_room_for_an_answer() {
    let (mut server, _) = served("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    let mut out = Vec::new();
    assert!(server.can_answer());
    assert!(server.send_fault(Fault::Host, &mut out));
    let text = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\n\
        content-length: 25\r\nconnection: close\r\n\r\none Host field is wanted\n";
    assert_eq!(String::from_utf8_lossy(&out), text);
    assert_eq!(server.next(), Next::Close);

    let script = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx";
    let (mut server, mut input) = served(script);
    assert_eq!(server.receive(&mut input), Err(Fault::Chunk));
    assert!(server.send_fault(Fault::Chunk, &mut out), "its body was wrong from the first byte");

    let (mut server, mut input) = served(&script[..script.len() - 1]);
    out.clear();
    server.send_head(StatusCode::OK, NONE, Length::Chunked, &mut out).expect("a head");
    server.send_data(b"so far", &mut out).expect("data");
    let len = out.len();
    input.extend_from_slice(b"x");
    assert_eq!(server.receive(&mut input), Err(Fault::Chunk));
    assert!(!server.send_fault(Fault::Chunk, &mut out), "the answer has begun");
    assert_eq!(out.len(), len);

    // Of time, this layer knows nothing.
    let (mut server, _) = served("GET / HT");
    out.clear();
    assert!(server.send_fault(Fault::TooSlow, &mut out));
    assert!(out.starts_with(b"HTTP/1.1 408 Request Timeout\r\n"));
    assert_eq!(server.receive(&mut BytesMut::from("TP/1.1\r\n")), Err(Fault::TooSlow));
}

#[test]
fn a_fault_behind_a_head_request_has_a_body_again() {
    let (mut server, _) = served(HEAD);
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Sized(6), &mut out).expect("a head");
    server.send_end(&mut out).expect("an end");
    assert_eq!(server.next(), Next::Another);
    let mut input = BytesMut::from("GET\r\n\r\n");
    assert_eq!(server.receive(&mut input), Err(Fault::FirstLine));
    out.clear();
    assert!(server.send_fault(Fault::FirstLine, &mut out));
    assert!(out.ends_with(b"the first line is no HTTP\n"));
}

#[test]
fn an_answer_says_when_it_was_given() {
    let (mut server, _) = served(GET);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
    server.set_date(Date::at(time));
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::None, &mut out).expect("a head");
    server.send_end(&mut out).expect("an end");
    let text =
        "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&out), text);

    // The caller's own takes its place.
    let (mut server, _) = served(GET);
    server.set_date(Date::at(time));
    out.clear();
    let fields = [("Date", "today")];
    server.send_head(StatusCode::OK, fields, Length::None, &mut out).expect("a head");
    assert_eq!(out, b"HTTP/1.1 200 OK\r\nDate: today\r\ncontent-length: 0\r\n\r\n");
}

#[test]
fn a_whole_answer_is_the_same_as_one_in_its_parts() {
    for request in [GET, HEAD] {
        for (status, body) in [
            (StatusCode::OK, &b"some"[..]),
            (StatusCode::OK, b""),
            (StatusCode::NO_CONTENT, b""),
            (StatusCode::NOT_MODIFIED, b"some"),
        ] {
            let fields = [("x", "y")];
            let (mut server, mut parts) = (served(request).0, Vec::new());
            let length = match body.len() {
                0 => Length::None,
                len => Length::Sized(len as u64),
            };
            server.send_head(status, fields, length, &mut parts).expect("a head");
            server.send_data(body, &mut parts).expect("a body");
            server.send_end(&mut parts).expect("an end");
            assert_eq!(server.next(), Next::Another);
            let (mut server, mut whole) = (served(request).0, Vec::new());
            server.send_whole(status, None, fields, body, &mut whole).expect("all of it");
            assert_eq!(server.next(), Next::Another);
            assert_eq!(whole.escape_ascii().to_string(), parts.escape_ascii().to_string());
        }
    }
}

#[test]
fn a_body_that_there_cannot_be_leaves_room_for_another_answer() {
    let (mut server, mut out) = (served(GET).0, b"before".to_vec());
    let fields = || [("x", "y")];
    let text = Some(MediaType::TEXT);
    let sent = server.send_whole(StatusCode::RESET_CONTENT, text, fields(), b"some", &mut out);
    assert_eq!(sent, Err(NotSent::TooMuch));
    assert_eq!(out, b"before");
    server.send_whole(StatusCode::OK, text, fields(), b"", &mut out).expect("another one");
    let sent = server.send_whole(StatusCode::OK, text, fields(), b"", &mut out);
    assert_eq!(sent, Err(NotSent::OutOfTurn));
}

#[test]
fn a_media_type_is_a_field_before_the_others() {
    const HTML: MediaType = MediaType::of_line("content-type: text/html\r\n");
    assert_eq!(HTML.as_str(), "text/html");
    let (mut server, mut out) = (served(GET).0, Vec::new());
    server
        .send_whole(StatusCode::OK, Some(HTML), [("x", "y")], b"some", &mut out)
        .expect("an answer");
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nx: y\r\ncontent-length: 4\r\n\r\n";
    assert_eq!(str::from_utf8(&out), Ok(&*format!("{head}some")));
}

#[test]
fn a_media_type_is_a_line_or_none() {
    for wrong in [
        "",
        "content-type: \r",
        "content-type: text/html",
        "content-length: text/html\r\n",
        "content-type: text/html\r\nx: y\r\n",
    ] {
        assert!(catch_unwind(|| MediaType::of_line(wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn the_date_of_now_is_that_of_its_second() {
    loop {
        let before = Date::at(SystemTime::now());
        let now = Date::now();
        // Between two seconds nothing can be said.
        if before == Date::at(SystemTime::now()) {
            assert_eq!(now, before);
            break;
        }
    }
    assert_eq!(
        Date::at(SystemTime::UNIX_EPOCH - Duration::from_secs(1)),
        Date::at(SystemTime::UNIX_EPOCH)
    );
}
