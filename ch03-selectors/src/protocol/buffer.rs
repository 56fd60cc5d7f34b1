//! Output that waits, and the two marks at which its writer is told.
//!
//! With one mark a writer would be stopped and started with every packet. So there are two: it is
//! told to pause above the high one, and to go on at the low one.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};

/// Above this a protocol is told to pause, unless it chose another mark: asyncio's value.
pub const HIGH_WATER_BYTES: usize = 64 * 1024;

/// What may wait for one peer, whatever its protocol does. The marks are a request; a protocol that
/// does not heed them loses its connection here, and not the process its memory.
pub const BUFFERED_BYTES_MAX: usize = 64 << 20;

/// What a protocol is to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Pause,
    Resume,
}

/// Bytes that wait to be written.
#[derive(Debug)]
pub(crate) struct WriteBuffer {
    bytes: VecDeque<u8>,
    high: usize,
    low: usize,
    /// The writer was told to pause, and not to go on since.
    paused: bool,
}

impl WriteBuffer {
    pub(crate) fn new() -> WriteBuffer {
        let (bytes, high, low) = (VecDeque::new(), HIGH_WATER_BYTES, HIGH_WATER_BYTES / 4);
        WriteBuffer { bytes, high, low, paused: false }
    }

    /// Above `high` is too much, at `low` or below there is room again.
    pub(crate) fn set_limits(&mut self, high: usize, low: usize) -> io::Result<()> {
        if low > high {
            let text = format!("a low-water mark of {low} above the high one of {high}");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        (self.high, self.low) = (high, low);
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > BUFFERED_BYTES_MAX - self.bytes.len() {
            let text = format!("more than {BUFFERED_BYTES_MAX} bytes wait for this peer");
            return Err(io::Error::new(ErrorKind::OutOfMemory, text));
        }
        self.bytes.extend(bytes);
        Ok(())
    }

    /// The first of them, as many as lie in one piece.
    pub(crate) fn front(&self) -> &[u8] {
        self.bytes.as_slices().0
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.bytes.drain(..count);
        if self.bytes.is_empty() {
            self.clear();
        }
    }

    /// Empties it, and gives its memory back: an idle connection keeps none.
    pub(crate) fn clear(&mut self) {
        self.bytes = VecDeque::new();
    }

    /// What its writer has to be told now, which it then is.
    pub(crate) fn notice(&mut self) -> Option<Notice> {
        let notice = if !self.paused && self.bytes.len() > self.high {
            Notice::Pause
        } else if self.paused && self.bytes.len() <= self.low {
            Notice::Resume
        } else {
            return None;
        };
        self.paused = notice == Notice::Pause;
        Some(notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mark_is_told_once_when_it_is_crossed() {
        let mut buffer = WriteBuffer::new();
        buffer.set_limits(10, 4).expect("in order");
        buffer.push(&[0; 10]).expect("room");
        assert_eq!(buffer.notice(), None, "at the mark, and not above it");
        buffer.push(&[0]).expect("room");
        assert_eq!(buffer.notice(), Some(Notice::Pause));
        buffer.push(&[0; 9]).expect("room");
        assert_eq!(buffer.notice(), None, "told already");
        buffer.consume(15);
        assert_eq!(buffer.notice(), None, "5 are above the low mark");
        buffer.consume(1);
        assert_eq!(buffer.notice(), Some(Notice::Resume));
        assert_eq!(buffer.notice(), None);
    }

    #[test]
    fn marks_of_zero_mean_any_output_that_waits() {
        let mut buffer = WriteBuffer::new();
        buffer.set_limits(0, 0).expect("in order");
        buffer.push(b"x").expect("room");
        assert_eq!(buffer.notice(), Some(Notice::Pause));
        buffer.consume(1);
        assert_eq!(buffer.notice(), Some(Notice::Resume));
        assert_eq!(buffer.set_limits(1, 2).expect_err("crossed").kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn what_is_too_much_is_refused_and_nothing_is_kept_of_an_empty_one() {
        let mut buffer = WriteBuffer::new();
        buffer.push(&vec![0; BUFFERED_BYTES_MAX]).expect("room");
        assert_eq!(buffer.push(b"x").expect_err("full").kind(), ErrorKind::OutOfMemory);
        while !buffer.is_empty() {
            buffer.consume(buffer.front().len());
        }
        assert_eq!(buffer.bytes.capacity(), 0);
    }
}
