//! Ask again at once.
//!
//! Fixes: one thread serves everybody, and no silent client holds it (`pool`).
//! Still fails: the thread never sleeps. One idle client costs a whole core.
//! Next: `sleep` naps when a round found nothing.

use std::hint;
use std::io;
use std::net::TcpListener;

use ladder::{Report, Stop};

use crate::rounds::Rounds;

/// Serves everybody on the calling thread, which never sleeps.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    Rounds::serve(listener, stop, |_stop, _moved| hint::spin_loop())
}
// ANCHOR_END: serve
