//! What a client makes of what a server sends (RFC 9112, section 6.3).

use bytes::BytesMut;
use ch05_http::proto::{Client, Fault, Length, Limits, NotSent, Received};
use http::{Method, StatusCode, Version};

use crate::replay::{Event, Response, fault, heads, responses};

/// A server's script, in answer to one request, and what is behind it.
fn one(method: &Method, script: &str) -> Vec<Response> {
    responses(&[method.clone(), method.clone()], script.as_bytes())
}

/// The status and the body of the first answer of a script, which must be whole.
fn whole(method: &Method, script: &str) -> (StatusCode, Vec<u8>) {
    let mut events = one(method, script).into_iter().peekable();
    let Some(Event::Head(head)) = events.next() else { panic!("a head: {script:?}") };
    let body = match events.next_if(|event| matches!(event, Event::Data(_))) {
        Some(Event::Data(body)) => body,
        _ => Vec::new(),
    };
    assert!(matches!(events.next(), Some(Event::End(_))), "an end: {script:?}");
    (head.status(), body)
}

#[test]
fn an_answer_has_a_version_a_status_and_fields() {
    for (script, version, status) in [
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", Version::HTTP_11, 200),
        ("HTTP/1.1 404 Not\tFound \u{e9}\r\nA:b\r\n\r\n", Version::HTTP_11, 404),
        ("HTTP/1.0 599 \r\nA: b \r\n\r\n", Version::HTTP_10, 599),
        ("HTTP/1.0 999\r\na: b\r\n\r\n", Version::HTTP_10, 999),
        ("\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", Version::HTTP_11, 200),
    ] {
        let events = one(&Method::GET, script);
        let Some(Event::Head(head)) = events.first() else { panic!("{script:?}: {events:?}") };
        assert_eq!((head.version(), head.status().as_u16()), (version, status));
        assert_eq!(head.fields().get("a"), Some(&b"b"[..]));
        assert_eq!(head.fields().len(), 1);
    }
}

#[test]
fn the_end_of_a_body_is_known_in_one_of_five_ways() {
    for (method, script, expected) in [
        // Rules 1 and 2: there is none.
        (Method::HEAD, "200 OK\r\nContent-Length: 5\r\n\r\n", ""),
        (Method::HEAD, "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
        (Method::HEAD, "200 OK\r\n\r\n", ""),
        (Method::GET, "204 No Content\r\nContent-Length: 5\r\n\r\n", ""),
        (Method::GET, "304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""),
        (Method::GET, "304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", ""),
        // Rule 4: chunks.
        (
            Method::GET,
            "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            "hello",
        ),
        // Rule 6: a length.
        (Method::GET, "200 OK\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        (Method::GET, "200 OK\r\nContent-Length: 0\r\n\r\n", ""),
        // Rule 8: the end of the connection.
        (Method::GET, "200 OK\r\n\r\nhello", "hello"),
        (Method::GET, "404 Not Found\r\n\r\n", ""),
    ] {
        let (_, body) = whole(&method, &format!("HTTP/1.1 {script}"));
        assert_eq!(body, expected.as_bytes(), "{method} {script:?}");
    }
    let (_, body) = whole(&Method::GET, "HTTP/1.0 200 OK\r\n\r\nhello");
    assert_eq!(body, b"hello");
}

#[test]
fn what_can_be_read_in_two_ways_is_a_fault() {
    for (script, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
            Fault::LengthRepeated,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", Fault::Length),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            Fault::LengthAndEncoding,
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Fault::Encoding),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", Fault::EncodingUnknown),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", Fault::EncodingOfOld),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", Fault::Field),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", Fault::Field),
        ("HTTP/1.1 200 OK\r\nA: b\n\r\n", Fault::LineEnd),
        ("HTTP/1.1 200 OK\nA: b\r\n\r\n", Fault::LineEnd),
        ("HTTP/1.1 200\rOK\r\n\r\n", Fault::FirstLine),
        ("HTTP/1.1 20 OK\r\n\r\n", Fault::FirstLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", Fault::FirstLine),
        ("HTTP/1.1 099 OK\r\n\r\n", Fault::FirstLine),
        ("HTTP/1.1  200 OK\r\n\r\n", Fault::FirstLine),
        ("HTTP/1.1 abc OK\r\n\r\n", Fault::FirstLine),
        ("HTTP/2.0 200 OK\r\n\r\n", Fault::Version),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", Fault::Switched),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", Fault::Chunk),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\nbody?\r\n", Fault::FirstLine),
    ] {
        assert_eq!(fault(&one(&Method::GET, script)), Some(expected), "{script:?}");
    }
}

#[test]
fn an_answer_that_is_cut_is_never_whole() {
    for script in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
    ] {
        for len in 0..script.len() {
            let found = fault(&one(&Method::GET, &script[..len]));
            // An interim answer is no answer; and none at all may be sent again.
            let none = len == 0
                || len == "HTTP/1.1 100 Continue\r\n\r\n".len() && script.contains(" 100 ");
            let expected = if none { Fault::Unanswered } else { Fault::Truncated };
            assert_eq!(found, Some(expected), "{len} bytes of {script:?}");
        }
        assert_ne!(heads(&one(&Method::GET, script)), 0);
    }
}

#[test]
fn interim_answers_are_passed_over() {
    let script = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
        HTTP/1.1 199 What\r\nContent-Length: 7\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    assert_eq!(whole(&Method::PUT, script), (StatusCode::OK, b"ok".to_vec()));
}

