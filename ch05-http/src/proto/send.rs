//! Writes heads, and puts bodies into their framing.

use std::error::Error;
use std::fmt;

use super::characters::{is, is_token, is_value};
use super::framing::Length;
use super::parts::{Name, Value};

/// Why something was not sent. It is the caller's fault, and not the peer's.
///
/// Nothing of what was asked for was appended then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSent {
    /// It is not the time for it: a second head, a body before its head, a request before the
    /// last one's answer is whole.
    OutOfTurn,
    /// A field's name is no token.
    Name,
    /// A field's value has a CR, a LF, or another control character in it, which could end the
    /// field and begin another one (response splitting).
    Value,
    /// Content-Length or Transfer-Encoding: they are written here, from the [`Length`] that is
    /// asked for, and from nothing else.
    Framing,
    /// The target has a character that ends it, or none at all.
    Target,
    /// A request must have one Host field (RFC 9112, section 3.2), and that one a host.
    Host,
    /// A length that a request's body cannot have: until the end of the connection. Or CONNECT,
    /// which has none.
    Length,
    /// More bytes than were announced, or than a chunk.
    TooMuch,
    /// The body ended before it had the bytes that were announced. The connection must close.
    TooLittle,
    /// A status that is not final: those are not answers.
    Interim,
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotSent::OutOfTurn => "sent out of turn",
            NotSent::Name => "a field's name is no token",
            NotSent::Value => "a field's value has a control character in it",
            NotSent::Framing => "the framing is not a field for a caller to set",
            NotSent::Target => "the target is none",
            NotSent::Host => "a request needs one Host",
            NotSent::Length => "the body of a request has no such length",
            NotSent::TooMuch => "more of the body than was announced",
            NotSent::TooLittle => "less of the body than was announced",
            NotSent::Interim => "the status is not final",
        })
    }
}

impl Error for NotSent {}

/// What of a message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sending {
    /// Nothing.
    Head,
    /// Its head, and of its body all but what is said here.
    Body(Out),
    /// All of it.
    Ended,
    /// Not all of it, and no more will be.
    Broken,
}

/// How a body goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// Bytes that are to come.
    Sized(u64),
    /// In chunks, of which one may have been announced and not ended.
    Chunked {
        open: bool,
    },
    UntilClose,
    /// Not at all: an answer to HEAD, say.
    Discarded,
}

impl Out {
    pub(super) fn new(length: Length) -> Out {
        match length {
            Length::None => Out::Discarded,
            Length::Sized(size) => Out::Sized(size),
            Length::Chunked => Out::Chunked { open: false },
            Length::UntilClose => Out::UntilClose,
        }
    }
}

impl Sending {
    /// Puts data into the framing.
    pub(super) fn data(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), NotSent> {
        // An empty chunk would be the last one.
        if data.is_empty() {
            return Ok(());
        }
        match self {
            Sending::Body(Out::Discarded) => Ok(()),
            Sending::Body(Out::Sized(left)) => {
                *left = left.checked_sub(data.len() as u64).ok_or(NotSent::TooMuch)?;
                out.extend_from_slice(data);
                Ok(())
            }
            Sending::Body(_) => {
                self.chunk_head(data.len() as u64, out)?;
                out.extend_from_slice(data);
                self.chunk_end(out);
                Ok(())
            }
            _ => Err(NotSent::OutOfTurn),
        }
    }

    /// Announces `len` bytes that go another way.
    pub(super) fn chunk_head(&mut self, len: u64, out: &mut Vec<u8>) -> Result<(), NotSent> {
        match self {
            Sending::Body(Out::Sized(left)) => {
                *left = left.checked_sub(len).ok_or(NotSent::TooMuch)?;
                Ok(())
            }
            Sending::Body(Out::Chunked { open: true }) => Err(NotSent::OutOfTurn),
            // One without data would be the last one.
            Sending::Body(Out::Chunked { open }) if len > 0 => {
                *open = true;
                hexadecimal(len, out);
                out.extend_from_slice(b"\r\n");
                Ok(())
            }
            Sending::Body(Out::Chunked { .. } | Out::UntilClose) => Ok(()),
            Sending::Body(Out::Discarded) => Err(NotSent::TooMuch),
            _ => Err(NotSent::OutOfTurn),
        }
    }

