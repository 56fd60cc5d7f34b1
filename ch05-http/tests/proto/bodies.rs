//! Bodies, taken out of their framing.

use ch05_http::proto::Fault;

use crate::replay::{Event, bodies, fault, requests};

fn chunked(body: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}").into_bytes()
}

#[test]
fn a_body_has_its_length() {
    for len in [0, 1, 9, 10, 11, 1000] {
        let body = "x".repeat(len);
        let script = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len}\r\n\r\n{body}");
        assert_eq!(bodies(script.as_bytes()), [body.as_bytes()]);
    }
    let zeros =
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000000000000000000005\r\n\r\nhello";
    assert_eq!(bodies(zeros), [b"hello"]);
    // A method that mostly has none.
    let get = b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(bodies(get), [b"hello"]);
}

#[test]
fn a_body_in_chunks_is_their_data() {
    for (body, expected) in [
        ("0\r\n\r\n", ""),
        ("000\r\n\r\n", ""),
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("a\r\n0123456789\r\n00000\r\n\r\n", "0123456789"),
        ("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
        ("2\r\n\r\n\r\n5\r\n0\r\n\r\n\r\n0\r\n\r\n", "\r\n0\r\n\r\n"),
        ("5;a\r\nhello\r\n0;b=c\r\n\r\n", "hello"),
        ("5 ;a\r\nhello\r\n0\t; b = \"c;\"\r\n\r\n", "hello"),
        ("5;\r\nhello\r\n0\r\n\r\n", "hello"),
    ] {
        assert_eq!(bodies(&chunked(body)), [expected.as_bytes()], "{body:?}");
    }
    let mixed = b"POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding:  ChunKed \r\n\r\n0\r\n\r\n";
    assert_eq!(bodies(mixed), [b""]);
}

#[test]
fn trailers_come_at_the_end_and_are_not_of_the_head() {
    let script = chunked("2\r\nhi\r\n0\r\nA: b\r\nContent-Length: 7\r\nHost: other\r\n\r\n");
    let events = requests(&script);
    let [Event::Head(head), Event::Data(data), Event::End(trailers), Event::Closed] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(head.fields().len(), 2);
    assert_eq!(data, b"hi");
    let all: Vec<_> = trailers.iter().collect();
    let expected: [(&str, &[u8]); 3] = [("A", b"b"), ("Content-Length", b"7"), ("Host", b"other")];
    assert_eq!(all, expected);
}

#[test]
fn a_body_that_ends_before_its_end_is_a_fault() {
    let sized = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    let in_chunks = chunked("5;x\r\nhello\r\n3\r\nyou\r\n0\r\nA: b\r\n\r\n");
    for script in [&sized[..], &in_chunks] {
        for len in 1..script.len() {
            assert_eq!(fault(&requests(&script[..len])), Some(Fault::Truncated), "{len}");
        }
        assert_eq!(requests(script).last(), Some(&Event::Closed));
    }
}
