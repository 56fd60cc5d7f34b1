//! What cannot be sent.

use bytes::BytesMut;
use ch05_http::proto::{Client, Fields, Length, Limits, NotSent, Received, Server};
use http::{HeaderName, HeaderValue, Method, StatusCode};

const NONE: [(&str, &str); 0] = [];

fn server() -> Server {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    while !matches!(server.receive(&mut input), Ok(Received::Nothing)) {}
    server
}

#[test]
fn a_field_cannot_become_two() {
    for (name, value, expected) in [
        ("a", "b\r\nc: d", NotSent::Value),
        ("a", "b\nc: d", NotSent::Value),
        ("a", "b\rc: d", NotSent::Value),
        ("a", "b\0c", NotSent::Value),
        ("a", "\u{7f}", NotSent::Value),
        ("a", "\u{1b}", NotSent::Value),
        ("a", "long enough to be looked at in larger pieces\n", NotSent::Value),
        ("date", "\r\n\r\n", NotSent::Value),
        ("a: b\r\nc", "d", NotSent::Name),
        ("a ", "b", NotSent::Name),
        ("a:", "b", NotSent::Name),
        ("", "b", NotSent::Name),
        ("\u{e4}", "b", NotSent::Name),
        ("Content-Length", "5", NotSent::Framing),
        ("transfer-encoding", "chunked", NotSent::Framing),
    ] {
        let fields = [("x", "y"), (name, value)];
        let mut out = b"before".to_vec();
        let mut server = server();
        let sent = server.send_head(StatusCode::OK, fields, Length::None, &mut out);
        assert_eq!(sent, Err(expected), "{name:?}: {value:?}");
        assert_eq!(out, b"before");
        // There is room for another one.
        server.send_head(StatusCode::OK, NONE, Length::Chunked, &mut out).expect("a head");
        let len = out.len();
        assert_eq!(server.send_trailers(fields, &mut out), Err(expected), "{name:?} in trailers");
        assert_eq!(out.len(), len);
        server.send_end(&mut out).expect("an end");

        let mut client = Client::new(Limits::default());
        let fields = [("host", "a"), (name, value)];
        let mut out = b"before".to_vec();
        let sent = client.send_request(&Method::GET, "/", fields, Length::None, &mut out);
        assert_eq!(sent, Err(expected), "{name:?}: {value:?} from a client");
        assert_eq!(out, b"before");
        client
            .send_request(&Method::GET, "/", [("host", "a")], Length::None, &mut out)
            .expect("one");
    }
    let mut out = Vec::new();
    server()
        .send_head(StatusCode::OK, [("a", &b"\t \x80\xff~!"[..])], Length::None, &mut out)
        .expect("a head");
}

#[test]
fn trailers_do_not_frame() {
    let mut server = server();
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Chunked, &mut out).expect("a head");
    let begin = out.len();
    for name in ["host", "connection", "content-length"] {
        let sent = server.send_trailers([(name, "a")], &mut out);
        assert_eq!(sent, Err(NotSent::Framing), "{name}");
    }
    server.send_trailers([("a", "b")], &mut out).expect("trailers");
    assert_eq!(out[begin..], *b"0\r\na: b\r\n\r\n");
}

#[test]
fn fields_come_as_anything() {
    let mut fields = Fields::new();
    fields.push("a", b"b");
    fields.push("Cc", b"");
    let mut out = Vec::new();
    server().send_head(StatusCode::OK, fields.iter(), Length::None, &mut out).expect("a head");
    assert_eq!(out, b"HTTP/1.1 200 OK\r\na: b\r\nCc: \r\ncontent-length: 0\r\n\r\n");
    let typed = [(HeaderName::from_static("etag"), HeaderValue::from_static("\"1\""))];
    out.clear();
    server().send_head(StatusCode::OK, typed, Length::None, &mut out).expect("a head");
    assert_eq!(out, b"HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: 0\r\n\r\n");
}

#[test]
fn a_sized_body_has_its_size() {
    let mut server = server();
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Sized(5), &mut out).expect("a head");
    let len = out.len();
    assert_eq!(server.send_data(b"hello!", &mut out), Err(NotSent::TooMuch));
    assert_eq!(server.send_chunk_head(6, &mut out), Err(NotSent::TooMuch));
    assert_eq!(out.len(), len);
    server.send_data(b"hell", &mut out).expect("data");
    assert_eq!(server.send_end(&mut out), Err(NotSent::TooLittle));
    assert_eq!(server.send_data(b"o", &mut out), Err(NotSent::OutOfTurn), "it is over");
    assert_eq!(server.next(), ch05_http::proto::Next::Close);
}

