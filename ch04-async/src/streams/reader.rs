//! Input that comes in the reader's portions: lines, lengths, separators. asyncio's `StreamReader`.
//!
//! A read brings what is there: half a line, or three. So input is kept until a whole portion is
//! there, and only then taken out. That also makes every call here safe to cut: a read that is
//! dropped in the middle has taken nothing, and what it has got from the socket is kept.
//!
//! Where asyncio differs: its loop reads ahead, up to twice the limit, also when nobody asks. Here
//! input is read when it is asked for, and stays with the kernel until then.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use futures_io::AsyncRead;

use super::error::ReadError;
use crate::buffers::Chunk;

/// How far a separator is looked for, unless the reader was made with another limit. As asyncio.
pub const LIMIT_BYTES: usize = 64 * 1024;

/// Reads from `R` in portions.
#[derive(Debug)]
pub struct StreamReader<R> {
    source: R,
    /// Read, and not taken.
    buffer: BytesMut,
    limit: usize,
    ended: bool,
}

impl<R: AsyncRead + Unpin> StreamReader<R> {
    /// A reader with asyncio's limit.
    pub fn new(source: R) -> StreamReader<R> {
        StreamReader::with_limit(source, LIMIT_BYTES)
    }

    /// A reader that gives up on a line, or another portion with a separator, that is longer than
    /// `limit`, the separator not counted. What somebody else sends has no other bound.
    pub fn with_limit(source: R, limit: usize) -> StreamReader<R> {
        StreamReader { source, buffer: BytesMut::new(), limit, ended: false }
    }

    /// What is there, at most `bytes_max`; waits until there is something. Empty at the end of input.
    ///
    /// # Errors
    ///
    /// What the source says.
    pub async fn read(&mut self, bytes_max: usize) -> io::Result<Bytes> {
        if bytes_max > 0 && self.buffer.is_empty() {
            self.fill().await?;
        }
        Ok(self.take(bytes_max.min(self.buffer.len())))
    }

    /// Everything up to the end of input: asyncio's `read(-1)`.
    ///
    /// # Errors
    ///
    /// `LimitOverrun` when it is more than `bytes_max`; what was read is kept.
    pub async fn read_to_end(&mut self, bytes_max: usize) -> Result<Bytes, ReadError> {
        while self.buffer.len() <= bytes_max {
            if !self.fill().await? {
                return Ok(self.take(self.buffer.len()));
            }
        }
        Err(ReadError::LimitOverrun { consumed: self.buffer.len() })
    }

    /// Exactly so many bytes. Memory is taken as they come, not as they are announced.
    ///
    /// # Errors
    ///
    /// `Incomplete` when the input ends before, with what there was.
    pub async fn read_exact(&mut self, bytes: usize) -> Result<Bytes, ReadError> {
        while self.buffer.len() < bytes {
            if !self.fill().await? {
                return Err(self.incomplete(Some(bytes)));
            }
        }
        Ok(self.take(bytes))
    }

    /// Everything up to `separator`, and that, too.
    ///
    /// # Errors
    ///
    /// `Incomplete` when the input ends before, with what there was. `LimitOverrun` when there is no
    /// separator within the limit: then all is kept, and can be read in another way.
    ///
    /// # Panics
    ///
    /// When the separator is empty: it would be everywhere.
    pub async fn read_until(&mut self, separator: &[u8]) -> Result<Bytes, ReadError> {
        assert!(!separator.is_empty(), "a separator of at least one byte");
        // Where a separator may begin: not before this. It may arrive in two pieces.
        let mut searched = 0;
        loop {
            if let Some(at) = find(&self.buffer, separator, searched) {
                if at > self.limit {
                    return Err(ReadError::LimitOverrun { consumed: at });
                }
                return Ok(self.take(at + separator.len()));
            }
            searched = (self.buffer.len() + 1).saturating_sub(separator.len());
            if searched > self.limit {
                return Err(ReadError::LimitOverrun { consumed: searched });
            }
            if !self.fill().await? {
                return Err(self.incomplete(None));
            }
        }
    }

    /// A line, with its end; at the end of input, what there is without one. Empty when there is
    /// nothing more.
    ///
    /// # Errors
    ///
    /// `LimitOverrun` when the line is too long. What was read of it is gone then, so that asking
    /// again goes on; but if its end was not among that, the next line is the rest of this one. Who
    /// cannot trust the other side should rather close.
    pub async fn read_line(&mut self) -> Result<Bytes, ReadError> {
        match self.read_until(b"\n").await {
            Err(ReadError::Incomplete { partial, .. }) => Ok(partial),
            Err(ReadError::LimitOverrun { consumed }) => {
                let is_end = self.buffer.get(consumed) == Some(&b'\n');
                drop(self.take(if is_end { consumed + 1 } else { self.buffer.len() }));
                Err(ReadError::LimitOverrun { consumed })
            }
            line => line,
        }
    }

    /// Whether the input has ended, and all of it was taken. False as long as nobody has come upon
    /// the end.
    #[must_use]
    pub fn at_eof(&self) -> bool {
        self.ended && self.buffer.is_empty()
    }

    /// The source. What was read from it and not taken stays here.
    pub fn get_ref(&self) -> &R {
        &self.source
    }

    /// The source. What was read from it and not taken is dropped.
    pub fn into_inner(self) -> R {
        self.source
    }

    /// Reads once. False at the end of input.
    async fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let StreamReader { source, buffer, .. } = self;
        let chunk = poll_fn(|context| {
            // The memory is lent for the try alone: who waits for input needs none.
            let tried =
                Chunk::fill(|memory| match Pin::new(&mut *source).poll_read(context, memory) {
                    Poll::Ready(Ok(read)) => Ok(read),
                    Poll::Ready(Err(error)) => Err(Poll::Ready(error)),
                    Poll::Pending => Err(Poll::Pending),
                });
            match tried {
                Ok(chunk) => Poll::Ready(Ok(chunk)),
                Err(failed) => failed.map(Err),
            }
        });
        let chunk = chunk.await?;
        self.ended = chunk.is_empty();
        buffer.extend_from_slice(&chunk);
        Ok(!self.ended)
    }

    fn take(&mut self, bytes: usize) -> Bytes {
        if bytes == self.buffer.len() {
            // With its memory: nothing is kept for a client that says nothing.
            return std::mem::take(&mut self.buffer).freeze();
        }
        self.buffer.split_to(bytes).freeze()
    }

    fn incomplete(&mut self, expected: Option<usize>) -> ReadError {
        ReadError::Incomplete { partial: self.take(self.buffer.len()), expected }
    }
}

/// Where `separator` begins, at `from` or later.
fn find(bytes: &[u8], separator: &[u8], from: usize) -> Option<usize> {
    let at = bytes.get(from..)?.windows(separator.len()).position(|window| window == separator)?;
    Some(from + at)
}
