//! Nap after a round that found nothing, twice as long each time.
//!
//! Fixes: whoever is in the middle of a conversation meets short naps only (`sleep`).
//! Still fails: the first message after a silence waits for the end of a long nap; and every round
//! still asks everybody.
//! Next: chapter 3 lets the kernel say who is ready, and sleeps until somebody is.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::rounds::Rounds;

/// The first nap: about what it takes the kernel to put a thread to sleep and wake it.
pub const NAP_MIN: Duration = Duration::from_micros(50);

/// The longest nap. It is the worst delay of a message, and 100 rounds a second are the price of
/// being idle.
pub const NAP_MAX: Duration = Duration::from_millis(10);

/// Serves everybody on the calling thread, which naps while nothing happens.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let mut nap = NAP_MIN;
    Rounds::serve(listener, stop, |stop, moved| {
        if moved {
            nap = NAP_MIN;
        } else {
            // A sleep that a stop can end.
            let _ = stop.wait_timeout(nap);
            nap = NAP_MAX.min(nap * 2);
        }
    })
}
// ANCHOR_END: serve
