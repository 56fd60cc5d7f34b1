//! How many descriptors a server holds, seen from outside.

use std::thread;
use std::time::{Duration, Instant};

use crate::process::Server;

use super::case::{Case, Failure, Verdict, ensure};

/// How many descriptors `server` has open. `None` where the system does not show them to others:
/// only Linux has `/proc/PID/fd` (proc(5)).
pub(super) fn held_by(server: &Server) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{}/fd", server.id())).ok()?.count())
}

/// Waits until `server` holds no more than `before` again: it has seen that its clients left.
pub(super) fn wait_until_back(case: &Case<'_>, server: &Server, before: Option<usize>) -> Verdict {
    let deadline = Instant::now() + case.patience;
    while let (Some(before), Some(now)) = (before, held_by(server)) {
        if now <= before {
            break;
        }
        ensure(Instant::now() < deadline, || {
            format!(
                "{} descriptors more than before its clients left, after {:?}",
                now - before,
                case.patience
            )
        })?;
        thread::sleep(Duration::from_millis(1));
    }
    // Where nothing is shown, a client that comes later and is served must do.
    case.serves_another(server, "after the others left")
}

/// Looks at a server that nobody is connected to. One that ends its side of a connection before it
/// closes may still hold it when the client has seen the end, but hardly each time.
const LOOKS: usize = 5;

/// The least that [`held_by`] says after each of a few clients came and went: what a server makes
/// only once is there.
pub(super) fn baseline(case: &Case<'_>, server: &Server) -> Result<Option<usize>, Failure> {
    let looks: Result<Vec<_>, Failure> = (0..LOOKS)
        .map(|_| {
            let mut client = case.connect(server)?;
            client.exchange(b"first")?;
            client.half_close()?;
            client.expect_end()?;
            Ok(held_by(server))
        })
        .collect();
    Ok(looks?.into_iter().flatten().min())
}
