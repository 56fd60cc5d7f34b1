//! Servers that are no part of the ladder, to measure it against.
//!
//! Those in Rust are models like all others, of a chapter that only the bench knows. Those in other
//! languages are programs of our own, small, in `bench/peers/`; they are built when somebody asks for them.
//!
//! - `http_raw`: the least HTTP server, which HTTP is measured against.
//! - `frameworks`: hyper and axum, given their best.
//! - `built`: what has to be built first.
//! - `process`: a peer that runs.

mod built;
mod frameworks;
#[cfg(target_os = "linux")]
mod http_raw;
mod process;

use std::process::Command;

use anyhow::Result;
use ladder::socket::BACKLOG;
use ladder::{Chapter, Limits, Model, Protocol};

pub use built::build_c_epoll;
pub use process::Process;

/// The least loop over epoll(7) in C.
pub const C_EPOLL: &str = "c-epoll";

/// The least HTTP server.
pub const HTTP_RAW: &str = "peer/http-raw";

/// A server that is no part of the ladder, as a program of its own.
#[derive(Debug)]
pub struct Peer {
    /// As typed, and as tables call it.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// One line: what it is.
    pub summary: &'static str,
    /// What starts it, once it is built. It says `listening ADDRESS` when it does, and serves until it
    /// is ended. The error says what is missing and how to get it.
    pub command: fn() -> Result<Command>,
}

/// All of them.
pub const PEERS: &[Peer] = &[
    Peer {
        name: C_EPOLL,
        protocol: Protocol::Echo,
        summary: "the least loop over epoll(7), in C",
        command: || build_c_epoll().map(Command::new),
    },
    Peer {
        name: "actix",
        protocol: Protocol::Http,
        summary: "actix-web, one worker",
        command: || {
            let mut command = Command::new(built::build_actix()?);
            command.arg(BACKLOG.to_string());
            Ok(command)
        },
    },
];

/// Those in Rust, which are in this program.
pub const CHAPTER: Chapter =
    Chapter { package: "peer", title: "Peers in Rust", protocol: Protocol::Http, models: IN_RUST };

/// The least HTTP server with a slowdown planted in it: a tenth more of what an instrument measures. They
/// are taken only where they are named, to see that the instrument finds them.
#[cfg(target_os = "linux")]
pub const PLANTED: Chapter = Chapter {
    package: "planted",
    title: "Planted slowdowns",
    protocol: Protocol::Http,
    models: &[
        peer(
            "instructions",
            "a tenth more instructions",
            http_raw::serve_slowly::<STEPS_OF_INSTRUCTIONS>,
        ),
        peer("time", "about a tenth more time", http_raw::serve_slowly::<STEPS_OF_TIME>),
    ],
};

/// Where that server is not, neither are these.
#[cfg(not(target_os = "linux"))]
pub const PLANTED: Chapter = Chapter { package: "planted", models: &[], ..CHAPTER };

/// A tenth of what a request takes outside of the kernel.
#[cfg(target_os = "linux")]
const STEPS_OF_INSTRUCTIONS: u32 = if cfg!(debug_assertions) { 10 } else { 28 };

/// Six tenths of a microsecond, where a request takes about six.
#[cfg(target_os = "linux")]
const STEPS_OF_TIME: u32 = 1800;

const IN_RUST: &[Model] = &[
    #[cfg(target_os = "linux")]
    peer("http-raw", "the least loop over epoll(7) with httparse", http_raw::serve),
    peer("hyper", "hyper on tokio's current thread", frameworks::hyper),
    peer("hyper-flush", "the same, with pipeline_flush", frameworks::hyper_flush),
    peer("axum", "axum on tokio's current thread", frameworks::axum),
];

const fn peer(
    name: &'static str,
    summary: &'static str,
    serve: fn(std::net::TcpListener, ladder::Stop) -> std::io::Result<ladder::Report>,
) -> Model {
    Model { name, summary, fixes: "", still_fails: "", limits: Limits::NONE, serve }
}
