//! What is asked of HTTP servers alone: RFC 9112, looked at byte by byte.
//!
//! Every model of the HTTP chapter serves the same application:
//!
//! ```text
//! GET /, HEAD /      200, "hello\n" with its length
//! POST /echo         200, the request's body
//! GET /delay/{ms}    200, after so many milliseconds, at most 10,000
//! GET /error         500, by an error
//! GET /panic         500, by a panic
//! GET /files/{path}  200, a file: "numbers.txt" has those from 0 to 9999, in lines of seven digits;
//!                    206, 304, 412, 416 for those who ask for that
//! OPTIONS *          no error
//! other methods      405 with Allow
//! other paths        404
//! ```

pub(super) mod bad_requests;
pub(super) mod bounded_input;
pub(super) mod connection_close_obeyed;
pub(super) mod delayed_alone;
pub(super) mod echo_bodies;
pub(super) mod error_before_body_ends;
pub(super) mod expect_continue;
pub(super) mod faults_are_answered;
pub(super) mod files;
pub(super) mod files_stay_inside;
pub(super) mod half_close_is_answered;
pub(super) mod head_at_every_cut;
pub(super) mod head_has_no_body;
pub(super) mod hello;
pub(super) mod http10_closes;
pub(super) mod kept_connections;
pub(super) mod large_echo;
pub(super) mod never_reads;
pub(super) mod not_found_and_method;
pub(super) mod pipelined;
pub(super) mod reset_mid_request;
pub(super) mod slow_bodies;
pub(super) mod slow_heads;

use std::io::ErrorKind;

use crate::client::{Client, Response};

use super::case::{Failure, Verdict, ensure};

/// What `GET /` says.
const HELLO: &[u8] = b"hello\n";

/// The shortest request that is whole.
const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: ladder\r\n\r\n";

/// A request behind another one, for those who must not answer it. There is nothing at its path:
/// no other request of a test is answered with 404.
const SMUGGLED: &[u8] = b"GET /smuggled HTTP/1.1\r\nHost: ladder\r\n\r\n";

/// A request without a body.
fn bare(method: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: ladder\r\n\r\n").into_bytes()
}

/// `POST /echo` with these further fields, each with its CRLF, and this body as it is.
fn post(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("POST /echo HTTP/1.1\r\nHost: ladder\r\n{fields}\r\n");
    [head.as_bytes(), body].concat()
}

/// `POST /echo` with a length.
fn sized(body: &[u8]) -> Vec<u8> {
    post(&format!("Content-Length: {}\r\n", body.len()), body)
}

/// `POST /echo` in chunks of `chunk` bytes.
fn chunked(body: &[u8], chunk: usize) -> Vec<u8> {
    let mut framed = Vec::with_capacity(body.len() + body.len() / chunk * 8 + 5);
    for part in body.chunks(chunk) {
        framed.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        framed.extend_from_slice(part);
        framed.extend_from_slice(b"\r\n");
    }
    framed.extend_from_slice(b"0\r\n\r\n");
    post("Transfer-Encoding: chunked\r\n", &framed)
}

/// Fails unless this is a 200 with this body.
fn is_ok(response: &Response, body: &[u8]) -> Verdict {
    let differs = || response.body.iter().zip(body).position(|(came, sent)| came != sent);
    ensure(response.status == 200 && response.body == body, || {
        format!(
            "expected a 200 with {} bytes, got a {} with {}; first difference at {:?}",
            body.len(),
            response.status,
            response.body.len(),
            differs()
        )
    })
}

/// Fails unless this is a response of this status.
fn has_status(response: &Response, status: u16) -> Verdict {
    ensure(response.status == status, || format!("expected a {status}, got {response}"))
}

/// Fails unless the connection still serves.
fn still_serves(client: &mut Client) -> Verdict {
    is_ok(&client.request(GET)?, HELLO)
}

/// Reads the responses that come whole, until the server ends the connection, in whatever way.
fn until_end(client: &mut Client) -> Result<Vec<Response>, Failure> {
    let mut responses = Vec::new();
    loop {
        match client.next_response(false) {
            Ok(response) => responses.push(response),
            Err(error) if error.kind() == ErrorKind::TimedOut => {
                let text =
                    format!("the server should hang up, after {}: {error}", list(&responses));
                return Err(Failure::new(text));
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => return Err(error.into()),
            // Ended, between two responses or in the middle of one.
            Err(_) => return Ok(responses),
        }
    }
}

/// Responses, for error texts.
fn list(responses: &[Response]) -> String {
    let list: Vec<String> = responses.iter().map(Response::to_string).collect();
    if list.is_empty() { "no response".to_owned() } else { list.join(", then ") }
}
