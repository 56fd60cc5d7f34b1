//! Why a request got no answer.

use std::io;

use thiserror::Error as ThisError;

use super::origin::Origin;
use super::timeouts::Timeout;
use crate::proto::{Fault, NotSent};

/// Why a request got no answer, or not all of it. An answer of status 500 is an answer.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// It cannot be asked for.
    #[error("no URL for here: {0}")]
    Url(String),
    /// No connection was had.
    #[error("connecting to {0}: {1}")]
    Connect(Origin, #[source] io::Error),
    /// It took too long.
    #[error("{0}")]
    Timeout(#[from] Timeout),
    /// The connection failed, or ended before the answer did.
    #[error("the connection: {0}")]
    Io(#[from] io::Error),
    /// The request's own body failed.
    #[error("the request's body: {0}")]
    Body(#[source] io::Error),
    /// The server speaks no HTTP, or wrongly.
    #[error("the answer: {0}")]
    Fault(#[from] Fault),
    /// The request is none.
    #[error("the request: {0}")]
    NotSent(#[from] NotSent),
    /// More than so many bytes.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// More redirects than so many.
    #[error("redirected more than {0} times")]
    Redirects(u32),
    /// A redirect that leads nowhere.
    #[error("redirected to {0:?}, which is no place")]
    Location(String),
    /// The body is not packed as it says.
    #[error("unpacking the answer: {0}")]
    Decode(#[source] io::Error),
    /// The body is packed so well that it must be a trap.
    #[error("the answer grows more than {0} times as it is unpacked")]
    Bomb(u64),
    /// The body is not what it was taken for.
    #[error("reading the answer: {0}")]
    Content(String),
    /// The session was closed before.
    #[error("the session is closed")]
    Closed,
}

impl Error {
    /// Whether the connection was at fault, and not what came over it: a server that had closed it
    /// when the request came gives this.
    pub(super) fn is_of_connection(&self) -> bool {
        matches!(self, Error::Io(_) | Error::Fault(Fault::Unanswered))
    }
}
