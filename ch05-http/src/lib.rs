//! Chapter 5: a real protocol.
//!
//! An echo server has no messages, so it never had to know where one ends. HTTP/1.1 (RFC 9112) is
//! what servers really speak: a request is a head, which may come in any number of pieces, and a
//! body, whose length the head gives in one of two ways. The waiting is that of chapter 4.
//!
//! In reading order:
//!
//! - [`proto`]: requests and responses in bytes, and no I/O.
//! - [`web`]: a framework of handlers and routes, and no I/O either.
//! - [`app`]: what is answered, whoever carries it. Every model of this chapter serves it.
//! - [`settings`], [`transport`], [`connection`]: one connection of a server of ours.
//! - [`threads`]: it, on a thread that waits.
//! - [`executor`]: it, on chapter 4's runtime.
//! - [`client`]: who asks.
//! - [`tls`]: all of it under lock and key.
//! - [`log`]: what they tell about themselves. [`background`]: a server for examples to ask.
//! - [`rt`], [`hyper_executor`]: the application on hyper, on our runtime.
//! - [`write_timeout`], [`total_timeout`]: bounds that hyper lacks.
//! - [`hyper`]: on tokio. [`axum`]: with somebody else's framework.

pub mod app;
pub mod axum;
pub mod background;
pub mod client;
pub mod connection;
mod deadline;
pub mod executor;
pub mod hyper;
pub mod hyper_executor;
pub mod log;
pub mod proto;
pub mod rt;
mod scratch;
pub mod settings;
pub mod threads;
pub mod tls;
pub mod total_timeout;
pub mod transport;
pub mod web;
pub mod write_timeout;

use ladder::{Chapter, Limits, Model, Protocol};

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "A real protocol",
    protocol: Protocol::Http,
    models: MODELS,
};

/// The models in reading order.
pub const MODELS: &[Model] = &[
    Model {
        name: "threads",
        summary: "a thread per connection, which blocks until a request has come",
        fixes: "bytes become requests, with limits and times for all of them",
        still_fails: "a client that keeps its connection for later keeps a thread",
        limits: Limits::NONE,
        serve: threads::serve,
    },
    Model {
        name: "executor",
        summary: "a task per connection on our runtime, and our own reading of requests",
        fixes: "a connection that is kept for later costs some hundred bytes",
        still_fails: "what is not written here is not spoken: HTTP/2, for one",
        limits: Limits::NONE,
        serve: executor::serve,
    },
    Model {
        name: "hyper-executor",
        summary: "a task per connection on our runtime; hyper finds the requests in its bytes",
        fixes: "others have read the RFCs, and go on doing so",
        still_fails: "what others have built around hyper mostly wants tokio below it",
        limits: Limits::NONE,
        serve: hyper_executor::serve,
    },
    Model {
        name: "hyper",
        summary: "a task per connection on tokio; hyper finds the requests in its bytes",
        fixes: "what is built for tokio can be used",
        still_fails: "it carries requests, and says nothing of how they are answered",
        limits: Limits::NONE,
        serve: hyper::serve,
    },
    Model {
        name: "axum",
        summary: "the same, with routes and handlers by axum",
        fixes: "routes, extractors and layers that thousands use and test",
        still_fails: "nothing that this book needs; what it costs is measured",
        limits: Limits::NONE,
        serve: axum::serve,
    },
];
