//! Several requests at once, answered in order (RFC 9112, section 9.3.2).
//!
//! Framing is what breaks: a body that was not read to its end, an answer to HEAD with a body, or
//! an error that forgot what came behind it, and every later answer belongs to another request.

use super::super::case::{Case, Verdict, Within, ensure};
use super::{GET, HELLO, bare, chunked, has_status, is_ok, sized, still_serves};

/// More than the server reads at once.
const MANY: usize = 2000;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    let requests = [
        bare("GET", "/"),
        bare("HEAD", "/"),
        bare("GET", "/nowhere"),
        sized(b"GET / HTTP/1.1\r\n\r\n"),
        bare("HEAD", "/nowhere"),
        chunked(b"in chunks of four", 4),
        bare("DELETE", "/"),
        sized(b""),
        bare("GET", "/"),
    ];
    client.send(&requests.concat())?;
    for (number, request) in requests.iter().enumerate() {
        let what = format!("answer {number} of a mixed row");
        let head = request.starts_with(b"HEAD");
        let response = client.next_response(head).within(&what)?;
        match number {
            0 | 8 => is_ok(&response, HELLO),
            2 | 4 => has_status(&response, 404),
            3 => is_ok(&response, b"GET / HTTP/1.1\r\n\r\n"),
            5 => is_ok(&response, b"in chunks of four"),
            6 => has_status(&response, 405),
            // HEAD, and the echo of nothing.
            _ => is_ok(&response, b""),
        }
        .within(&what)?;
    }

    // A whole request and half of one: the client may wait for the answer before it goes on.
    let (half, rest) = GET.split_at(GET.len() / 2);
    client.send(&[GET, half].concat())?;
    let what = "the answer to one and a half requests";
    is_ok(&client.next_response(false).within(what)?, HELLO).within(what)?;
    client.send(rest)?;
    is_ok(&client.next_response(false).within("the other half")?, HELLO)?;

    is_ok(&client.request(&GET.repeat(MANY))?, HELLO)?;
    for number in 1..MANY {
        let response = client.next_response(false);
        let response = response.within(format_args!("answer {number} of {MANY}"))?;
        ensure(response.body == HELLO, || format!("answer {number} of {MANY}: {response}"))?;
    }
    still_serves(&mut client).within("after pipelined requests")
}
