//! Every model under the same load, compared row by row.
//!
//! A *slice* is one model under load for a moment: a fresh server process, a number of
//! connections, each of which sends a message, waits until the whole of it has come back, and
//! sends the next. A *round* is a slice of each model, in an order of its own, so that a busy
//! moment of the machine hits another model each time. A *row* is the median over the rounds.
//!
//! In reading order:
//!
//! - [`catalogue`]: which models there are, and how they are named.
//! - [`script`]: what a client says and what it must hear, for echo and for HTTP.
//! - `client`: one of them, over a socket.
//! - [`load`]: the generator: many clients on one thread.
//! - [`pinning`]: a core for the server, another for the load.
//! - [`subject`]: who is measured, a model or a peer.
//! - [`measure`]: one slice.
//! - [`others`]: who else used the machine meanwhile.
//! - [`accept`]: one slice of bursts.
//! - [`rounds`]: many, interleaved, and the medians.
//! - [`alike`]: which of the rows can be told apart.
//! - [`record`]: a run as JSON, as the book reads it.
//! - [`compare`]: what changed between two records.
//! - [`report`]: records as a page.
//! - [`goals`]: what is meant to be reached, held against records.
//! - [`machine`]: what the run was made with and on.
//! - [`table`]: a run as a person reads it.
//! - [`recorded`]: a record of any kind, read back.
//! - [`sheet`]: a record as tables, in Markdown and in CSV.
//! - [`peers`]: servers that are no part of the ladder.
//! - [`ratio`]: processor time a message as a ratio to a base, so fine that one per cent shows.
//! - [`instructions`]: how many of a server's own a message takes.
//! - [`callgrind`]: who counts them, and the same of a piece of this program.
//! - [`rest`]: when a server has nothing left to do.
//! - [`syscalls`]: what each model asks of the kernel, counted.
//! - [`trace`]: what each thread of a model did while a few clients came and went.
//! - [`waiting`]: what one wait costs, without any model around it.
//! - [`operations`]: what a runtime's operations cost, beside those of others.
//! - [`cli`]: the command line.

pub mod accept;
pub mod alike;
pub mod callgrind;
pub mod catalogue;
pub mod cli;
mod client;
pub mod compare;
pub mod goals;
pub mod instructions;
pub mod load;
pub mod machine;
pub mod measure;
pub mod operations;
pub mod others;
pub mod peers;
pub mod pinning;
pub mod ratio;
pub mod record;
pub mod recorded;
pub mod report;
pub mod rest;
pub mod rounds;
pub mod script;
pub mod sheet;
pub mod subject;
pub mod syscalls;
pub mod table;
pub mod trace;
pub mod waiting;

use std::process::ExitCode;

use ladder::Chapter;

/// The ladder.
pub const CHAPTERS: &[Chapter] = &[
    ch01_blocking::CHAPTER,
    ch02_nonblocking::CHAPTER,
    ch03_selectors::CHAPTER,
    ch04_async::CHAPTER,
    ch05_http::CHAPTER,
];

/// The whole program over `chapters`: the child's side when this is a server that the bench
/// started, else the command line.
#[must_use]
pub fn run(chapters: &[Chapter]) -> ExitCode {
    serve_if_asked(chapters).unwrap_or_else(|| cli::run(chapters, std::env::args()))
}

/// The child's side, if this program was started as a server: a model of `chapters`, or a peer in Rust.
#[must_use]
pub fn serve_if_asked(chapters: &[Chapter]) -> Option<ExitCode> {
    match peers::become_if_asked() {
        Some(Ok(())) => return Some(ExitCode::SUCCESS),
        Some(Err(error)) => {
            eprintln!("bench: {error:#}");
            return Some(ExitCode::FAILURE);
        }
        None => {}
    }
    ladder::process::serve_if_asked(&[chapters, &[peers::CHAPTER, peers::PLANTED]].concat())
}