#[test]
fn data_may_go_another_way() {
    for (length, expected) in
        [(Length::Sized(300), ""), (Length::Chunked, "12c\r\n"), (Length::UntilClose, "")]
    {
        let mut server = server();
        let mut out = Vec::new();
        let used = server.send_head(StatusCode::OK, NONE, length, &mut out).expect("a head");
        assert_eq!(used, length);
        out.clear();
        server.send_chunk_head(300, &mut out).expect("an announcement");
        assert_eq!(String::from_utf8_lossy(&out), expected);
        out.clear();
        server.send_chunk_end(&mut out);
        assert_eq!(out.is_empty(), length != Length::Chunked);
        server.send_end(&mut out).expect("an end");
    }
    // Nothing may go any way at all.
    let mut server = server();
    let mut out = Vec::new();
    let used = server.send_head(StatusCode::NO_CONTENT, NONE, Length::Sized(300), &mut out);
    assert_eq!(used, Ok(Length::None));
    assert_eq!(server.send_chunk_head(300, &mut out), Err(NotSent::TooMuch));
}

#[test]
fn an_announced_chunk_is_ended() {
    let mut server = server();
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Chunked, &mut out).expect("a head");
    out.clear();
    // Nothing was announced, so nothing is ended: an empty chunk would be the last one.
    server.send_chunk_head(0, &mut out).expect("nothing");
    server.send_chunk_end(&mut out);
    server.send_chunk_end(&mut out);
    server.send_data(b"", &mut out).expect("nothing");
    assert!(out.is_empty());
    server.send_chunk_head(3, &mut out).expect("an announcement");
    assert_eq!(server.send_chunk_head(3, &mut out), Err(NotSent::OutOfTurn));
    assert_eq!(server.send_data(b"abc", &mut out), Err(NotSent::OutOfTurn));
    assert_eq!(out, b"3\r\n");
    assert_eq!(server.send_end(&mut out), Err(NotSent::TooLittle));
    assert_eq!(server.next(), ch05_http::proto::Next::Close);
}

#[test]
fn chunks_of_all_sizes_have_theirs() {
    let mut server = server();
    let mut out = Vec::new();
    server.send_head(StatusCode::OK, NONE, Length::Chunked, &mut out).expect("a head");
    for (len, expected) in [
        (0, ""),
        (1, "1\r\n"),
        (15, "f\r\n"),
        (16, "10\r\n"),
        (255, "ff\r\n"),
        (0x1_0000_0000, "100000000\r\n"),
        (u64::MAX, "ffffffffffffffff\r\n"),
    ] {
        out.clear();
        server.send_chunk_head(len, &mut out).expect("an announcement");
        assert_eq!(String::from_utf8_lossy(&out), expected, "{len}");
        server.send_chunk_end(&mut out);
    }
}

#[test]
fn an_answer_is_final() {
    let mut out = Vec::new();
    for status in [100, 101, 103, 199] {
        let status = StatusCode::from_u16(status).expect("a status");
        let sent = server().send_head(status, NONE, Length::None, &mut out);
        assert_eq!(sent, Err(NotSent::Interim));
    }
    assert!(out.is_empty());
}

#[test]
fn a_request_has_a_target_and_one_host() {
    let mut out = Vec::new();
    let mut client = Client::new(Limits::default());
    for target in ["", "/ HTTP/1.1\r\nX: y", "/a b", "/\r\n", "/\0", "/\u{e4}"] {
        let sent =
            client.send_request(&Method::GET, target, [("host", "a")], Length::None, &mut out);
        assert_eq!(sent, Err(NotSent::Target), "{target:?}");
    }
    let without: &[(&str, &str)] = &[];
    for hosts in [without, &[("Host", "a b")], &[("Host", "me@a")], &[("Host", "a"), ("host", "a")]]
    {
        let sent =
            client.send_request(&Method::GET, "/", hosts.iter().copied(), Length::None, &mut out);
        assert_eq!(sent, Err(NotSent::Host), "{hosts:?}");
    }
    for (method, length) in [(Method::GET, Length::UntilClose), (Method::CONNECT, Length::None)] {
        let sent = client.send_request(&method, "/", [("host", "a")], length, &mut out);
        assert_eq!(sent, Err(NotSent::Length));
    }
    assert!(out.is_empty());
}
