//! Peers that have to be built before they can be started.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail, ensure};
use ladder::socket::{BACKLOG, READ_BYTES};

/// Events that one wait of the C loop brings: as many as in the ladder's own.
const EVENTS_MAX: usize = 1024;

/// Builds of this process so far.
static BUILDS: AtomicU32 = AtomicU32::new(0);

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
    let (fresh, built) = fresh_name("epoll")?;
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
    move_into_place(&fresh, &built)?;
    Ok(built)
}

/// Where to build `name`, and where to put it then. Under a name of its own first: another thread or bench
/// may be running the one that is there.
pub(super) fn fresh_name(name: &str) -> Result<(PathBuf, PathBuf)> {
    let folder = folder()?;
    let (process, number) = (process::id(), BUILDS.fetch_add(1, Ordering::Relaxed));
    Ok((folder.join(format!("{name}.{process}.{number}")), folder.join(name)))
}

pub(super) fn move_into_place(fresh: &Path, built: &Path) -> Result<()> {
    fs::rename(fresh, built).with_context(|| format!("renaming to {}", built.display()))
}

/// Builds a peer that is a workspace of its own in `bench/peers/NAME`, for what it is made of nobody else
/// needs, by cargo, and says where its program `NAME-peer` is. The first time takes a minute or two.
///
/// # Errors
///
/// Where there is no cargo, or what it is made of can neither be found nor fetched.
pub(super) fn build_workspace(name: &str) -> Result<PathBuf> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let manifest = peers.join(name).join("Cargo.toml");
    let target = folder()?.join(name);
    let built = target.join(format!("release/{name}-peer"));
    if !built.exists() {
        eprintln!("bench: building bench/peers/{name}, once");
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--release", "--locked", "--manifest-path"]).arg(&manifest);
    let output = match cargo.arg("--target-dir").arg(&target).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!("it is built by cargo"),
        output => output.context("running cargo")?,
    };
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "building {}: {}", manifest.display(), said.trim());
    Ok(built)
}

/// Where what is built is kept: beside this program, and so beside what cargo has made.
pub(super) fn folder() -> Result<PathBuf> {
    let program = env::current_exe().context("finding this program")?;
    let folder = program.with_file_name("peers");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}
