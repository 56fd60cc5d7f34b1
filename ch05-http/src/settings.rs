//! How much time and room a server of ours gives to a client.

use std::time::Duration;

use crate::proto::Limits;

/// How long a kept connection may be silent between two requests. Long enough for a browser that
/// comes back to a page; each costs a descriptor and little else.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a head may take, from its first byte. Without it a client keeps its connection for ever
/// by a byte now and then, and a few thousand of them keep everybody else out ("slow loris").
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a body may make no progress. A slow link is no reason to hang up; a still one is.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// How long an answer may make no progress: the client does not read.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a request and its answer may take in all, body and all, whatever their progress: a
/// byte every nineteen seconds is progress, too. Large files over slow links fit in.
pub const TOTAL_TIMEOUT: Duration = Duration::from_secs(15 * 60);

/// How long a connection that we end goes on being read, for what was on its way already. If input
/// is left unread at the close, the kernel resets the connection, and the answer may be lost.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes that are read and thrown away meanwhile; a client that sends more does not listen.
pub const LINGER_BYTES_MAX: usize = 16 << 20;

/// Output that is kept while there are whole requests to answer: so many answers go out by one
/// write. More would keep the first client of a batch waiting, and memory.
pub const PENDING_BYTES_MAX: usize = 16 << 10;

/// Connections at a time; those that come then wait in the listener's queue until one ends. Below
/// the limit of descriptors that most systems set, where everything else would begin to fail.
pub const CONNECTIONS_MAX: usize = 16_000;

/// How long those whose request is being answered have at a stop. The contract of a model asks for
/// an end at once; a service would rather give some seconds.
pub const GRACE_PERIOD: Duration = Duration::ZERO;

/// The settings of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// [`IDLE_TIMEOUT`] by default.
    pub idle: Duration,
    /// [`HEAD_TIMEOUT`] by default.
    pub head: Duration,
    /// [`BODY_TIMEOUT`] by default.
    pub body: Duration,
    /// [`WRITE_TIMEOUT`] by default.
    pub write: Duration,
    /// [`TOTAL_TIMEOUT`] by default.
    pub total: Duration,
    /// [`LINGER_TIMEOUT`] by default.
    pub linger: Duration,
    /// [`GRACE_PERIOD`] by default.
    pub grace: Duration,
    /// [`CONNECTIONS_MAX`] by default.
    pub connections: usize,
    /// What is taken of a request.
    pub limits: Limits,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            idle: IDLE_TIMEOUT,
            head: HEAD_TIMEOUT,
            body: BODY_TIMEOUT,
            write: WRITE_TIMEOUT,
            total: TOTAL_TIMEOUT,
            linger: LINGER_TIMEOUT,
            grace: GRACE_PERIOD,
            connections: CONNECTIONS_MAX,
            limits: Limits::default(),
        }
    }
}
