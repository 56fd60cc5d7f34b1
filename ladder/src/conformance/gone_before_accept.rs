//! Clients that leave before the server has accepted them.
//!
//! They stay in the queue of finished handshakes. Some systems then fail `accept` (ECONNABORTED),
//! Linux hands out a socket whose first read fails. Neither is a reason to stop accepting.

use super::case::{Case, Verdict, Within};
use super::frozen::while_frozen;

/// Of each kind. Both kinds together fit the smallest backlog (128 on macOS).
const FROZEN_CLIENTS: usize = 60;

/// Resets while the server runs, and sometimes comes first.
const CLIENTS: usize = 300;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    case.serves_another(&server, "first of all")?;
    while_frozen(&server, || {
        for _ in 0..FROZEN_CLIENTS {
            case.connect(&server)?.reset()?;
            drop(case.connect(&server)?);
        }
        Ok(())
    })?;
    case.serves_another(&server, "after clients that left before the accept")?;
    for _ in 0..CLIENTS {
        case.connect(&server)?.reset()?;
    }
    case.serves_another(&server, "after clients that connected and were reset")?;
    server.stop().within("stopping after clients that left before the accept").map(|_| ())
}
