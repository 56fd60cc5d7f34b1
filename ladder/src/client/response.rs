//! Whole responses: for tests that look at every byte which a server sends.
//!
//! A browser forgives; this reader does not. Each line must end in CRLF, each length must be one
//! number, and the length of a body must be said in exactly one way (RFC 9112, section 6.3).

use std::fmt;
use std::io::{self, ErrorKind};

use super::Client;

/// More than this is no head of ours, and no chunk's line.
const LINES_BYTES_MAX: usize = 16 * 1024;

/// One response, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// `HTTP/1.1`, say.
    pub version: String,
    /// Such as 200.
    pub status: u16,
    /// Names in lower case, and values, in order.
    pub fields: Vec<(String, String)>,
    /// Without its chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of the field called `name`, in lower case; `None` also if there are several.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(known, _)| known == name);
        values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Response { version, status, fields, body } = self;
        write!(f, "{version} {status} {fields:?} with a body of {} bytes", body.len())
    }
}

impl Client {
    /// Sends all of `raw`, which begins with one request, and reads the response to it meanwhile.
    ///
    /// # Errors
    ///
    /// As [`Client::next_response`], and when the server does not take all of it.
    pub fn request(&mut self, raw: &[u8]) -> io::Result<Response> {
        self.read_response(raw, raw.starts_with(b"HEAD "))
    }

    /// Reads the next response; `to_head` if it is one to a HEAD request, which has no body.
    ///
    /// # Errors
    ///
    /// `InvalidData` when it is not well formed, `UnexpectedEof` when it is cut short, with what
    /// came of it, and `TimedOut` when it does not come.
    pub fn next_response(&mut self, to_head: bool) -> io::Result<Response> {
        self.read_response(&[], to_head)
    }

    fn read_response(&mut self, out: &[u8], to_head: bool) -> io::Result<Response> {
        let mut reader = Reader::new(to_head);
        let outcome = self.pump(out, |inbox| reader.advance(inbox), "a response");
        let ended = |error: &io::Error| error.kind() == ErrorKind::UnexpectedEof;
        if let Some(wrong) = reader.wrong {
            return Err(io::Error::new(ErrorKind::InvalidData, wrong));
        }
        match outcome {
            // The end of input is the end of this body.
            Err(error) if ended(&error) && reader.state == State::UntilEnd => {}
            Err(error) => {
                let came = self.inbox[..self.inbox.len().min(200)].escape_ascii();
                return Err(io::Error::new(error.kind(), format!("{error}; so far: \"{came}\"")));
            }
            Ok(()) => {}
        }
        self.accounted += reader.at as u64;
        self.inbox.drain(..reader.at);
        Ok(reader.response)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Head,
    /// So many bytes of the body are still to come.
    Sized(u64),
    ChunkLine,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    UntilEnd,
    Whole,
}

/// Reads one response from bytes that come in pieces, and looks at each byte once.
struct Reader {
    to_head: bool,
    state: State,
    /// What was read of the inbox.
    at: usize,
    response: Response,
    wrong: Option<String>,
}

impl Reader {
    fn new(to_head: bool) -> Reader {
        let response = Response::default();
        Reader { to_head, state: State::Head, at: 0, response, wrong: None }
    }

    /// Reads on in `inbox`, which has grown. True: nothing more is wanted.
    fn advance(&mut self, inbox: &[u8]) -> bool {
        while self.state != State::Whole && self.wrong.is_none() {
            match self.step(&inbox[self.at..]) {
                Ok(Some(used)) => self.at += used,
                Ok(None) => return false,
                Err(wrong) => {
                    let rest = &inbox[self.at..inbox.len().min(self.at + 80)];
                    self.wrong = Some(format!("{wrong}, at \"{}\"", rest.escape_ascii()));
                }
            }
        }
        true
    }

    /// One part of a response: how many bytes it took; `None` if it is not all there.
    fn step(&mut self, rest: &[u8]) -> Result<Option<usize>, String> {
        match self.state {
            State::Head => {
                let Some(end) = find(rest, b"\r\n\r\n")? else { return Ok(None) };
                self.head(&rest[..end])?;
                Ok(Some(end + 4))
            }
            State::Sized(0) => {
                self.state = State::Whole;
                Ok(Some(0))
            }
            State::Sized(left) => Ok(self.take(rest, left, State::Sized)),
            State::ChunkLine => {
                let Some(end) = find(rest, b"\r\n")? else { return Ok(None) };
                let digits = std::str::from_utf8(&rest[..end]).unwrap_or("");
                self.state = match number(digits, 16)? {
                    0 => State::Trailers,
                    size => State::Chunk(size),
                };
                Ok(Some(end + 2))
            }
            State::Chunk(0) => {
                self.state = State::ChunkEnd;
                Ok(Some(0))
            }
            State::Chunk(left) => Ok(self.take(rest, left, State::Chunk)),
            State::ChunkEnd | State::Trailers => {
                let Some(end) = find(rest, b"\r\n")? else { return Ok(None) };
                if end > 0 {
                    return Err("expected an empty line".to_owned());
                }
                let chunk = self.state == State::ChunkEnd;
                self.state = if chunk { State::ChunkLine } else { State::Whole };
                Ok(Some(2))
            }
            State::UntilEnd => Ok(self.take(rest, u64::MAX, |_| State::UntilEnd)),
            State::Whole => Ok(None),
        }
    }

