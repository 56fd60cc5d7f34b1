//! What a run was made with and on. A figure without these compares with nothing.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::Serialize;

/// What cargo settled on for this build.
const LOCK: &str = include_str!("../../Cargo.lock");

/// Of the compiler and of what the models are built from.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "each is the version of what it is called")]
pub struct Versions {
    pub rustc: &'static str,
    pub tokio: &'static str,
    pub mio: &'static str,
    pub polling: &'static str,
    pub smol: &'static str,
    pub hyper: &'static str,
    /// Of what peers that took part are made with.
    #[serde(flatten)]
    pub peers: BTreeMap<&'static str, String>,
}

impl Versions {
    /// Those that are in this program.
    #[must_use]
    pub fn of_this_build() -> Versions {
        Versions {
            rustc: env!("BENCH_RUSTC"),
            tokio: locked("tokio"),
            mio: locked("mio"),
            polling: locked("polling"),
            smol: locked("smol"),
            hyper: locked("hyper"),
            peers: crate::peers::versions(),
        }
    }
}

/// The version of a package in the lock file.
fn locked(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"");
    let mut lines = LOCK.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = \""));
    version.and_then(|rest| rest.strip_suffix('"')).unwrap_or("unknown")
}

/// The computer.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// System and its version, such as `Linux 6.18.44`.
    pub os: String,
    /// Such as `x86_64`.
    pub arch: &'static str,
    /// What the processor calls itself.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Main memory.
    pub memory_mib: Option<u64>,
}

impl Machine {
    /// The one this runs on.
    #[must_use]
    pub fn here() -> Machine {
        let uname = rustix::system::uname();
        let [system, release] =
            [uname.sysname(), uname.release()].map(|text| text.to_string_lossy());
        // What follows a dash is whoever built the kernel.
        let release = release.split('-').next().unwrap_or_default();
        Machine {
            os: format!("{system} {release}"),
            arch: std::env::consts::ARCH,
            cpu: cpu().unwrap_or_else(|| "unknown".into()),
            cores: cores(),
            memory_mib: memory_mib(),
        }
    }
}

/// Counted before any thread was pinned it would be the same as asking the standard library, which
/// says how many the *calling thread* may use.
fn cores() -> usize {
    let online = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let online = online.lines().filter(|line| line.starts_with("processor")).count();
    let usable = std::thread::available_parallelism().map_or(1, usize::from);
    online.max(usable)
}

#[cfg(target_os = "linux")]
fn cpu() -> Option<String> {
    field("/proc/cpuinfo", "model name")
}

#[cfg(target_os = "linux")]
fn memory_mib() -> Option<u64> {
    let total = field("/proc/meminfo", "MemTotal")?;
    total.trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

/// The first `name: value` of a file of proc(5).
#[cfg(target_os = "linux")]
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_once(':').map(|(_, value)| value.trim().to_owned())
}

#[cfg(not(target_os = "linux"))]
fn cpu() -> Option<String> {
    said("sysctl", &["-n", "machdep.cpu.brand_string"])
        .or_else(|| said("sysctl", &["-n", "hw.model"]))
}

#[cfg(not(target_os = "linux"))]
fn memory_mib() -> Option<u64> {
    let bytes =
        said("sysctl", &["-n", "hw.memsize"]).or_else(|| said("sysctl", &["-n", "hw.physmem"]))?;
    bytes.parse::<u64>().ok().map(|bytes| bytes >> 20)
}

/// The commit of this source, if it is in a git checkout. Files under `bench/runs` do not count as
/// changes: they are what a run writes.
#[must_use]
pub fn commit() -> Option<String> {
    let here = env!("CARGO_MANIFEST_DIR");
    let commit = said("git", &["-C", here, "rev-parse", "--short=7", "HEAD"])?;
    let status = ["-C", here, "status", "--porcelain", "--", ":/", ":(exclude,top)bench/runs"];
    let clean = said("git", &status).is_some_and(|changes| changes.is_empty());
    Some(if clean { commit } else { commit + "-dirty" })
}

/// What a command prints, without the end of the line. `None` when it fails or does not exist.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
