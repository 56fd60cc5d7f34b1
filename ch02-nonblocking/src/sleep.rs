//! Nap after a round that found nothing, always as long.
//!
//! Fixes: an idle server leaves the core to others (`spin`).
//! Still fails: whatever comes during a nap waits for its end, and a client that takes turns with
//! the server meets a nap every time.
//! Next: `backoff` naps briefly where something has just happened.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::rounds::Rounds;

/// How long a nap is. Falling asleep, waking up and asking around take some 15 to 25 microseconds
/// of a core. A server that rests may cost a hundredth of a core: 200 rounds a second cost less than
/// half of that, while naps of a millisecond would cost more than all of it.
pub const NAP: Duration = Duration::from_millis(5);

/// Serves everybody on the calling thread, which naps whenever nothing happened.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    Rounds::serve(listener, stop, |stop, moved| {
        if !moved {
            // A sleep that a stop can end.
            let _ = stop.wait_timeout(NAP);
        }
    })
}
// ANCHOR_END: serve
