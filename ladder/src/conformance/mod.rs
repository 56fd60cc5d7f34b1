//! The suite that every model goes through.
//!
//! A behaviour is a file of this folder and a row of [`BEHAVIOURS`]: it starts the model in a
//! process of its own, does to it what clients do, and says what was expected and what was seen.
//! A model's [`Limits`](crate::Limits) turn a behaviour around: what the model claims not to
//! manage must be seen.
//!
//! A chapter's `tests/conformance.rs` is a call of [`main`], which makes one test of each model
//! and behaviour, such as `epoll::half_close_drains`.

pub mod broken;
mod case;
mod descriptors;
mod frozen;
mod processor;
mod trap;

mod burst;
mod byte_at_a_time;
mod crowd;
mod descriptors_exhausted;
mod exact_bytes;
mod flood_is_fair;
mod gone_before_accept;
mod half_close_drains;
mod high_descriptors;
mod http;
mod idle;
mod large_both_ways;
mod never_reads;
mod report_counts;
mod reset_mid_read;
mod reset_mid_write;
mod short_connections;
mod slots_reused;
mod split_writes;
mod stop_is_prompt;
mod urgent_data;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

pub use case::{Case, Failure, Verdict};

use crate::client::PATIENCE;
use crate::{Chapter, Model, Protocol, process};

/// How many tests run at once unless the command line says otherwise: most of them wait.
const TEST_THREADS: usize = 8;

/// Something that every model does, or is seen not to do because it says so.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour {
    /// The test's name after the model's.
    pub name: &'static str,
    /// The fault that it finds.
    pub why: &'static str,
    /// The protocol that it needs; `None`: any will do.
    pub protocol: Option<Protocol>,
    /// Looks whether the model does it.
    pub run: fn(&Case<'_>) -> Verdict,
}

