//! A server that is stopped in its tracks while its clients act.
//!
//! What happens to a server *between* two looks decides what it does at the next one. By chance
//! much of that happens once in a thousand runs. With the process stopped (SIGSTOP, signal(7)) it
//! happens in each: the kernel goes on answering for it, and it finds all of it when it continues.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::Server;

/// How long the kernel may take to stop all threads of a process.
const STOPPED_TIMEOUT: Duration = Duration::from_secs(10);

/// A process of which no thread runs. It goes on when this is dropped.
#[derive(Debug)]
pub struct Frozen(Pid);

impl Frozen {
    /// Stops all threads of `server`, and returns once they have.
    ///
    /// # Errors
    ///
    /// When the process is gone, or does not stop.
    pub fn new(server: &Server) -> io::Result<Frozen> {
        Frozen::of(server.id())
    }

    /// As [`Frozen::new`], for any child of this process.
    ///
    /// # Errors
    ///
    /// As [`Frozen::new`].
    pub fn of(child: u32) -> io::Result<Frozen> {
        let pid = pid(child)?;
        kill_process(pid, Signal::STOP)?;
        // The signal is on its way when kill(2) returns; the process may run a moment longer.
        Frozen::when(pid, STOPPED_TIMEOUT)
    }

    /// Waits for the kernel to say that the process has stopped, whoever stops it.
    ///
    /// # Errors
    ///
    /// When the process is gone, or runs on for longer than `patience`.
    pub fn when_stopped(server: &Server, patience: Duration) -> io::Result<Frozen> {
        Frozen::when(pid(server.id())?, patience)
    }

    fn when(pid: Pid, patience: Duration) -> io::Result<Frozen> {
        // Goes on even if we give up: it may stop a moment later.
        let frozen = Frozen(pid);
        let options = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        let deadline = Instant::now() + patience;
        while waitid(WaitId::Pid(pid), options)?.is_none() {
            if Instant::now() > deadline {
                let text = format!("waited {patience:?} for the server's process to stop");
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            thread::yield_now();
        }
        Ok(frozen)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // Fails only when the process is gone, which the next exchange will find.
        let _ = kill_process(self.0, Signal::CONT);
    }
}

pub(super) fn pid(id: u32) -> io::Result<Pid> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| io::Error::other("that is no process id"))
}