    /// Takes what is there of `left` bytes of the body.
    fn take(&mut self, rest: &[u8], left: u64, next: fn(u64) -> State) -> Option<usize> {
        let taken = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.response.body.extend_from_slice(&rest[..taken]);
        self.state = next(left - taken as u64);
        (taken > 0).then_some(taken)
    }

    fn head(&mut self, head: &[u8]) -> Result<(), String> {
        let head = std::str::from_utf8(head).map_err(|_| "a head that is not ASCII")?;
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or("").splitn(3, ' ');
        let version = words.next().filter(|version| matches!(*version, "HTTP/1.1" | "HTTP/1.0"));
        version.ok_or("a version that is none")?.clone_into(&mut self.response.version);
        let status = words.next().filter(|word| word.len() == 3).unwrap_or("");
        self.response.status = status.parse().map_err(|_| "a status line without a status")?;
        for line in lines {
            let (name, value) = line.split_once(':').ok_or("a field without a colon")?;
            if name.is_empty() || name.contains(|c: char| !c.is_ascii_graphic()) {
                return Err(format!("a field called {name:?}"));
            }
            let field = (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']).to_owned());
            self.response.fields.push(field);
        }
        self.state = self.framing()?;
        Ok(())
    }

    /// How the body's end is found (RFC 9112, section 6.3).
    fn framing(&self) -> Result<State, String> {
        let named = |name: &str| self.response.fields.iter().any(|(known, _)| known == name);
        let (chunked, sized) = (named("transfer-encoding"), named("content-length"));
        if chunked && sized {
            return Err("a length said in two ways".to_owned());
        }
        let size =
            self.response.field("content-length").map(|size| number(size, 10)).transpose()?;
        if sized && size.is_none() {
            return Err("two lengths".to_owned());
        }
        let bodiless = matches!(self.response.status, 100..=199 | 204 | 304);
        Ok(match size {
            _ if self.to_head || bodiless => State::Whole,
            Some(size) => State::Sized(size),
            None if !chunked => State::UntilEnd,
            None if self.response.field("transfer-encoding") == Some("chunked") => State::ChunkLine,
            None => return Err("a transfer encoding that is not chunked".to_owned()),
        })
    }
}

/// Where `end` begins. Only so far: no line may be without an end.
fn find(rest: &[u8], end: &[u8]) -> Result<Option<usize>, String> {
    let found = rest.windows(end.len()).take(LINES_BYTES_MAX).position(|window| window == end);
    match found {
        None if rest.len() > LINES_BYTES_MAX => Err("a line or head without an end".to_owned()),
        found => Ok(found),
    }
}

/// Digits and nothing else: `parse` would take a sign.
fn number(digits: &str, radix: u32) -> Result<u64, String> {
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    let value = u64::from_str_radix(digits, radix).ok().filter(|_| plain);
    value.ok_or_else(|| format!("{digits:?} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes left over behind one response, and the response, given one byte after the other.
    fn read(raw: &[u8], to_head: bool) -> Result<(usize, Response), String> {
        let mut reader = Reader::new(to_head);
        let whole = (0..=raw.len()).any(|len| reader.advance(&raw[..len]));
        match reader.wrong {
            Some(wrong) => Err(wrong),
            None if whole => Ok((raw.len() - reader.at, reader.response)),
            None => Err(format!("not whole: {:?}", reader.state)),
        }
    }

    #[test]
    fn bodies_end_where_their_head_says() {
        let sized = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP";
        let (_, response) = read(sized, false).expect("well formed");
        assert_eq!((response.status, response.body.as_slice()), (200, &b"abc"[..]));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
                        1\r\na\r\n0002\r\nbc\r\n0\r\n\r\n";
        assert_eq!(read(chunked, false).map(|(_, r)| r.body), Ok(b"abc".to_vec()));
        let (left, response) = read(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true)
            .expect("an answer to HEAD has no body");
        assert_eq!((left, response.field("content-length")), (0, Some("3")));
    }

    #[test]
    fn what_is_not_well_formed_is_refused() {
        for raw in [
            "HTTP/1.1 OK\r\n\r\n",
            "body\nHTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nspaced : 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
        ] {
            assert!(read(raw.as_bytes(), false).is_err(), "{raw:?}");
        }
    }
}
