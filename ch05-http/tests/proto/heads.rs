//! Heads that are fine, in all their spellings.

use ch05_http::proto::{Fault, Limits, Server};
use http::Version;

use crate::replay::{Event, fault, heads, request, requests};

#[test]
fn a_head_has_a_method_a_target_a_version_and_fields() {
    let head = request(
        b"GET /a?b HTTP/1.1\r\nhOST: example.org:80\r\nA:\t b \t\r\na:c\r\nEmpty:\r\n\
          Also-Empty:  \r\nHigh: \xe4\xff\r\n\r\n",
    );
    assert_eq!(head.method(), http::Method::GET);
    assert_eq!(head.version(), Version::HTTP_11);
    let fields = head.fields();
    assert_eq!(fields.len(), 6);
    assert_eq!(fields.get("Host"), Some(&b"example.org:80"[..]));
    assert_eq!(fields.get("a"), Some(&b"b"[..]));
    assert!(fields.get_all("A").eq([&b"b"[..], b"c"]));
    assert_eq!(fields.get("empty"), Some(&b""[..]));
    assert_eq!(fields.get("also-empty"), Some(&b""[..]));
    assert_eq!(fields.get("high"), Some(&b"\xe4\xff"[..]));
    assert_eq!(fields.get("missing"), None);
    let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["hOST", "A", "a", "Empty", "Also-Empty", "High"]);
}

#[test]
fn host_may_be_any_host_and_in_the_old_version_absent() {
    for host in [
        "",
        "a",
        "a:",
        "a:0",
        "a.b.c:65536",
        "127.0.0.1",
        "[::1]",
        "[2001:db8::1]:443",
        "xn--4ca",
        "a_b",
        "a%20b",
        "a!$&'()*+,;=~",
    ] {
        let script = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(request(script.as_bytes()).authority(), Some(host));
    }
    let old = request(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!((old.version(), old.authority()), (Version::HTTP_10, None));
}

#[test]
fn an_empty_line_before_a_head_is_passed_over() {
    for lines in 0..=4 {
        let empty = "\r\n".repeat(lines);
        let script = format!("{empty}GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(heads(&requests(script.repeat(3).as_bytes())), 3);
    }
    // As an old client sends it, whose body is one byte longer than it said, and then another.
    let script = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok\r\n\
        GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(heads(&requests(script)), 2);
}

#[test]
fn requests_behind_each_other_come_one_by_one() {
    let script = b"GET /0 HTTP/1.1\r\nHost: a\r\n\r\n\
        POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\
        HEAD /2 HTTP/1.1\r\nHost: a\r\n\r\n\
        POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n\
        POST /4 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n\
        OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut events = requests(script);
    assert_eq!(events.pop(), Some(Event::Closed));
    let paths: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Head(head) = event { Some(head.path()) } else { None })
        .collect();
    assert_eq!(paths, ["/0", "/1", "/2", "/3", "/4", "*"]);
    assert_eq!(crate::replay::bodies(script), [&b""[..], b"hello", b"", b"hi", b"", b""]);
}

#[test]
fn an_upgrade_is_not_taken_up() {
    let script = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n\
        Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(heads(&requests(script)), 2);
}

#[test]
fn input_that_ends_in_a_head_is_a_fault_and_between_two_it_is_none() {
    let script = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for len in 1..script.len() {
        assert_eq!(fault(&requests(&script[..len])), Some(Fault::Truncated), "{len}");
    }
    assert_eq!(requests(b""), [Event::Closed]);
    assert_eq!(requests(b"\r\n"), [Event::Closed]);
    assert_eq!(requests(script).last(), Some(&Event::Closed));
}

#[test]
fn what_cannot_begin_a_head_is_known_at_once() {
    for byte in [0, 0x16, b' ', b'\t', 0x7f, 0x80, 0xff] {
        let mut server = Server::new(Limits::default());
        let mut input = bytes::BytesMut::from(&[byte][..]);
        assert_eq!(server.receive(&mut input), Err(Fault::FirstLine), "{byte}");
    }
}

#[test]
fn a_first_line_is_judged_before_the_fields_are_there() {
    for line in ["GET / HTTP/3.0\r\n", "GET /\r\n", "GET / HTTP/1.1\n"] {
        for byte in 1..=line.len() {
            let mut server = Server::new(Limits::default());
            let mut input = bytes::BytesMut::from(&line.as_bytes()[..byte]);
            let judged = server.receive(&mut input).is_err();
            assert_eq!(judged, byte == line.len(), "{byte} bytes of {line:?}");
        }
    }
}

#[test]
fn a_fault_stays() {
    let mut server = Server::new(Limits::default());
    let mut input = bytes::BytesMut::from(&b"G@T / HTTP/1.1\r\n"[..]);
    assert_eq!(server.receive(&mut input), Err(Fault::FirstLine));
    input = bytes::BytesMut::from(&b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..]);
    assert_eq!(server.receive(&mut input), Err(Fault::FirstLine));
    assert_eq!(server.next(), ch05_http::proto::Next::Close);
}
