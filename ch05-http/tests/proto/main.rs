//! HTTP/1.1 without I/O, held to RFC 9112 byte by byte.
//!
//! [`replay`] plays a script to a server or a client, whole, in tens and byte by byte: what comes
//! of it may not depend on the cuts. Nothing here opens a socket but [`differential`], which asks
//! hyper the same.

mod apart;
mod bodies;
mod checks;
mod client;
mod corpus;
mod differential;
mod heads;
mod limits;
mod refused;
mod replay;
mod round_trip;
mod sending;
mod server;
mod targets;
