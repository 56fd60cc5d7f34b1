//! A core for the server, another for the load.
//!
//! Without this the scheduler moves both about, sometimes onto the same core, and the same server
//! measures differently from one slice to the next. It also makes a server of several threads
//! comparable with one of a single thread: neither has more than one core.

use std::fmt;

use ladder::usage;

/// Who runs where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pinning {
    /// Each on a core of its own.
    Apart {
        /// The server's core.
        server: usize,
        /// The core of the thread that makes the load.
        load: usize,
    },
    /// There is one core only, or the system lets nobody choose.
    None,
}

impl Pinning {
    /// Pins the calling thread, if this machine has a core to spare, and says where servers go:
    /// the last core for them, as interrupts tend to be handled on the first.
    #[must_use]
    pub fn apply() -> Pinning {
        let cores = allowed_cores();
        match (cores.first(), cores.last()) {
            (Some(&load), Some(&server)) if load != server && usage::pin_to_core(load) => {
                Pinning::Apart { server, load }
            }
            _ => Pinning::None,
        }
    }

    /// The core of a server.
    #[must_use]
    pub fn server(self) -> Option<usize> {
        match self {
            Pinning::Apart { server, .. } => Some(server),
            Pinning::None => None,
        }
    }

    /// Does what starts a process, so that the process and all of its threads are on the servers' core:
    /// they inherit it from the calling thread, which is back on its own core afterwards.
    pub fn on_the_servers_core<T>(self, start: impl FnOnce() -> T) -> T {
        let Pinning::Apart { server, load } = self else { return start() };
        // Both calls have succeeded before, or this would not be `Apart`.
        let _ = usage::pin_to_core(server);
        let started = start();
        let _ = usage::pin_to_core(load);
        started
    }
}

/// As records and tables say it.
impl fmt::Display for Pinning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pinning::Apart { server, load } => {
                write!(f, "server on core {server}, load on core {load}")
            }
            Pinning::None => f.write_str("none"),
        }
    }
}

/// The cores this process may use: in a container those are not simply the first ones.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn allowed_cores() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let Ok(set) = sched_getaffinity(None) else { return Vec::new() };
    (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core)).collect()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn allowed_cores() -> Vec<usize> {
    Vec::new()
}
