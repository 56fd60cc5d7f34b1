//! The body of a request, piece by piece as it comes.

use std::io::{self, ErrorKind};

use crate::fault::Fault;
use crate::request::Framing;
use crate::server::Connection;

/// A chunk's line and each trailer, and all trailers together.
const LINE_BYTES_MAX: usize = 1024;
const TRAILERS_MAX: usize = 32;

/// Where in its body a request is.
#[derive(Debug)]
pub(crate) struct Body {
    framing: Framing,
    /// Bytes of the body, or of the chunk, that are still to come.
    left: u64,
    whole: bool,
}

impl Body {
    pub(crate) fn new(framing: Framing) -> Body {
        let left = if let Framing::Sized(size) = framing { size } else { 0 };
        Body { framing, left, whole: framing == Framing::Sized(0) }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// The next piece; `None` after the last one. `InvalidData` for a chunk that is none.
    pub(crate) async fn next(&mut self, from: &mut Connection) -> io::Result<Option<Vec<u8>>> {
        if self.whole {
            return Ok(None);
        }
        if self.framing == Framing::Chunked && self.left == 0 && !self.begin_chunk(from).await? {
            self.whole = true;
            return Ok(None);
        }
        while from.inbox.is_empty() {
            from.read().await?;
        }
        let len = from.inbox.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let piece: Vec<u8> = from.inbox.drain(..len).collect();
        self.left -= len as u64;
        if self.left == 0 {
            if self.framing == Framing::Chunked {
                let end = line(from).await?;
                if !end.is_empty() && from.fault != Fault::AnyChunkEnd {
                    return Err(ErrorKind::InvalidData.into());
                }
            } else {
                self.whole = true;
            }
        }
        Ok(Some(piece))
    }

    /// Reads the line before a chunk; false if it is that of the last one.
    async fn begin_chunk(&mut self, from: &mut Connection) -> io::Result<bool> {
        let line_read = line(from).await?;
        self.left = size(&line_read, from.fault).ok_or(ErrorKind::InvalidData)?;
        if self.left > 0 {
            return Ok(true);
        }
        for _ in 0..TRAILERS_MAX {
            if line(from).await?.is_empty() {
                return Ok(false);
            }
        }
        Err(ErrorKind::InvalidData.into())
    }
}

/// The size in a chunk's line, which may have an extension.
fn size(line: &[u8], fault: Fault) -> Option<u64> {
    let line = std::str::from_utf8(line).ok().filter(|line| !line.contains(['\r', '\n']))?;
    let digits = line.split(';').next()?;
    if digits.is_empty() {
        return None;
    }
    if fault == Fault::SignedChunkSize {
        return u64::from_str_radix(digits, 16).ok();
    }
    let radix = if fault == Fault::DecimalChunkSize { 10 } else { 16 };
    let digits = digits.chars().map(|c| c.to_digit(radix).map(u64::from));
    let digits = digits.collect::<Option<Vec<_>>>();
    digits?.into_iter().try_fold(0_u64, |size, digit| {
        let shifted = match fault {
            Fault::WrappingChunkSize => size.wrapping_mul(16),
            _ => size.checked_mul(16)?,
        };
        Some(shifted + digit)
    })
}

/// A line, without its end.
async fn line(from: &mut Connection) -> io::Result<Vec<u8>> {
    loop {
        if let Some(end) = from.inbox.windows(2).position(|two| two == b"\r\n") {
            let mut line: Vec<u8> = from.inbox.drain(..end + 2).collect();
            line.truncate(end);
            return Ok(line);
        }
        if from.inbox.len() > LINE_BYTES_MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        from.read().await?;
    }
}
