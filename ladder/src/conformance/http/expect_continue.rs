//! A client that asks before it sends a body (RFC 9110, section 10.1.1).

use super::super::case::{Case, Verdict, Within};
use super::{has_status, is_ok, post, still_serves};

const BODY: &[u8] = b"only if you want it";

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;

    let head = post(&format!("Content-Length: {}\r\nExpect: 100-continue\r\n", BODY.len()), b"");
    let response = client.request(&head).within("a client that waits for 100 Continue")?;
    has_status(&response, 100)?;
    is_ok(&client.request(BODY).within("the body after 100 Continue")?, BODY)?;

    let head = post("Transfer-Encoding: chunked\r\nExpect: 100-Continue\r\n", b"");
    has_status(&client.request(&head).within("the same in chunks")?, 100)?;
    client.send(b"4\r\nonly\r\n")?;
    is_ok(&client.request(b"0\r\n\r\n").within("chunks after 100 Continue")?, b"only")?;

    // Nothing to wait for: "an empty body" is no body.
    let empty = post("Content-Length: 0\r\nExpect: 100-continue\r\n", b"");
    is_ok(&client.request(&empty).within("an empty body")?, b"")?;
    still_serves(&mut client).within("after 100 Continue")?;

    // The body is not wanted, and the answer says that at once.
    let mut client = case.connect(&server)?;
    let unwanted = b"POST /nowhere HTTP/1.1\r\nHost: ladder\r\nContent-Length: 9\r\n\
        Expect: 100-continue\r\n\r\n";
    has_status(&client.request(unwanted).within("a body for nobody")?, 404)?;

    // HTTP/1.0 does not know interim answers, and would take one for the answer.
    let mut client = case.connect(&server)?;
    let old = b"POST /echo HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nold";
    is_ok(&client.request(old).within("an expectation by HTTP/1.0")?, b"old")
}
