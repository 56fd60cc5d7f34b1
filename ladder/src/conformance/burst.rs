//! Hundreds of clients that come in one moment.
//!
//! One readiness of the listener may stand for any number of them. An edge-triggered server that
//! accepts once an edge serves the first one and forgets the others.

use super::case::{Case, Verdict, Within};
use super::frozen::while_frozen;

/// They come while the server looks away, so they must fit the backlog, which macOS cuts to 128.
const CLIENTS: usize = if cfg!(target_os = "linux") { 500 } else { 100 };

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    case.serves_another(&server, "first of all")?;
    let burst = while_frozen(&server, || {
        let clients = (0..CLIENTS).map(|number| {
            let mut client = case.connect(&server)?;
            client.ask(&number.to_le_bytes())?;
            Ok(client)
        });
        clients.collect::<Result<Vec<_>, super::Failure>>()
    })?;
    // Each leaves after its answer, so a server that serves few at once gets to all of them.
    for (number, mut client) in burst.into_iter().enumerate() {
        let place = format_args!("client {number} of {CLIENTS} that came at once");
        client.answer(&number.to_le_bytes()).within(place)?;
    }
    Ok(())
}
