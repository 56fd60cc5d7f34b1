//! Unpacks a body.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use flate2::bufread::GzDecoder;
use ladder::socket::READ_BYTES;

use super::error::Error;

/// Bytes that a body may unpack to, whatever it was packed to. Small ones are often zeros.
pub const DECODED_BYTES_FREE: u64 = 1 << 20;

/// How many times as large a larger body may become. Text becomes five or ten times as large; the
/// most that gzip can do is 1032, which nobody needs who has something to say.
pub const DECODED_RATIO_MAX: u64 = 100;

/// A body packed by gzip (RFC 1952), of which at most [`READ_BYTES`] are unpacked at a time: a piece
/// that is asked for is memory, and pieces that are not asked for are none.
pub(super) struct Gunzip {
    decoder: GzDecoder<Packed>,
    unpacked: u64,
    over: bool,
}

/// What has come of the packed body.
#[derive(Debug, Default)]
struct Packed {
    piece: Bytes,
    ended: bool,
    taken: u64,
}

impl Gunzip {
    pub(super) fn new() -> Gunzip {
        Gunzip { decoder: GzDecoder::new(Packed::default()), unpacked: 0, over: false }
    }

    /// The next piece of what `packed` gives, unpacked; `None` at the end of both.
    pub(super) fn poll_data(
        &mut self,
        context: &mut Context<'_>,
        mut packed: impl FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            if self.over {
                // What is behind the packed body is part of no body, but must have come.
                match ready!(packed(context)) {
                    Some(Ok(_)) => continue,
                    end => return Poll::Ready(end),
                }
            }
            let mut piece = vec![0; READ_BYTES];
            match self.decoder.read(&mut piece) {
                Ok(0) => self.over = true,
                Ok(len) => {
                    piece.truncate(len);
                    self.unpacked += len as u64;
                    let most = self.decoder.get_ref().taken.saturating_mul(DECODED_RATIO_MAX);
                    if self.unpacked > most.max(DECODED_BYTES_FREE) {
                        return Poll::Ready(Some(Err(Error::Bomb(DECODED_RATIO_MAX))));
                    }
                    return Poll::Ready(Some(Ok(piece.into())));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    match ready!(packed(context)) {
                        Some(Ok(piece)) => self.decoder.get_mut().piece = piece,
                        Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                        None => self.decoder.get_mut().ended = true,
                    }
                }
                Err(error) => return Poll::Ready(Some(Err(Error::Decode(error)))),
            }
        }
    }
}

impl Read for Packed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let some = self.fill_buf()?;
        let len = some.len().min(into.len());
        into[..len].copy_from_slice(&some[..len]);
        self.consume(len);
        Ok(len)
    }
}

impl BufRead for Packed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() && !self.ended {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, len: usize) {
        self.piece.advance(len);
        self.taken += len as u64;
    }
}

impl fmt::Debug for Gunzip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gunzip").field("unpacked", &self.unpacked).finish_non_exhaustive()
    }
}
