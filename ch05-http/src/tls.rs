//! TLS (RFC 8446) over streams of any kind, by rustls.
//!
//! Cryptography is nothing to write by hand, and not here either. What this module shows is how a
//! library without I/O, which rustls is, meets each way of waiting: it is given records that have
//! come, and asked for records that are to go.
//!
//! In reading order:
//!
//! - [`Authority`]: certificates made on the spot, good ones and bad ones.
//! - [`client_config`], [`server_config`]: what both sides agree to.
//! - [`why`]: what was wrong, in plain words.
//! - [`blocking`]: over a socket that blocks.
//! - [`TlsStream`]: over a stream of futures-io, such as chapter 4's.
//! - [`Connector`]: https for a session.

mod authority;
pub mod blocking;
mod config;
mod connector;
mod stream;
mod why;

pub use authority::{Authority, Identity};
pub use config::{client_config, server_config};
pub use connector::Connector;
pub use stream::{HANDSHAKE_TIMEOUT, TlsStream, accept, connect};
pub use why::{why, why_io};
