//! HTTP/1.1 without I/O: bytes in, events out (RFC 9112).
//!
//! Fixes: how a request is read is in sight, and the same for every way of waiting (`hyper`).
//! Still fails: it waits for nobody. Who carries the bytes must bound the *time* that they take.
//! Next: servers and clients that carry them.
//!
//! A caller reads into a [`BytesMut`](bytes::BytesMut) and asks [`Server::receive`] or
//! [`Client::receive`] what has come, until that is [`Received::Nothing`]; then it reads again. What
//! is to be sent is appended to a `Vec<u8>`, which the caller writes when it likes.
//!
//! In reading order:
//!
//! - [`Limits`]: how much of anything is taken from a peer. [`Fault`]: what a peer may do wrong.
//! - [`Fields`]: the lines of a head; [`RequestHead`] and [`ResponseHead`].
//! - `parse`: where a head ends, and what is in it. `line`, `target`, `framing`: what it says about
//!   what is asked for, and about where its body ends.
//! - `body`: a body's bytes, taken out of their framing; `send`: bytes put into it.
//! - [`Server`], [`Client`]: the two roles, each a connection's state.
//!
//! # Where we are stricter than the RFC asks
//!
//! Whoever reads a message's end elsewhere than its neighbour did can be made to see two messages in
//! one (RFC 9112, section 11.2). So whatever leaves two readings is a [`Fault`], even where the RFC
//! lets a recipient repair it: a bare LF, a folded line, a length said twice (even the same), a
//! length beside chunks, white space behind a chunk's size. After a fault the connection must close.
//!
//! # What it costs
//!
//! A head that comes in one piece is parsed once. In pieces, each byte is searched once for the
//! head's end, and the head is parsed at most three times: at its first piece, at the end of its
//! first line, at its end. So a head that comes byte by byte costs what its length is, not its
//! square. `httparse` reads the fields, once if there are few, and twice if there are more than that.
//! A small head takes the memory of the one before, and allocates only if its method has more than fifteen
//! bytes. Much of reading a head is inlined by force: a call costs it as much as a field.

mod body;
mod characters;
mod date;
mod fault;
mod fields;
mod framing;
mod head;
mod limits;
mod line;
mod media;
mod parse;
mod parts;
mod send;
mod target;

mod client;
mod server;

pub use client::Client;
pub use date::Date;
pub use fault::Fault;
pub use fields::Fields;
pub use framing::Length;
pub use head::{RequestHead, ResponseHead};
pub use limits::{
    BODY_BYTES_LARGEST, CHUNK_DIGITS_MAX, COPIED_BYTES_MAX, EMPTY_LINES_MAX, EXTENSION_BYTES_MAX,
    FIELDS_MAX, HEAD_BYTES_MAX, INTERIM_MAX, Limits, METHOD_BYTES_MAX, TARGET_BYTES_MAX,
    TRAILER_BYTES_MAX,
};
pub use media::MediaType;
pub use parts::{Name, Value};
pub use send::NotSent;
pub use server::Server;

use bytes::Bytes;

/// What has come, one thing at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<H> {
    /// Nothing that is whole: more input is wanted, or it is the other side's turn.
    Nothing,
    /// A head. Its body follows, as [`Data`](Received::Data), and in any case its
    /// [`End`](Received::End).
    Head(H),
    /// Some of the body, never empty; how much at once says nothing.
    Data(Bytes),
    /// The message is whole. These are its trailers, which may say nothing about the framing or
    /// the routing of the message, and must not be mixed with its head (RFC 9110, section 6.5.1).
    End(Fields),
    /// The peer ended its side between two messages, as it may.
    Closed,
}

/// What a connection may be used for after a message and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another one.
    Another,
    /// Nothing: one side said so, or did not say its whole message.
    Close,
}
