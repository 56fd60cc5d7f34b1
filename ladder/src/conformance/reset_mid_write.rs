//! Clients that vanish while the server waits to write to them.
//!
//! The write that fails must end this one connection. By default it would even end the process,
//! by SIGPIPE (write(2), EPIPE); Rust's runtime ignores that signal.

use crate::client::Noise;

use super::case::{Case, Verdict, Within, ensure};
use super::descriptors;

/// Each takes the time in which a client finds that the server takes no more.
const CLIENTS: u64 = 3;

const FILL_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let before = descriptors::baseline(case, &server)?;
    let mut neighbour = if case.at_once() > 1 { case.held(&server, 1)?.pop() } else { None };
    let before = before.map(|before| before + usize::from(neighbour.is_some()));
    for seed in 0..CLIENTS {
        let mut client = case.connect_narrow(&server)?;
        client.announce(FILL_BYTES_MAX)?;
        client.fill(Noise(seed), FILL_BYTES_MAX)?;
        client.reset()?;
        if let Some(neighbour) = &mut neighbour {
            neighbour.exchange(b"neighbour").within("a neighbour of a client that was reset")?;
        }
    }
    descriptors::wait_until_back(case, &server, before).within("after resets")?;
    drop(neighbour);
    let report = server.stop().within("stopping after resets")?.report;
    ensure(report.lost == CLIENTS, || {
        format!("the report should count {CLIENTS} clients lost by reset: {report}")
    })
}