const fn any(name: &'static str, why: &'static str, run: fn(&Case<'_>) -> Verdict) -> Behaviour {
    Behaviour { name, why, protocol: None, run }
}

const fn echo(name: &'static str, why: &'static str, run: fn(&Case<'_>) -> Verdict) -> Behaviour {
    Behaviour { name, why, protocol: Some(Protocol::Echo), run }
}

const fn http(name: &'static str, why: &'static str, run: fn(&Case<'_>) -> Verdict) -> Behaviour {
    Behaviour { name, why, protocol: Some(Protocol::Http), run }
}

/// All behaviours: first what one client sees, then several, then what the machine sees.
pub const BEHAVIOURS: &[Behaviour] = &[
    echo("exact_bytes", "bytes lost or changed at a buffer's edge", exact_bytes::run),
    echo("byte_at_a_time", "one read taken for one message", byte_at_a_time::run),
    echo("split_writes", "state forgotten between two reads", split_writes::run),
    echo("large_both_ways", "short writes dropped", large_both_ways::run),
    echo("half_close_drains", "end of input taken for the client's end", half_close_drains::run),
    echo("urgent_data", "a byte out of band read as data, or spun upon", urgent_data::run),
    http("hello", "a plain request not understood", http::hello::run),
    http("head_at_every_cut", "one read taken for one request", http::head_at_every_cut::run),
    http("echo_bodies", "a body's end missed", http::echo_bodies::run),
    http("large_echo", "a body collected whole, or short writes dropped", http::large_echo::run),
    http("pipelined", "answers out of step with requests", http::pipelined::run),
    http("head_has_no_body", "a body where none may be", http::head_has_no_body::run),
    http(
        "not_found_and_method",
        "an error that ends the connection, or says too little",
        http::not_found_and_method::run,
    ),
    http("http10_closes", "an old client that waits for the end", http::http10_closes::run),
    http(
        "connection_close_obeyed",
        "a client's goodbye ignored",
        http::connection_close_obeyed::run,
    ),
    http(
        "expect_continue",
        "a client and a server that wait for each other",
        http::expect_continue::run,
    ),
    http(
        "half_close_is_answered",
        "end of input taken for the client's end",
        http::half_close_is_answered::run,
    ),
    http(
        "error_before_body_ends",
        "a reset that overtakes the answer",
        http::error_before_body_ends::run,
    ),
    http("delayed_alone", "one who waits keeps the others waiting", http::delayed_alone::run),
    http(
        "faults_are_answered",
        "a fault of a handler's that ends the connection, or the server",
        http::faults_are_answered::run,
    ),
    http("files", "a part that is not the one asked for", http::files::run),
    http(
        "files_stay_inside",
        "a path that leads out of the folder that is served",
        http::files_stay_inside::run,
    ),
    http("bad_requests", "a request smuggled behind another one", http::bad_requests::run),
    http("bounded_input", "input kept without bound", http::bounded_input::run),
    http("slow_heads", "whoever asks slowly keeps others from asking", http::slow_heads::run),
    http("slow_bodies", "whoever sends slowly keeps others from asking", http::slow_bodies::run),
    http(
        "kept_connections",
        "whoever may ask again keeps others from asking",
        http::kept_connections::run,
    ),
    http("never_reads", "output kept without bound, or waited for", http::never_reads::run),
    http("reset_mid_request", "one client's error ends the server", http::reset_mid_request::run),
    any("report_counts", "a wrong report", report_counts::run),
    echo("never_reads", "output kept without bound, or waited for", never_reads::run),
    echo("reset_mid_read", "one client's error ends the server", reset_mid_read::run),
    any("reset_mid_write", "a broken pipe ends the server", reset_mid_write::run),
    any("gone_before_accept", "a failed accept ends the server", gone_before_accept::run),
    any("burst", "one accept for one readiness", burst::run),
    any("short_connections", "something kept of each connection", short_connections::run),
    any("crowd", "silent clients keep others from being served", crowd::run),
    any(
        "high_descriptors",
        "a descriptor's number taken for small: written behind a set, or a client forgotten",
        high_descriptors::run,
    ),
    any("slots_reused", "a stale event meets the next owner of its slot", slots_reused::run),
    echo("flood_is_fair", "one busy client starves the others", flood_is_fair::run),
    any("descriptors_exhausted", "accept spins or ends at EMFILE", descriptors_exhausted::run),
    any("idle", "interest in writability left on: a core burnt for nothing", idle::run),
    any("stop_is_prompt", "a stop that waits, or leaves something behind", stop_is_prompt::run),
];

/// The whole of a chapter's `tests/conformance.rs`: runs the suite on all models of `chapter`,
/// with the command line of `cargo test`.
#[must_use]
pub fn main(chapter: &Chapter) -> ExitCode {
    if let Some(code) = process::serve_if_asked(&[*chapter]) {
        return code;
    }
    // A thousand clients need a descriptor each. Where the limit cannot be raised, their test says so.
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(TEST_THREADS);
    libtest_mimic::run(&arguments, trials(*chapter)).exit_code()
}

fn trials(chapter: Chapter) -> Vec<Trial> {
    let of_model = |model: &'static Model| {
        behaviours(chapter.protocol).map(move |behaviour| {
            let name = format!("{}::{}", model.name, behaviour.name);
            Trial::test(name, move || {
                let case = Case { chapter: &chapter, model, patience: PATIENCE };
                (behaviour.run)(&case)
                    .map_err(|failure| Failed::from(format!("{failure}\n({})", behaviour.why)))
            })
        })
    };
    chapter.models.iter().flat_map(of_model).collect()
}

fn behaviours(protocol: Protocol) -> impl Iterator<Item = &'static Behaviour> {
    BEHAVIOURS.iter().filter(move |behaviour| behaviour.protocol.is_none_or(|p| p == protocol))
}

/// Asks one behaviour, by its name, of one model, as [`main`] does.
///
/// # Errors
///
/// What is wrong with the model; or that no behaviour of this name fits its protocol.
pub fn check(case: &Case<'_>, behaviour: &str) -> Verdict {
    let found = behaviours(case.chapter.protocol).find(|known| known.name == behaviour);
    let found =
        found.ok_or_else(|| Failure::new(format_args!("no behaviour is called {behaviour}")))?;
    (found.run)(case)
}
