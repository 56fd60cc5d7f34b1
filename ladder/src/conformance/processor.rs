//! How much of a core a server uses.
//!
//! Whatever else runs on the machine can only add to what is seen of a server that should rest, by
//! cold caches and by events that come late. So a server that rests in one window of several does
//! rest, and one that spins does so in all of them.

use std::hint;
use std::thread;
use std::time::{Duration, Instant};

use crate::process::Server;
use crate::usage;

use super::case::Failure;

/// How long one look takes: a hundredth of it is still fifty times what the look itself costs.
const WINDOW: Duration = Duration::from_millis(500);

/// How often we look before we call a server busy.
const WINDOWS_MAX: u32 = 3;

/// The least share of a core that `server` uses in a few windows. The first one under `enough`
/// ends the looking.
pub(super) fn least_share(server: &mut Server, enough: f64) -> Result<f64, Failure> {
    let mut least = f64::INFINITY;
    for _ in 0..WINDOWS_MAX {
        least = least.min(share(server)?);
        if least < enough {
            break;
        }
    }
    Ok(least)
}

/// The largest share of a core that `server` uses in a window, looking until it is over `enough`
/// or `patience` ends: on a busy machine a server that wants the core may not get it at once.
pub(super) fn largest_share(
    server: &mut Server,
    enough: f64,
    patience: Duration,
) -> Result<f64, Failure> {
    let deadline = Instant::now() + patience;
    let mut largest = share(server)?;
    while largest < enough && Instant::now() < deadline {
        largest = largest.max(share(server)?);
    }
    Ok(largest)
}

/// The shares of a core that `server` and a thread of ours which never sleeps get side by side, looking
/// until the first is `enough` of the other or `patience` ends: where many never sleep, two of them are
/// often on two cores with more and with fewer others.
pub(super) fn best_share_and_ours(
    server: &mut Server,
    enough: f64,
    patience: Duration,
) -> Result<(f64, f64), Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let (share, ours) = share_and_ours(server)?;
        if share >= ours * enough || Instant::now() >= deadline {
            return Ok((share, ours));
        }
    }
}

fn share_and_ours(server: &mut Server) -> Result<(f64, f64), Failure> {
    let (began, before) = (Instant::now(), server.cpu()?);
    let ours = usage::cpu_of_this_thread();
    while began.elapsed() < WINDOW {
        hint::spin_loop();
    }
    let ours = usage::cpu_of_this_thread().saturating_sub(ours);
    let used = server.cpu()?.saturating_sub(before);
    let elapsed = began.elapsed().as_secs_f64();
    Ok((used.as_secs_f64() / elapsed, ours.as_secs_f64() / elapsed))
}

fn share(server: &mut Server) -> Result<f64, Failure> {
    let (began, before) = (Instant::now(), server.cpu()?);
    // Not a synchronisation: the window itself.
    thread::sleep(WINDOW);
    let used = server.cpu()?.saturating_sub(before);
    Ok(used.as_secs_f64() / began.elapsed().as_secs_f64())
}
