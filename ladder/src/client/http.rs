//! The least of an HTTP/1.1 client: `POST /echo` with a length, and an answer with a length, over
//! a connection that is kept (RFC 9112, sections 6.2 and 9.3).

use std::io::{self, ErrorKind};

use super::Client;

/// More than this before the empty line is no answer of ours.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The head of a request to have a body of `len` bytes sent back.
pub(super) fn head(len: u64) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: ladder\r\nContent-Length: {len}\r\n\r\n")
}

/// A request to have `body` sent back.
pub(super) fn request(body: &[u8]) -> Vec<u8> {
    [head(body.len() as u64).as_bytes(), body].concat()
}

impl Client {
    /// Has `body` sent back by `POST /echo`.
    pub(super) fn post(&mut self, body: &[u8]) -> io::Result<()> {
        self.response(&request(body), body)
    }

    /// Writes `out`, then waits for an answer whose body is `body`.
    pub(super) fn response(&mut self, out: &[u8], body: &[u8]) -> io::Result<()> {
        // Until the whole answer is there: a server may send it while it still reads the request.
        let whole = |inbox: &[u8]| {
            let body = |head: usize| content_length(&String::from_utf8_lossy(&inbox[..head]));
            head_len(inbox).is_some_and(|head| inbox.len() >= head + body(head).unwrap_or(0))
        };
        self.pump(out, whole, "the answer to POST /echo")?;
        let len = head_len(&self.inbox).unwrap_or(0);
        let head = String::from_utf8_lossy(&self.inbox[..len]).into_owned();
        let expected = format!("a 200 with Content-Length {}", body.len());
        if !head.starts_with("HTTP/1.1 200 ") || content_length(&head) != Some(body.len()) {
            let text = format!("expected {expected}, got the head {:?}", excerpt_of(&head));
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        self.inbox.drain(..len);
        self.expect(body)
    }
}

/// The bytes up to and with the empty line, once it is there.
fn head_len(inbox: &[u8]) -> Option<usize> {
    let end = inbox.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    end.or_else(|| (inbox.len() > HEAD_BYTES_MAX).then_some(inbox.len()))
}

fn content_length(head: &str) -> Option<usize> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("content-length"))?;
    value.trim().parse().ok()
}

fn excerpt_of(head: &str) -> &str {
    head.get(..400).unwrap_or(head)
}
