//! Input without an end, in every place where a request has one.
//!
//! Memory must not grow with it, and where the server can still say why it hangs up, the client
//! must be able to read that.

use crate::usage;

use super::super::case::{Case, Verdict, Within, ensure};
use super::{list, post, until_end};

/// Far beyond what any server allows in these places.
const ENDLESS_BYTES: usize = 4 << 20;

/// By how much the server may grow: less than one of the clients sends.
const GROWTH_BYTES_MAX: u64 = 2 << 20;

/// Fields so small that all of them fit where one large head does.
const FIELDS: usize = 1000;

/// An error about the head: too large a target, too large fields, or simply bad.
const TOO_LARGE: [u16; 4] = [400, 413, 414, 431];

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    case.serves_another(&server, "first of all")?;
    let before = usage::memory_of(server.id())?;

    let heads: [(&str, Vec<u8>, &[u8]); 5] = [
        ("a method", b"".to_vec(), b"A"),
        ("a target", b"GET /".to_vec(), b"a"),
        ("a field", b"GET / HTTP/1.1\r\nHost: ladder\r\nA: ".to_vec(), b"a"),
        ("a name", b"GET / HTTP/1.1\r\nHost: ladder\r\n".to_vec(), b"a"),
        ("fields", b"GET / HTTP/1.1\r\nHost: ladder\r\n".to_vec(), b"A: b\r\n"),
    ];
    for (what, begin, again) in heads {
        let mut client = case.connect(&server)?;
        let endless = [begin, again.repeat(ENDLESS_BYTES / again.len())].concat();
        // Sent while it is read: an answer that comes early is there when we have sent enough.
        let response = client.request(&endless).within(format_args!("{what} without an end"))?;
        ensure(TOO_LARGE.contains(&response.status), || {
            format!("{what} without an end: expected an error, got {response}")
        })?;
        client.expect_end().within(format_args!("after {what} without an end"))?;
    }

    let mut client = case.connect(&server)?;
    let many = format!("GET / HTTP/1.1\r\nHost: ladder\r\n{}\r\n", "A:b\r\n".repeat(FIELDS));
    let response = client.request(many.as_bytes()).within("a thousand fields")?;
    ensure(TOO_LARGE.contains(&response.status), || {
        format!("a thousand fields: expected an error, got {response}")
    })?;

    for (what, begin, again) in [
        // Zeros in front change nothing, and may be read without keeping them.
        ("a chunk's size", "1\r\na\r\n", "1"),
        ("an extension", "1\r\na\r\n1;", "a"),
        ("trailers", "1\r\na\r\n0\r\n", "A: b\r\n"),
        ("a trailer", "1\r\na\r\n0\r\nA: ", "a"),
    ] {
        let mut client = case.connect(&server)?;
        let begin = post("Transfer-Encoding: chunked\r\n", begin.as_bytes());
        let endless = again.repeat(ENDLESS_BYTES / again.len());
        // The answer may have begun, so there may be no way to say more than goodbye.
        let _ = client.send(&[&begin, endless.as_bytes()].concat());
        let answers = until_end(&mut client).within(format_args!("{what} without an end"))?;
        ensure(answers.iter().all(|r| TOO_LARGE.contains(&r.status)), || {
            format!("{what} without an end: a whole answer: {}", list(&answers))
        })?;
    }

    let grown = usage::memory_of(server.id())?.saturating_sub(before);
    ensure(grown < GROWTH_BYTES_MAX, || {
        format!("the server's memory grew by {grown} bytes for input without an end")
    })?;
    case.serves_another(&server, "after input without an end")
}
