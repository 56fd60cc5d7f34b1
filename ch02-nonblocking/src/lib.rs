//! Chapter 2: nobody waits.
//!
//! A non-blocking call answers at once: here it is, or `WouldBlock`. So one thread can ask
//! everybody in turn. What it does when all of them said `WouldBlock` is the whole question.
//!
//! In reading order:
//!
//! - [`connection`]: one client without waiting. Chapter 3 uses it as it is.
//! - [`rounds`]: one thread, which asks every client in turn.
//! - [`spin`]: asks again at once.
//! - [`sleep`]: naps first, always as long.
//! - [`backoff`]: naps longer each time.

pub mod backoff;
pub mod connection;
pub mod rounds;
pub mod sleep;
pub mod spin;

pub use connection::{Connection, Next};

use ladder::{Chapter, Idle, Limits, Model, Protocol};

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "Nobody waits",
    protocol: Protocol::Echo,
    models: MODELS,
};

/// The models in reading order.
pub const MODELS: &[Model] = &[
    Model {
        name: "spin",
        summary: "one thread asks every client again and again, and never sleeps",
        fixes: "one thread serves everybody: silent clients hold nothing",
        still_fails: "it burns a whole core, even when nobody says a word",
        limits: Limits { idle: Idle::Burns, ..Limits::NONE },
        serve: spin::serve,
    },
    Model {
        name: "sleep",
        summary: "the same, with a nap of fixed length after each idle round",
        fixes: "an idle server leaves the core to others",
        still_fails: "a message that comes during a nap waits for its end, and in a conversation each one does",
        limits: Limits { idle: Idle::Looks, ..Limits::NONE },
        serve: sleep::serve,
    },
    Model {
        name: "backoff",
        summary: "the same, with naps that are tiny at first, and double while nothing happens",
        fixes: "whoever is in the middle of a conversation meets short naps only",
        still_fails: "a message after a silence may wait for the end of a long nap, and each silent client is asked in every round",
        limits: Limits { idle: Idle::Looks, ..Limits::NONE },
        serve: backoff::serve,
    },
];
