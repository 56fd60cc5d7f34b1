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

/// As [`held_by`], after a first client came and went: what a server makes only once is there.
pub(super) fn baseline(case: &Case<'_>, server: &Server) -> Result<Option<usize>, Failure> {
    let mut first = case.connect(server)?;
    first.exchange(b"first")?;
    first.half_close()?;
    first.expect_end()?;
    Ok(held_by(server))
}
