//! What a client says and what it must hear: a message and its echo, as plain bytes or as a
//! request and its response.
//!
//! There is no socket in here. [`Script::answer`] is shown what has come so far, as often as more
//! has come, and says whether that is the whole answer, a part of it, or wrong.

use std::fmt;

use ladder::Protocol;
use ladder::client::Noise;

/// The head of a response may be this long. Servers of the ladder send some hundred bytes.
const HEAD_BYTES_MAX: usize = 1024;

/// Header fields of a response that are looked at; one with more is refused.
const HEADERS_MAX: usize = 16;

/// How one client of a run talks.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// What the server speaks.
    pub protocol: Protocol,
    /// Bytes of a message: what comes back.
    pub message_bytes: usize,
}

/// An answer that is wrong, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(String);

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Script {
    /// A request with room for a message at its end.
    #[must_use]
    pub fn request(self) -> Vec<u8> {
        let len = self.message_bytes;
        let mut request = match self.protocol {
            Protocol::Echo => Vec::with_capacity(len),
            Protocol::Http => {
                format!("POST /echo HTTP/1.1\r\nHost: bench\r\nContent-Length: {len}\r\n\r\n")
                    .into()
            }
        };
        request.resize(request.len() + len, 0);
        request
    }

    /// Puts message `sequence` of connection `id` into `request`. No two are alike, so that a byte
    /// of another client, or of an earlier message, is found to be wrong.
    pub fn stamp(self, request: &mut [u8], id: u32, sequence: u64) {
        // A step in the seed moves noise by eight bytes: messages must lie further apart.
        let seed = (u64::from(id) << 40) | (sequence << 8);
        let start = request.len() - self.message_bytes;
        Noise(seed).write_at(0, &mut request[start..]);
    }

    /// Room for a whole answer, and for a byte too much.
    #[must_use]
    pub fn answer_bytes_max(self) -> usize {
        let head = match self.protocol {
            Protocol::Echo => 0,
            Protocol::Http => HEAD_BYTES_MAX,
        };
        head + self.message_bytes + 1
    }

    /// Whether `inbox` is the whole answer to `request`; false while it is the beginning of one.
    ///
    /// # Errors
    ///
    /// As soon as it can be neither.
    pub fn answer(self, request: &[u8], inbox: &[u8]) -> Result<bool, Wrong> {
        let message = &request[request.len() - self.message_bytes..];
        match self.protocol {
            Protocol::Echo => echoed(message, inbox),
            Protocol::Http => match head(inbox, message.len())? {
                Some(head) => echoed(message, &inbox[head..]),
                None => Ok(false),
            },
        }
    }
}

fn echoed(message: &[u8], back: &[u8]) -> Result<bool, Wrong> {
    if back.len() > message.len() {
        return Err(Wrong(format!("{} bytes came for {}", back.len(), message.len())));
    }
    if message.starts_with(back) {
        return Ok(back.len() == message.len());
    }
    let at = message.iter().zip(back).position(|(sent, back)| sent != back).unwrap_or(0);
    let (of, came, sent) = (message.len(), back[at], message[at]);
    Err(Wrong(format!("byte {at} of {of} came back as {came:#04x}, not {sent:#04x}")))
}

/// The length of the head, once it is whole. It must be a 200 with exactly one `Content-Length`
/// of `len` and no other framing (RFC 9112, section 6.3).
fn head(inbox: &[u8], len: usize) -> Result<Option<usize>, Wrong> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let parsed = response.parse(inbox).map_err(|error| Wrong(format!("no HTTP head: {error}")))?;
    let httparse::Status::Complete(head) = parsed else {
        if inbox.len() > HEAD_BYTES_MAX {
            return Err(Wrong(format!("a head of more than {HEAD_BYTES_MAX} bytes")));
        }
        return Ok(None);
    };
    if response.code != Some(200) {
        return Err(Wrong(format!("status {} instead of 200", response.code.unwrap_or(0))));
    }
    let mut lengths = 0;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Wrong("a Transfer-Encoding where a length was to be expected".into()));
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            lengths += 1;
            let value = std::str::from_utf8(header.value).ok().and_then(|v| v.parse().ok());
            if value != Some(len) {
                return Err(Wrong(format!("a Content-Length that is not {len}")));
            }
        }
    }
    match lengths {
        1 => Ok(Some(head)),
        _ => Err(Wrong(format!("{lengths} fields Content-Length instead of one"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ECHO: Script = Script { protocol: Protocol::Echo, message_bytes: 64 };
    const HTTP: Script = Script { protocol: Protocol::Http, message_bytes: 64 };

    fn request(script: Script, id: u32, sequence: u64) -> Vec<u8> {
        let mut request = script.request();
        script.stamp(&mut request, id, sequence);
        request
    }

    fn response(request: &[u8], head: &str) -> Vec<u8> {
        [head.as_bytes(), &request[request.len() - 64..]].concat()
    }

    #[test]
    fn every_beginning_is_a_part_and_the_end_is_the_whole() {
        let plain = request(ECHO, 1, 1);
        let http = request(HTTP, 1, 1);
        let answers = [
            (ECHO, &plain, plain.clone()),
            (HTTP, &http, response(&http, "HTTP/1.1 200 OK\r\ncontent-length: 64\r\n\r\n")),
        ];
        for (script, request, answer) in answers {
            for len in 0..answer.len() {
                assert_eq!(script.answer(request, &answer[..len]), Ok(false), "{len} bytes");
            }
            assert_eq!(script.answer(request, &answer), Ok(true));
            let more = [&answer[..], b"x"].concat();
            assert!(more.len() <= script.answer_bytes_max(), "a byte too much has room");
            assert!(script.answer(request, &more).is_err(), "and is found");
        }
    }

    #[test]
    fn each_single_wrong_byte_is_found() {
        let request = request(ECHO, 3, 9);
        for at in 0..request.len() {
            let mut back = request.clone();
            back[at] ^= 1;
            assert!(ECHO.answer(&request, &back).is_err(), "byte {at}");
        }
    }

    #[test]
    fn no_part_of_a_message_looks_like_another_clients_or_an_earlier_one() {
        let mut words = std::collections::HashSet::new();
        for id in 0..20 {
            for sequence in 0..50 {
                for word in request(ECHO, id, sequence).chunks(8) {
                    assert!(words.insert(word.to_vec()), "client {id}, message {sequence}");
                }
            }
        }
    }

    #[test]
    fn a_response_with_other_framing_is_refused() {
        let request = request(HTTP, 1, 1);
        for head in [
            "HTTP/1.1 404 Not Found\r\nContent-Length: 64\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 63\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 64\r\nContent-Length: 64\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP 200\r\n\r\n",
        ] {
            assert!(HTTP.answer(&request, &response(&request, head)).is_err(), "{head}");
        }
    }
}
