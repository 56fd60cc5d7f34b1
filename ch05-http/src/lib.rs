//! Chapter 5: a real protocol.
//!
//! An echo server has no messages, so it never had to know where one ends. HTTP/1.1 (RFC 9112) is
//! what servers really speak: a request is a head, which may come in any number of pieces, and a
//! body, whose length the head gives in one of two ways. The waiting is that of chapter 4.
//!
//! In reading order:
//!
//! - [`app`]: what is answered, whoever carries it. Every model of this chapter serves it.
//! - [`proto`]: requests and responses in bytes, and no I/O.
//! - [`hyper`]: the application on hyper, on tokio.

pub mod app;
pub mod hyper;
pub mod proto;

use ladder::{Chapter, Limits, Model, Protocol};

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "A real protocol",
    protocol: Protocol::Http,
    models: MODELS,
};

/// The models in reading order.
pub const MODELS: &[Model] = &[Model {
    name: "hyper",
    summary: "a task per connection on tokio; hyper finds the requests in its bytes",
    fixes: "bytes become requests, with limits and a time within which a head must come",
    still_fails: "a body may come as slowly as it likes, and nobody sees how a request is read",
    limits: Limits::NONE,
    serve: hyper::serve,
}];