#[test]
fn answers_behind_each_other_belong_to_their_requests() {
    let script = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\
        HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello\
        HTTP/1.1 304 Not Modified\r\n\r\n\
        HTTP/1.1 200 OK\r\n\r\nto the end";
    let methods = [Method::HEAD, Method::GET, Method::GET, Method::GET, Method::GET];
    let events = responses(&methods, script.as_bytes());
    assert_eq!(heads(&events), 4);
    assert!(
        matches!(&events[..], [.., Event::Data(data), Event::End(_), Event::Close] if data == b"to the end")
    );
}

/// A client that sent GET and got this answer, and what was left of the input.
fn after(connection: &str, answer: &str) -> (Client, BytesMut) {
    let mut client = Client::new(Limits::default());
    let mut out = Vec::new();
    let fields = [("host", "a"), ("connection", connection)];
    client.send_request(&Method::GET, "/", fields, Length::None, &mut out).expect("a request");
    client.send_end(&mut out).expect("its end");
    let mut input = BytesMut::from(answer);
    while !matches!(client.receive(&mut input), Ok(Received::End(_))) {}
    (client, input)
}

#[test]
fn a_connection_is_reused_if_both_want_to_and_nothing_is_left() {
    for (asks, answer, good) in [
        ("x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true),
        ("x", "HTTP/1.1 204 No Content\r\n\r\n", true),
        ("x", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true),
        ("close", "HTTP/1.1 204 No Content\r\n\r\n", false),
        ("x", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", false),
        ("x", "HTTP/1.1 204 No Content\r\nConnection: x, Close\r\n\r\n", false),
        ("x", "HTTP/1.0 204 No Content\r\n\r\n", false),
        ("x", "HTTP/1.0 204 No Content\r\nConnection: keep-alive\r\n\r\n", true),
        // More than was asked for: the next answer would be a stranger's.
        ("x", "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", false),
        ("x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay", false),
        ("x", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", false),
    ] {
        let (client, input) = after(asks, answer);
        assert_eq!(client.can_be_reused(&input), good, "{asks}: {answer:?}");
    }
    let (mut client, _) = after("x", "HTTP/1.1 204 No Content\r\n\r\n");
    client.end_of_input();
    assert!(!client.can_be_reused(&[]));
    assert_eq!(client.receive(&mut BytesMut::new()), Ok(Received::Closed));
}

#[test]
fn nothing_may_come_unasked() {
    let mut client = Client::new(Limits::default());
    let mut input = BytesMut::new();
    assert_eq!(client.receive(&mut input), Ok(Received::Nothing));
    // What a server sends to a connection that was idle for too long.
    input.extend_from_slice(b"HTTP/1.1 408 Request Timeout\r\n\r\n");
    assert!(!client.can_be_reused(&input));
    assert_eq!(client.receive(&mut input), Err(Fault::Unasked));
    assert_eq!(client.receive(&mut BytesMut::new()), Err(Fault::Unasked));
    assert!(!client.can_be_reused(&[]));
}

#[test]
fn a_request_is_sent_when_the_answer_before_is_whole() {
    let mut client = Client::new(Limits::default());
    let mut out = Vec::new();
    let host = [("host", "a")];
    let mut send = |client: &mut Client| {
        client.send_request(&Method::PUT, "/b?c", host, Length::Sized(2), &mut out)
    };
    send(&mut client).expect("a request");
    assert_eq!(send(&mut client), Err(NotSent::OutOfTurn));
    // The answer before the body's end: it is whole, and the connection is good for nothing more.
    let mut input = BytesMut::from("HTTP/1.1 204 No Content\r\n\r\n");
    assert!(matches!(client.receive(&mut input), Ok(Received::Head(_))));
    assert!(matches!(client.receive(&mut input), Ok(Received::End(_))));
    assert_eq!(send(&mut client), Err(NotSent::OutOfTurn));
    assert!(!client.can_be_reused(&input));
    // Unless the body is sent to its end.
    let mut more = Vec::new();
    client.send_data(b"ok", &mut more).expect("data");
    client.send_end(&mut more).expect("an end");
    assert!(client.can_be_reused(&input));
    send(&mut client).expect("a second request");
    let request = "PUT /b?c HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n";
    assert_eq!(String::from_utf8_lossy(&out), request.repeat(2));
}

#[test]
fn a_request_says_its_length() {
    for (method, length, expected) in [
        (Method::GET, Length::None, ""),
        (Method::DELETE, Length::None, ""),
        (Method::POST, Length::None, "content-length: 0\r\n"),
        (Method::GET, Length::Sized(0), "content-length: 0\r\n"),
        (Method::POST, Length::Sized(u64::MAX), "content-length: 18446744073709551615\r\n"),
        (Method::POST, Length::Chunked, "transfer-encoding: chunked\r\n"),
    ] {
        let mut client = Client::new(Limits::default());
        let mut out = Vec::new();
        client.send_request(&method, "/", [("host", "a")], length, &mut out).expect("a request");
        let text = format!("{method} / HTTP/1.1\r\nhost: a\r\n{expected}\r\n");
        assert_eq!(String::from_utf8_lossy(&out), text);
        if expected.is_empty() {
            assert_eq!(client.send_data(b"x", &mut out), Err(NotSent::TooMuch));
        }
    }
}

#[test]
fn a_client_may_wait_for_100_continue() {
    let mut client = Client::new(Limits::default());
    let mut out = Vec::new();
    let fields = [("host", "a"), ("expect", "100-continue")];
    client.send_request(&Method::PUT, "/", fields, Length::Sized(2), &mut out).expect("a request");
    let mut input = BytesMut::new();
    assert_eq!(client.receive(&mut input), Ok(Received::Nothing));
    assert!(!client.was_continued());
    input.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(client.receive(&mut input), Ok(Received::Nothing));
    assert!(client.was_continued());
}
