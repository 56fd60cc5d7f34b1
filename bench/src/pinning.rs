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

    /// Moves a process that was not started through the ladder to the servers' core.
    ///
    /// # Errors
    ///
    /// When the process is gone.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn pin_server(self, process: u32) -> std::io::Result<()> {
        let Some(core) = self.server() else { return Ok(()) };
        let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
        let mut set = rustix::thread::CpuSet::new();
        set.set(core);
        Ok(rustix::thread::sched_setaffinity(process, &set)?)
    }

    /// Does nothing where the system lets nobody choose.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn pin_server(self, _process: u32) -> std::io::Result<()> {
        Ok(())
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
