//! Chapter 1: the thread waits.
//!
//! A blocking call gives the thread away until the kernel has something for it. That is the
//! simplest way to wait, and it needs one thread for each thing that is waited for.
//!
//! In reading order:
//!
//! - [`echo`]: what every server of this chapter does for one client.
//! - [`clients`]: who is connected, so that a stop can reach a thread blocked in `read`.
//! - [`acceptor`]: a blocking `accept` that a stop can reach.
//! - [`iterative`]: one client after the other.
//! - [`threads`]: a thread for each.
//! - [`pool`]: a fixed number of threads, and a queue.

pub mod acceptor;
pub mod clients;
pub mod echo;
pub mod iterative;
pub mod pool;
pub mod threads;

use ladder::{Chapter, Limits, Model, Protocol};

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "The thread waits",
    protocol: Protocol::Echo,
    models: MODELS,
};

/// The models in reading order.
pub const MODELS: &[Model] = &[
    Model {
        name: "iterative",
        summary: "one thread, blocked in read until its one client has said everything",
        fixes: "nothing: this is where we start",
        still_fails: "one silent client keeps all the others waiting",
        limits: Limits { clients: Some(1), ..Limits::NONE },
        serve: iterative::serve,
    },
    Model {
        name: "threads",
        summary: "a thread per client, each blocked in its own read",
        fixes: "a silent client blocks only its own thread",
        still_fails: "every client costs a thread: its stack, its making, its switches",
        limits: Limits::NONE,
        serve: threads::serve,
    },
    Model {
        name: "pool",
        summary: "a fixed number of threads take clients from a bounded queue",
        fixes: "the number of threads is bounded, and none is made per client",
        still_fails: "as many silent clients as there are threads, and nobody is served",
        limits: Limits { clients: Some(pool::WORKERS), ..Limits::NONE },
        serve: pool::serve,
    },
];
