//! Chapter 4: the compiler writes it.
//!
//! A callback keeps its place by hand: what was read, what is owed, what comes next. An `async fn`
//! is written as if it waited, and the compiler turns it into such a thing: a value with a `poll`
//! that goes on where it was. What is left for us is to poll at the right time. That is a runtime.
//!
//! In reading order:
//!
//! - [`waker`]: a name and a few flags, by which anybody has a task polled again.
//! - [`mailbox`], [`ready`]: the tasks that have something to do, from other threads and from ours.
//! - [`stage`], [`table`]: the tasks themselves.
//! - [`task`], [`join`]: starting one, waiting for its end, aborting it.
//! - [`reactor`]: which socket wakes which task.
//! - [`timer`]: which moment wakes which task.
//! - [`runtime`], [`builder`]: the loop around them, and its settings.
//! - [`budget`]: how much a task may do in one poll.
//! - [`clock`], [`time`], [`interval`]: what time it is, and waiting for it.
//! - [`local`]: values that belong to a task.
//! - [`report`]: what happened to tasks behind everybody's back.
//! - [`events`]: what happens to all of them, for whoever watches.
//! - [`buffers`]: memory for input that is there, and none for input that is not.
//! - [`net`]: sockets to await.
//! - [`sync`]: tasks that wait for each other.
//! - [`queues`]: work handed from task to task.
//! - [`structure`]: several things at once, and what becomes of the rest.
//! - [`blocking`]: a place for work that blocks.
//! - [`signal`]: signals to await.
//! - [`process`]: children, and their ends.
//! - [`shutdown`]: an end in good order.
//! - [`executor`]: the echo server on all this.
//! - [`streams`]: input in portions, output without waiting, and the echo server on those.
//! - [`per_core`]: one of it on each core.
//! - [`tokio`], [`smol`]: the echo server on runtimes of others.

pub mod blocking;
pub mod budget;
pub mod buffers;
pub mod builder;
pub mod clock;
pub mod events;
pub mod executor;
pub mod interval;
pub mod join;
pub mod local;
pub mod mailbox;
pub mod net;
pub mod per_core;
mod primitives;
pub mod process;
pub mod queues;
pub mod reactor;
pub mod ready;
pub mod report;
pub mod runtime;
pub mod shutdown;
pub mod signal;
pub mod smol;
pub mod stage;
pub mod streams;
pub mod structure;
pub mod sync;
pub mod table;
pub mod task;
pub mod time;
pub mod timer;
pub mod tokio;
pub mod waker;

pub use blocking::spawn_blocking;
pub use builder::Builder;
pub use reactor::Async;
pub use report::Report;
pub use runtime::Runtime;
pub use task::{AbortHandle, JoinError, JoinHandle, spawn, yield_now};
pub use time::{Clock, sleep, timeout};

use ladder::{Chapter, Limits, Model, Protocol};

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "The compiler writes it",
    protocol: Protocol::Echo,
    models: MODELS,
};

/// The models in reading order.
pub const MODELS: &[Model] = &[
    Model {
        name: "executor",
        summary: "a task per client, written as if it blocked; one thread polls those that are woken",
        fixes: "the program is written in one piece again, and waits like epoll",
        still_fails: "one thread is all it has, and all that it can do was written here",
        limits: Limits::NONE,
        serve: executor::serve,
    },
    Model {
        name: "executor-spin",
        summary: "the same, but before it sleeps it looks a while whether that is worth it",
        fixes: "a lone client no longer waits each time until a sleeping thread is up",
        still_fails: "where nobody comes back soon, each look was for nothing; and it is one core still",
        limits: Limits::NONE,
        serve: executor::serve_spinning,
    },
    Model {
        name: "streams",
        summary: "the same, reading and writing through buffers, as asyncio's streams do",
        fixes: "portions come whole however they were sent, and writing does not wait",
        still_fails: "each byte is kept once more on its way, and it is one thread still",
        limits: Limits::NONE,
        serve: streams::serve,
    },
    Model {
        name: "per-core",
        summary: "an executor on each core, and the kernel deals the clients out among them",
        fixes: "all cores serve, and share nothing",
        still_fails: "a client stays where it came to, however busy that core is",
        limits: Limits::NONE,
        serve: per_core::serve,
    },
    Model {
        name: "tokio",
        summary: "the same on tokio, on its current-thread runtime",
        fixes: "a runtime that others test, extend and build on",
        still_fails: "bytes alone: what they mean is the next chapter",
        // `AsyncRead` takes a short read for an empty socket, which saves one call in two.
        limits: Limits { stalls_at_urgent_data: true, ..Limits::NONE },
        serve: tokio::serve,
    },
    Model {
        name: "tokio-multi",
        summary: "tokio on all cores: a core with nothing to do takes tasks from another",
        fixes: "no core is idle while another has more than it can do",
        still_fails: "what tasks share must be locked or atomic, and a task's memory wanders about",
        limits: Limits { stalls_at_urgent_data: true, ..Limits::NONE },
        serve: tokio::serve_multi,
    },
    Model {
        name: "smol",
        summary: "the same on smol, whose executor and reactor are small crates of their own",
        fixes: "a runtime in parts: each can be read, and taken alone",
        still_fails: "bytes alone: what they mean is the next chapter",
        limits: Limits { keeps_reactor: true, ..Limits::NONE },
        serve: smol::serve,
    },
];
