//! Servers that are no part of the ladder, to measure it against. Their sources are small and our own, in
//! `bench/peers/`; they are built when somebody asks for them.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use ladder::Protocol;
use ladder::socket::{BACKLOG, READ_BYTES};
use rustix::process::{Pid, Signal, kill_process};

/// The least loop over epoll(7) in C.
pub const C_EPOLL: &str = "c-epoll";

/// A server that is no part of the ladder, in another language.
#[derive(Debug)]
pub struct Peer {
    /// As typed, and as tables call it.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// One line: what it is.
    pub summary: &'static str,
    /// What starts it, once it is built. It says `listening ADDRESS` when it does, and serves until it
    /// is ended. The error says what is missing and how to get it.
    pub command: fn() -> Result<Command>,
}

/// All of them.
pub const PEERS: &[Peer] = &[Peer {
    name: C_EPOLL,
    protocol: Protocol::Echo,
    summary: "the least loop over epoll(7), in C",
    command: || build_c_epoll().map(Command::new),
}];

/// Events that one wait of the C loop brings: as many as in the ladder's own.
const EVENTS_MAX: usize = 1024;

/// Builds of this process so far.
static BUILDS: AtomicU32 = AtomicU32::new(0);

/// A peer that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    addr: SocketAddr,
}

/// Builds the C loop, and says where it is.
///
/// # Errors
///
/// Where there is no epoll(7) or no C compiler, or the source does not compile.
pub fn build_c_epoll() -> Result<PathBuf> {
    if !cfg!(target_os = "linux") {
        bail!("the C loop waits by epoll(7), which only Linux has; name a model as --base");
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/epoll.c");
    let program = env::current_exe().context("finding this program")?;
    let folder = program.with_file_name("peers");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    // Under a name of its own first: another thread or bench may be running the one that is there.
    let number = (process::id(), BUILDS.fetch_add(1, Ordering::Relaxed));
    let (fresh, built) =
        (folder.join(format!("epoll.{}.{}", number.0, number.1)), folder.join("epoll"));
    let mut compiler = Command::new("cc");
    compiler.arg("-O2").arg(format!("-DBACKLOG={BACKLOG}"));
    compiler.arg(format!("-DREAD_BYTES={READ_BYTES}")).arg(format!("-DEVENTS_MAX={EVENTS_MAX}"));
    let output = match compiler.arg("-o").arg(&fresh).arg(&source).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("the C loop needs a C compiler, cc; get one by: apt install gcc libc6-dev")
        }
        output => output.context("running cc")?,
    };
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "compiling {}: {}", source.display(), said.trim());
    fs::rename(&fresh, &built).with_context(|| format!("renaming to {}", built.display()))?;
    Ok(built)
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
