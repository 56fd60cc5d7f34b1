//! Peers whose runtime has to be installed: Python, Go. Their sources are in `bench/peers/`.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use ladder::socket::{BACKLOG, READ_BYTES};

use super::built::{fresh_name, move_into_place};

/// Above this many bytes glibc's malloc(3) takes each piece of memory from the kernel and gives it back at
/// once. asyncio's buffers are 256 KiB, so it would do that for every message; what it costs then is not
/// asyncio.
const MALLOC_THRESHOLD_BYTES: &str = "16777216";

/// `asyncio_echo.py`, in one of the ways that it knows.
///
/// # Errors
///
/// Where there is no Python.
pub(super) fn asyncio(how: &str) -> Result<Command> {
    python_version()?;
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/asyncio_echo.py"));
    command.args([how, &BACKLOG.to_string()]);
    for threshold in ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_"] {
        command.env(threshold, MALLOC_THRESHOLD_BYTES);
    }
    Ok(command)
}

/// The same on uvloop.
///
/// # Errors
///
/// Where there is no Python, or it has no uvloop.
pub(super) fn uvloop() -> Result<Command> {
    uvloop_version()?;
    asyncio("uvloop")
}

/// The version of Python.
pub(super) fn python_version() -> Result<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    let say = "import platform; print(platform.python_version())";
    let version = VERSION.get_or_init(|| said("python3", &["-c", say]));
    version.as_deref().context("it needs Python 3; get it by: apt install python3")
}

/// The version of uvloop.
pub(super) fn uvloop_version() -> Result<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    python_version()?;
    let say = "import uvloop; print(uvloop.__version__)";
    let version = VERSION.get_or_init(|| said("python3", &["-c", say]));
    version.as_deref().context("Python has no uvloop; get it by: pip install uvloop")
}

/// The version of Go, such as `1.19.8`.
pub(super) fn go_version() -> Result<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    // `go version go1.19.8 linux/amd64`
    let version = VERSION.get_or_init(|| said("go", &["version"]));
    let version = version.as_deref().and_then(|text| text.split(' ').nth(2));
    let version = version.context("it needs Go; get it by: apt install golang-go")?;
    Ok(version.trim_start_matches("go"))
}

/// `echo.go`, built once for this process.
///
/// # Errors
///
/// Where there is no Go, or it cannot build.
pub(super) fn go() -> Result<Command> {
    static BUILT: OnceLock<()> = OnceLock::new();
    if !cfg!(target_os = "linux") {
        bail!("it is written for Linux");
    }
    go_version()?;
    let (fresh, built) = fresh_name("echo-go")?;
    if BUILT.get().is_none() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/echo.go");
        let output = Command::new("go").args(["build", "-o"]).arg(&fresh).arg(&source).output();
        let output = output.context("running go")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "building {}: {}", source.display(), said.trim());
        move_into_place(&fresh, &built)?;
        let _ = BUILT.set(());
    }
    let mut command = Command::new(built);
    command.args([BACKLOG.to_string(), READ_BYTES.to_string()]);
    Ok(command)
}

/// What a command says, on either stream, where it succeeds.
pub(super) fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = match Command::new(program).args(arguments).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        output => output.ok()?,
    };
    let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let text = String::from_utf8(text).ok().filter(|_| output.status.success())?;
    Some(text.trim().to_owned())
}
