//! Clients that vanish while the server waits for their next byte.

use crate::client::Client;

use super::case::{Case, Verdict, Within, ensure};
use super::descriptors;

/// One after the other, and all at once.
const CLIENTS: usize = 10;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let before = descriptors::baseline(case, &server)?;
    let mut neighbour = if case.at_once() > CLIENTS { case.held(&server, 1)?.pop() } else { None };
    let before = before.map(|before| before + usize::from(neighbour.is_some()));
    for _ in 0..CLIENTS {
        for client in case.held(&server, 1)? {
            client.reset()?;
        }
    }
    let together = case.held(&server, CLIENTS)?;
    let resets = CLIENTS + together.len();
    together.into_iter().try_for_each(Client::reset)?;
    descriptors::wait_until_back(case, &server, before).within("after resets")?;
    if let Some(neighbour) = &mut neighbour {
        neighbour.exchange(b"neighbour").within("a neighbour of clients that were reset")?;
    }
    drop(neighbour);
    let report = server.stop().within("stopping after resets")?.report;
    // Each was served before, so its reset met a read.
    ensure(report.lost == resets as u64, || {
        format!("the report should count {resets} clients lost by reset: {report}")
    })
}
