//! What a client says and what it must hear: messages and their echoes as plain bytes, or requests
//! and their responses.
//!
//! There is no socket in here. [`Script::answers`] is shown what has come so far, as often as more
//! has come, and says whether those are all the answers, some of them, or something wrong.

mod response;

use std::fmt;

use ladder::Protocol;
use ladder::client::Noise;

use crate::measure::MESSAGE_BYTES;
use response::{HEAD_BYTES_MAX, head};

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// The message back, every time another one. In HTTP that is `POST /echo`.
    #[default]
    Echo,
    /// The greeting of `GET /`. In HTTP only.
    Greeting,
}

impl Ask {
    /// As records call it; in an echo there is nothing to choose.
    #[must_use]
    pub fn name(self, protocol: Protocol) -> Option<&'static str> {
        match (protocol, self) {
            (Protocol::Echo, _) => None,
            (Protocol::Http, Ask::Echo) => Some("POST /echo"),
            (Protocol::Http, Ask::Greeting) => Some("GET /"),
        }
    }
}

/// How one client of a run talks.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// What the server speaks.
    pub protocol: Protocol,
    /// What it is asked for.
    pub ask: Ask,
    /// Messages that are sent at once, before the first answer has come: in HTTP that is pipelining
    /// (RFC 9112, section 9.3.2).
    pub depth: usize,
    /// Bytes of a message that comes back.
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

/// How much of the answers was there at the last look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whole ones.
    pub answers: usize,
    /// Their bytes.
    bytes: usize,
}

impl Script {
    /// One message at a time, which comes back: what all models can.
    #[must_use]
    pub fn echo(protocol: Protocol) -> Script {
        Script { protocol, ask: Ask::Echo, depth: 1, message_bytes: MESSAGE_BYTES }
    }

    /// The messages that are sent at once, with room for what changes in each.
    #[must_use]
    pub fn requests(self) -> Vec<u8> {
        let len = self.message_bytes;
        let (head, body) = match (self.protocol, self.ask) {
            (Protocol::Echo, _) => (String::new(), len),
            (Protocol::Http, Ask::Echo) => {
                let head = "POST /echo HTTP/1.1\r\nHost: bench\r\n";
                (format!("{head}Content-Length: {len}\r\n\r\n"), len)
            }
            (Protocol::Http, Ask::Greeting) => {
                ("GET / HTTP/1.1\r\nHost: bench\r\n\r\n".to_owned(), 0)
            }
        };
        let mut one = head.into_bytes();
        one.resize(one.len() + body, 0);
        one.repeat(self.depth)
    }

    /// Puts the messages from `sequence` on, of connection `id`, into `requests`. No two are alike, so
    /// that a byte of another client, or of an earlier message, is found to be wrong.
    pub fn stamp(self, requests: &mut [u8], id: u32, sequence: u64) {
        if self.ask == Ask::Greeting {
            return;
        }
        let each = requests.len() / self.depth;
        for (request, number) in requests.chunks_mut(each).zip(sequence..) {
            // A step in the seed moves noise by eight bytes: messages must lie further apart.
            let seed = (u64::from(id) << 40) | (number << 8);
            Noise(seed).write_at(0, &mut request[each - self.message_bytes..]);
        }
    }

    /// Room for all answers, and for a byte too much.
    #[must_use]
    pub fn answer_bytes_max(self) -> usize {
        let head = match self.protocol {
            Protocol::Echo => 0,
            Protocol::Http => HEAD_BYTES_MAX,
        };
        let body = match self.ask {
            Ask::Echo => self.message_bytes,
            Ask::Greeting => ch05_http::app::GREETING.len(),
        };
        self.depth * (head + body) + 1
    }

    /// Whether `inbox` holds all answers to `requests`; false while it is the beginning of them. `seen`
    /// is kept from look to look, and tells how many are there.
    ///
    /// # Errors
    ///
    /// As soon as it can be neither.
    pub fn answers(self, requests: &[u8], inbox: &[u8], seen: &mut Seen) -> Result<bool, Wrong> {
        let each = requests.len() / self.depth;
        while seen.answers < self.depth {
            let request = &requests[seen.answers * each..][..each];
            let Some(len) = self.answer(request, &inbox[seen.bytes..])? else { return Ok(false) };
            seen.answers += 1;
            seen.bytes += len;
        }
        match inbox.len() - seen.bytes {
            0 => Ok(true),
            more => Err(Wrong(format!("{more} bytes came that nobody had asked for"))),
        }
    }

    /// The length of the answer to `request` at the beginning of `inbox`; `None` while it is not whole.
    fn answer(self, request: &[u8], inbox: &[u8]) -> Result<Option<usize>, Wrong> {
        let message = match self.ask {
            Ask::Echo => &request[request.len() - self.message_bytes..],
            Ask::Greeting => ch05_http::app::GREETING.as_bytes(),
        };
        let head = match self.protocol {
            Protocol::Echo => 0,
            Protocol::Http => match head(inbox, message.len())? {
                Some(head) => head,
                None => return Ok(None),
            },
        };
        let came = echoed(message, &inbox[head..])?;
        Ok(came.then_some(head + message.len()))
    }
}

/// Whether all of `message` has come.
fn echoed(message: &[u8], back: &[u8]) -> Result<bool, Wrong> {
    let back = &back[..back.len().min(message.len())];
    if message.starts_with(back) {
        return Ok(back.len() == message.len());
    }
    let at = message.iter().zip(back).position(|(sent, back)| sent != back).unwrap_or(0);
    let (of, came, sent) = (message.len(), back[at], message[at]);
    Err(Wrong(format!("byte {at} of {of} came back as {came:#04x}, not {sent:#04x}")))
}

#[cfg(test)]
mod tests;
