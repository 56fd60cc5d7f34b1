//! Takes a body out of its framing.

use bytes::{Buf, Bytes, BytesMut};

use super::Received;
use super::fault::Fault;
use super::fields::Fields;
use super::framing::Length;
use super::limits::{
    BODY_BYTES_LARGEST, CHUNK_DIGITS_MAX, COPIED_BYTES_MAX, EXTENSION_BYTES_MAX, TRAILER_BYTES_MAX,
};
use super::parse::{end_of_lines, trailers};

/// Where in its body a message is.
#[derive(Debug)]
pub(super) enum Body {
    /// So many bytes are still to come.
    Sized(u64),
    /// In chunks.
    Chunked(Chunks),
    /// All that comes.
    UntilClose {
        /// Bytes that may still come.
        left: u64,
    },
    /// Over.
    Ended,
}

/// Where in its chunks a body is.
#[derive(Debug)]
pub(super) struct Chunks {
    at: At,
    /// Bytes that all further chunks together may have.
    allowed: u64,
    /// Bytes that all further extensions together may have.
    extensions_left: usize,
}

/// What comes next in a chunked body (RFC 9112, section 7.1).
#[derive(Clone, Copy, Debug)]
enum At {
    /// A digit of a size, or what ends it.
    Size { size: u64, digits: u8 },
    /// White space behind a size, and then an extension.
    Space { size: u64 },
    /// The rest of an extension.
    Extension { size: u64 },
    /// The LF behind a size's CR.
    SizeEnd { size: u64 },
    /// Bytes of the chunk.
    Data { left: u64 },
    /// The CR behind a chunk.
    DataCr,
    /// The LF behind it.
    DataLf,
    /// Trailers, of which so many bytes were searched for their end.
    Trailers { searched: usize },
}

impl Body {
    /// The body that begins behind a head. At most `allowed` bytes are taken.
    pub(super) fn new(length: Length, allowed: u64) -> Result<Body, Fault> {
        Ok(match length {
            Length::None | Length::Sized(0) => Body::Ended,
            Length::Sized(size) if size > allowed => return Err(Fault::BodyTooLarge),
            Length::Sized(size) => Body::Sized(size),
            Length::Chunked => Body::Chunked(Chunks {
                at: At::Size { size: 0, digits: 0 },
                allowed,
                extensions_left: EXTENSION_BYTES_MAX,
            }),
            Length::UntilClose => Body::UntilClose { left: allowed },
        })
    }

    /// Takes the next piece from the front of the input. Once it has given its end, it is over.
    pub(super) fn receive<H>(
        &mut self,
        input: &mut BytesMut,
        ended: bool,
    ) -> Result<Received<H>, Fault> {
        let received = match self {
            Body::Ended => return Ok(Received::Nothing),
            Body::Sized(left) => match take(input, left) {
                Some(data) => Received::Data(data),
                None if *left == 0 => Received::End(Fields::new()),
                None => Received::Nothing,
            },
            Body::UntilClose { left } => match take(input, left) {
                Some(data) => Received::Data(data),
                None if !input.is_empty() => return Err(Fault::BodyTooLarge),
                None if ended => Received::End(Fields::new()),
                None => Received::Nothing,
            },
            Body::Chunked(chunks) => chunks.receive(input)?,
        };
        match received {
            Received::End(_) => *self = Body::Ended,
            Received::Nothing if ended => return Err(Fault::Truncated),
            _ => {}
        }
        Ok(received)
    }
}

/// Takes what is there, and at most `left` bytes; without copying it, if it is much.
fn take(input: &mut BytesMut, left: &mut u64) -> Option<Bytes> {
    let len = input.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
    if len == 0 {
        return None;
    }
    *left -= len as u64;
    if len > COPIED_BYTES_MAX {
        return Some(input.split_to(len).freeze());
    }
    let data = Bytes::copy_from_slice(&input[..len]);
    input.advance(len);
    Some(data)
}

impl Chunks {
    fn receive<H>(&mut self, input: &mut BytesMut) -> Result<Received<H>, Fault> {
        loop {
            match &mut self.at {
                At::Data { left } => match take(input, left) {
                    Some(data) => {
                        if *left == 0 {
                            self.at = At::DataCr;
                        }
                        return Ok(Received::Data(data));
                    }
                    None => return Ok(Received::Nothing),
                },
                At::Trailers { searched } => {
                    let text = &input[..input.len().min(TRAILER_BYTES_MAX)];
                    let end = match text {
                        [b'\r', b'\n', ..] => Some(2),
                        [b'\r', _, ..] | [b'\n', ..] => return Err(Fault::Trailer),
                        _ => end_of_lines(text, searched),
                    };
                    let Some(end) = end else {
                        let full = input.len() > TRAILER_BYTES_MAX;
                        return if full {
                            Err(Fault::TrailersTooLarge)
                        } else {
                            Ok(Received::Nothing)
                        };
                    };
                    let fields = if end == 2 { Fields::new() } else { trailers(&input[..end])? };
                    input.advance(end);
                    return Ok(Received::End(fields));
                }
                _ => {
                    // One line, or what has come of it.
                    let mut read = 0;
                    while let Some(&byte) = input.get(read) {
                        read += 1;
                        self.line(byte)?;
                        if matches!(self.at, At::Data { .. } | At::Trailers { .. }) {
                            break;
                        }
                    }
                    if read == 0 {
                        return Ok(Received::Nothing);
                    }
                    input.advance(read);
                }
            }
        }
    }

    /// Reads a byte of what is between the data of two chunks.
    fn line(&mut self, byte: u8) -> Result<(), Fault> {
        self.at = match (self.at, byte) {
            (At::Size { size, digits }, _) if byte.is_ascii_hexdigit() => {
                if digits == CHUNK_DIGITS_MAX {
                    return Err(Fault::Chunk);
                }
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                At::Size { size: size << 4 | u64::from(digit), digits: digits + 1 }
            }
            (At::Size { digits: 0, .. }, _) => return Err(Fault::Chunk),
            (At::Size { size, .. } | At::Extension { size }, b'\r') => At::SizeEnd { size },
            (At::Size { size, .. } | At::Space { size }, b';')
            | (At::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => {
                self.extend(At::Extension { size })?
            }
            (At::Size { size, .. } | At::Space { size }, b'\t' | b' ') => {
                self.extend(At::Space { size })?
            }
            (At::SizeEnd { size: 0 }, b'\n') => At::Trailers { searched: 0 },
            (At::SizeEnd { size }, b'\n') => {
                self.allowed = self.allowed.checked_sub(size).ok_or(Fault::BodyTooLarge)?;
                At::Data { left: size }
            }
            (At::DataCr, b'\r') => At::DataLf,
            (At::DataLf, b'\n') => At::Size { size: 0, digits: 0 },
            _ => return Err(Fault::Chunk),
        };
        Ok(())
    }

    /// Counts a byte of an extension.
    fn extend(&mut self, at: At) -> Result<At, Fault> {
        let left = self.extensions_left.checked_sub(1).ok_or(Fault::ExtensionTooLarge)?;
        self.extensions_left = left;
        Ok(at)
    }
}

const _: () = assert!(BODY_BYTES_LARGEST < u64::MAX && CHUNK_DIGITS_MAX == 16);