    /// Ends what `chunk_head` began.
    pub(super) fn chunk_end(&mut self, out: &mut Vec<u8>) {
        if let Sending::Body(Out::Chunked { open }) = self
            && std::mem::take(open)
        {
            out.extend_from_slice(b"\r\n");
        }
    }

    /// Ends the body.
    pub(super) fn end<N, V>(
        &mut self,
        trailers: impl IntoIterator<Item = (N, V)>,
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        match *self {
            Sending::Body(Out::Chunked { open: false }) => {
                let begin = out.len();
                out.extend_from_slice(b"0\r\n");
                for (name, value) in trailers {
                    let sent = sort(&name).and_then(|kind| match kind {
                        Kind::Plain | Kind::Date => field(&name, &value, out),
                        _ => Err(NotSent::Framing),
                    });
                    if sent.is_err() {
                        out.truncate(begin);
                        return sent;
                    }
                }
                out.extend_from_slice(b"\r\n");
                *self = Sending::Ended;
                Ok(())
            }
            Sending::Body(Out::Sized(1..) | Out::Chunked { open: true }) => {
                *self = Sending::Broken;
                Err(NotSent::TooLittle)
            }
            Sending::Body(_) => {
                *self = Sending::Ended;
                Ok(())
            }
            _ => Err(NotSent::OutOfTurn),
        }
    }
}

/// What a field is to whoever writes a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Host,
    Date,
    Connection,
    Framing,
}

/// Tells the fields apart that are not the caller's alone.
#[inline]
pub(super) fn sort<N: Name>(name: &N) -> Result<Kind, NotSent> {
    let name = name.bytes();
    if !N::CHECKED && !is_token(name) {
        return Err(NotSent::Name);
    }
    Ok(match name.len() {
        4 if is(name, b"host") => Kind::Host,
        4 if is(name, b"date") => Kind::Date,
        10 if is(name, b"connection") => Kind::Connection,
        14 if is(name, b"content-length") => Kind::Framing,
        17 if is(name, b"transfer-encoding") => Kind::Framing,
        _ => Kind::Plain,
    })
}

/// Writes a field, if its value cannot be taken for more than one.
#[inline]
pub(super) fn field<N: Name, V: Value>(
    name: &N,
    value: &V,
    out: &mut Vec<u8>,
) -> Result<(), NotSent> {
    let (name, value) = (name.bytes(), value.bytes());
    if !V::CHECKED && !is_value(value) {
        return Err(NotSent::Value);
    }
    out.reserve(name.len() + value.len() + 4);
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes how the body goes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of sending a head")]
pub(super) fn framing(length: Length, out: &mut Vec<u8>) {
    match length {
        Length::Sized(size) => content_length(size, out),
        Length::Chunked => out.extend_from_slice(b"transfer-encoding: chunked\r\n"),
        Length::None | Length::UntilClose => {}
    }
}

/// Writes a length without `fmt`, which costs ten times as much; from its end, and at once.
#[inline]
fn content_length(mut size: u64, out: &mut Vec<u8>) {
    const NAME: &[u8; 16] = b"content-length: ";
    const END: &[u8; 2] = b"\r\n";
    // 2^64 has twenty digits.
    let mut line = [0; NAME.len() + 20 + END.len()];
    let mut first = line.len() - END.len();
    line[first..].copy_from_slice(END);
    loop {
        first -= 1;
        line[first] = b"0123456789"[(size % 10) as usize];
        size /= 10;
        if size == 0 {
            break;
        }
    }
    line[first - NAME.len()..first].copy_from_slice(NAME);
    out.extend_from_slice(&line[first - NAME.len()..]);
}

fn hexadecimal(number: u64, out: &mut Vec<u8>) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
    for digit in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(number >> (digit * 4) & 0xf) as usize]);
    }
}
