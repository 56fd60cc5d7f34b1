//! Why a portion could not be read.

use std::error::Error;
use std::fmt;
use std::io;

use bytes::Bytes;

/// Why a [`StreamReader`](super::StreamReader) did not give what it was asked for.
#[derive(Debug)]
pub enum ReadError {
    /// The input has ended in the middle: asyncio's `IncompleteReadError`.
    Incomplete {
        /// What there was.
        partial: Bytes,
        /// How many bytes were asked for; `None` when it was a separator.
        expected: Option<usize>,
    },
    /// No separator came within the limit: asyncio's `LimitOverrunError`.
    LimitOverrun {
        /// So many bytes hold no separator. They can be taken by
        /// [`read_exact`](super::StreamReader::read_exact).
        consumed: usize,
    },
    /// The source failed.
    Io(io::Error),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Incomplete { partial, expected: Some(expected) } => {
                write!(f, "input ended after {} of {expected} bytes", partial.len())
            }
            ReadError::Incomplete { partial, expected: None } => {
                write!(f, "input ended after {} bytes without a separator", partial.len())
            }
            ReadError::LimitOverrun { consumed } => {
                write!(f, "no end within the limit: {consumed} bytes without one")
            }
            ReadError::Io(error) => error.fmt(f),
        }
    }
}

impl Error for ReadError {}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> ReadError {
        ReadError::Io(error)
    }
}

/// For who wants one kind of error: `UnexpectedEof`, `InvalidData`, or what the source said.
impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> io::Error {
        match error {
            ReadError::Io(error) => error,
            ReadError::Incomplete { .. } => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::LimitOverrun { .. } => io::Error::new(io::ErrorKind::InvalidData, error),
        }
    }
}
