//! Servers that are no part of the ladder, to measure it against.
//!
//! Those in Rust are models like all others, of a chapter that only the bench knows. Those in other
//! languages are programs of our own, small, in `bench/peers/`; they are built when somebody asks for them.
//!
//! - `http_raw`: the least HTTP server, which HTTP is measured against.
//! - `frameworks`: hyper and axum, given their best.
//! - `built`: what has to be built first.
//! - [`clients`]: programs that ask, where the others answer.
//! - `installed`: what needs a runtime that has to be installed.
//! - `nginx`: nginx, on a socket of ours.
//! - `process`: a peer that runs.

mod built;
pub mod clients;
mod frameworks;
#[cfg(target_os = "linux")]
mod http_raw;
mod installed;
mod nginx;
mod process;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;
use ladder::socket::BACKLOG;
use ladder::{Chapter, Limits, Model, Protocol};

use crate::script::Ask;

pub use built::build_c_epoll;
pub use process::Process;

/// The least loop over epoll(7) in C.
pub const C_EPOLL: &str = "c-epoll";

/// The least HTTP server.
pub const HTTP_RAW: &str = "peer/http-raw";

/// Finds out a version; the error says what is missing and how to get it.
type Version = fn() -> Result<String>;

/// A server that is no part of the ladder, as a program of its own.
#[derive(Debug)]
pub struct Peer {
    /// As typed, and as tables call it.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// One line: what it is.
    pub summary: &'static str,
    /// The only request that it answers, where it does not answer all.
    pub only: Option<Ask>,
    /// What it is made with and the version of that, for the record.
    version: Option<(&'static str, Version)>,
    /// What starts it, once it is built. It says `listening ADDRESS` when it does, and serves until it
    /// is ended. The error says what is missing and how to get it.
    command: fn() -> Result<Command>,
}

/// Versions of what peers of this run were made with.
static VERSIONS: Mutex<BTreeMap<&'static str, String>> = Mutex::new(BTreeMap::new());

impl Peer {
    /// What starts it; it is built where that has to be.
    ///
    /// # Errors
    ///
    /// When something is missing, with how to get it.
    pub fn command(&self) -> Result<Command> {
        if let Some((of, version)) = self.version {
            note_version(of, version()?);
        }
        (self.command)()
    }
}

/// Notes for the record what a peer of this run is made with.
pub(crate) fn note_version(of: &'static str, version: String) {
    if let Ok(mut versions) = VERSIONS.lock() {
        versions.insert(of, version);
    }
}

/// Versions of what peers that were started so far were made with.
#[must_use]
pub fn versions() -> BTreeMap<&'static str, String> {
    VERSIONS.lock().map(|versions| versions.clone()).unwrap_or_default()
}

/// Becomes the peer that this program was started for, if that is so; does not return then, unless it fails,
/// or had something else to do for that peer.
#[must_use]
pub fn become_if_asked() -> Option<Result<()>> {
    nginx::become_if_asked()
}

/// All of them.
pub const PEERS: &[Peer] = &[
    Peer::echo(C_EPOLL, "the least loop over epoll(7), in C", || build_c_epoll().map(Command::new)),
    Peer {
        version: Some(("python", || installed::python_version().map(str::to_owned))),
        ..Peer::echo("peer/asyncio", "Python's asyncio, by callbacks", || {
            installed::asyncio("protocol")
        })
    },
    Peer {
        version: Some(("python", || installed::python_version().map(str::to_owned))),
        ..Peer::echo("peer/asyncio-streams", "Python's asyncio, by streams", || {
            installed::asyncio("streams")
        })
    },
    Peer {
        version: Some(("uvloop", || installed::uvloop_version().map(str::to_owned))),
        ..Peer::echo("peer/uvloop", "asyncio by callbacks, on uvloop", installed::uvloop)
    },
    Peer {
        version: Some(("go", || installed::go_version().map(str::to_owned))),
        ..Peer::echo("peer/go", "Go, a goroutine for each client", installed::go)
    },
    Peer {
        protocol: Protocol::Http,
        ..Peer::echo("peer/actix", "actix-web, one worker", || {
            let mut command = Command::new(built::build_workspace("actix")?);
            command.arg(BACKLOG.to_string());
            Ok(command)
        })
    },
    Peer {
        protocol: Protocol::Http,
        only: Some(Ask::Greeting),
        version: Some(("nginx", nginx::version)),
        ..Peer::echo("peer/nginx", "nginx, one process, a fixed answer", nginx::command)
    },
];

impl Peer {
    const fn echo(
        name: &'static str,
        summary: &'static str,
        command: fn() -> Result<Command>,
    ) -> Peer {
        Peer { name, protocol: Protocol::Echo, summary, only: None, version: None, command }
    }
}

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
        peer("instructions", "a tenth more instructions", |listener, stop| {
            http_raw::serve_slowly(listener, stop, STEPS_OF_INSTRUCTIONS)
        }),
        peer("time", "about a tenth more time", |listener, stop| {
            http_raw::serve_slowly(listener, stop, http_raw::steps_in(TENTH_OF_TIME))
        }),
    ],
};

/// Where that server is not, neither are these.
#[cfg(not(target_os = "linux"))]
pub const PLANTED: Chapter = Chapter { package: "planted", models: &[], ..CHAPTER };

/// A tenth of what a request takes outside of the kernel.
#[cfg(target_os = "linux")]
const STEPS_OF_INSTRUCTIONS: u32 = if cfg!(debug_assertions) { 10 } else { 28 };

/// A request takes about six microseconds.
#[cfg(target_os = "linux")]
const TENTH_OF_TIME: Duration = Duration::from_nanos(600);

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
