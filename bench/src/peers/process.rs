//! A peer that runs, in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process};

/// A peer that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    addr: SocketAddr,
}

impl Process {
    /// Starts a peer by `command`, and returns once it listens.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends before it listens.
    pub fn spawn(mut command: Command) -> Result<Process> {
        let doing = || format!("starting {}", Path::new(command.get_program()).display());
        let name = doing();
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| name.clone())?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line).with_context(|| name.clone())?;
        }
        // From here on its drop ends it, whatever it said.
        let mut peer = Process { child, addr: SocketAddr::from(([0; 4], 0)) };
        let addr = line.trim_end().strip_prefix("listening ");
        let addr = addr.with_context(|| format!("{name}: it said {line:?}"))?;
        peer.addr = addr.parse().with_context(|| format!("{name}: it said {line:?}"))?;
        Ok(peer)
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends it by SIGTERM, and waits until it has: a tracer around it writes down what it knows.
    ///
    /// # Errors
    ///
    /// When it has ended before.
    pub fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.id()).ok().and_then(Pid::from_raw);
        let pid = pid.context("the peer has no process id")?;
        kill_process(pid, Signal::TERM).context("ending the peer")?;
        self.child.wait().context("waiting for the peer")?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // After a stop both find nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
