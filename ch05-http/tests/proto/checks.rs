//! What must hold for any input. The fuzzer's targets in `fuzz/` are these two functions, and the
//! test in `corpus` runs them on what it keeps.
//!
//! The first byte of the input chooses the cuts and the limits, so that small ones are crossed by
//! small inputs; the rest is what the peer sends.

use bytes::BytesMut;
use ch05_http::proto::{
    BODY_BYTES_LARGEST, Client, Fields, Length, Limits, Received, RequestHead, Server,
};
use http::{Method, StatusCode};

use crate::replay::{Event, requests_cut, responses_cut};

/// Cuts and limits by a byte of the input.
fn setting(byte: u8) -> (usize, Limits) {
    let cut = [1, 2, 3, 7, 10, 16, 100, 1000][usize::from(byte & 7)];
    let limits = match byte >> 3 & 3 {
        0 => Limits::default(),
        1 => Limits { head_bytes: 60, ..Limits::default() },
        2 => Limits { fields: 2, target_bytes: 6, ..Limits::default() },
        _ => Limits { body_bytes: 8, ..Limits::default() },
    };
    (cut, limits)
}

/// What a client sends: the same requests however it is cut, each of which can be sent on.
pub(crate) fn server(data: &[u8]) {
    let Some((first, script)) = data.split_first() else { return };
    let (cut, limits) = setting(*first);
    let events = requests_cut(script, usize::MAX, limits);
    assert_eq!(events, requests_cut(script, cut, limits), "cut into {cut}");
    let mut length = Length::None;
    for event in &events {
        if let Event::Head(head) = event {
            length = sent_on(head);
            assert!(head.target().len() <= limits.target_bytes);
            assert!(head.fields().len() <= limits.fields);
        }
        check_body(event, length, limits);
    }
}

/// What a server sends: the same answers however it is cut.
pub(crate) fn client(data: &[u8]) {
    let Some((first, script)) = data.split_first() else { return };
    let (cut, limits) = setting(*first);
    let methods = [Method::GET, Method::HEAD, Method::POST];
    let methods: Vec<_> =
        methods.into_iter().cycle().skip(usize::from(first >> 5)).take(5).collect();
    let events = responses_cut(&methods, script, usize::MAX, limits);
    assert_eq!(events, responses_cut(&methods, script, cut, limits), "cut into {cut}");
    for event in &events {
        if let Event::Head(head) = event {
            assert!(head.fields().len() <= limits.fields);
            assert!(!head.status().is_informational());
            answered_on(head.status(), head.fields());
        }
        check_body(event, Length::None, limits);
    }
}

/// A body is as long as its head said, if it said so, and as it may be.
fn check_body<H>(event: &Event<H>, length: Length, limits: Limits) {
    if let Event::Data(data) = event {
        let came = data.len() as u64;
        assert!(came <= limits.body_bytes && limits.body_bytes <= BODY_BYTES_LARGEST);
        assert!(!matches!(length, Length::Sized(size) if came > size));
    }
}

/// The fields that a caller may send: the others are written anew.
fn own(fields: &Fields) -> impl Iterator<Item = (&str, &[u8])> {
    const OURS: [&str; 5] = ["host", "connection", "content-length", "transfer-encoding", "expect"];
    fields.iter().filter(|(name, _)| !OURS.iter().any(|ours| ours.eq_ignore_ascii_case(name)))
}

/// A request that was received can be sent, and is received as the same. Says how its body goes.
fn sent_on(head: &RequestHead) -> Length {
    let length = match head.fields().get("content-length") {
        Some(digits) => {
            let digits = str::from_utf8(digits).expect("digits");
            Length::Sized(digits.parse().expect("a length"))
        }
        None if head.fields().get("transfer-encoding").is_some() => Length::Chunked,
        None => Length::None,
    };
    let mut wire = Vec::new();
    let host = [("host", head.authority().unwrap_or_default().as_bytes())];
    let fields = host.into_iter().chain(own(head.fields()));
    let mut client = Client::new(Limits::default());
    client.send_request(head.method(), head.target(), fields, length, &mut wire).expect("sent on");
    // Another field or two may be in it, so that it could pass a limit.
    let limits = Limits { head_bytes: 1 << 20, ..Limits::default() };
    match Server::new(limits).receive(&mut BytesMut::from(&wire[..])) {
        Ok(Received::Head(again)) => {
            assert_eq!(again.method(), head.method());
            assert_eq!(again.target(), head.target());
            assert_eq!((again.path(), again.query()), (head.path(), head.query()));
            assert!(own(again.fields()).eq(own(head.fields())));
        }
        // One more field is one too many.
        other => assert!(head.fields().len() > 98, "{other:?}: \"{}\"", wire.escape_ascii()),
    }
    length
}

/// The fields of a response can be those of another one.
fn answered_on(status: StatusCode, fields: &Fields) {
    let mut server = Server::new(Limits::default());
    let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(matches!(server.receive(&mut input), Ok(Received::Head(_))));
    let mut out = Vec::new();
    server.send_head(status, own(fields), Length::None, &mut out).expect("answered on");
}
