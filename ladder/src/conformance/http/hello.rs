//! The plain case, and the spellings of it that RFC 9112 asks every server to take.

use super::super::case::{Case, Verdict, Within, ensure};
use super::{HELLO, is_ok};

const SPELLINGS: [(&str, &str); 6] = [
    ("plain", "GET / HTTP/1.1\r\nHost: ladder\r\n\r\n"),
    ("names in another case", "GET / HTTP/1.1\r\nhOST: ladder\r\n\r\n"),
    ("no space, and two, about a value", "GET / HTTP/1.1\r\nHost:ladder  \r\nA:\t b \r\n\r\n"),
    ("a query", "GET /?a=b HTTP/1.1\r\nHost: ladder\r\n\r\n"),
    // Section 3.2.2: whoever thinks we are a proxy.
    ("an absolute target", "GET http://ladder/ HTTP/1.1\r\nHost: ladder\r\n\r\n"),
    // Section 2.2: left over by old clients behind a body.
    ("an empty line before", "\r\nGET / HTTP/1.1\r\nHost: ladder\r\n\r\n"),
];

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut one_for_all = case.connect(&server)?;
    for (what, request) in SPELLINGS {
        let response = one_for_all.request(request.as_bytes()).within(what)?;
        is_ok(&response, HELLO).within(what)?;
        ensure(response.version == "HTTP/1.1", || format!("{what}: got {response}"))?;
        // The reader has compared it to the body.
        for name in ["content-length", "content-type", "date"] {
            ensure(response.field(name).is_some(), || {
                format!("{what}: expected one {name}, got {response}")
            })?;
        }
    }
    one_for_all.half_close()?;
    one_for_all.expect_eof().within("after the last of several requests")
}
