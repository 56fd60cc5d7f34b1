//! Files of exercises compiled by cargo, and their tests run within a deadline.

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::tool::workspace::Workspace;

/// How long the tests of one file may take. They have deadlines of their own, of ten seconds or so; a program
/// that outlasts this one has none.
pub(super) const RUN_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A target of a package, as cargo's command line has it.
pub(super) struct Target<'a> {
    pub(super) package: &'a str,
    /// `--bench` or `--test`.
    pub(super) kind: &'static str,
    pub(super) name: String,
}

/// What cargo has made of some targets.
pub(super) struct Built {
    /// By the target's name. What did not compile is not there.
    pub(super) executables: BTreeMap<String, PathBuf>,
    /// What the compiler said, by the target's name; empty where it spoke to the reader.
    pub(super) said: Vec<(String, String)>,
    pub(super) success: bool,
}

/// To whom the compiler speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearer {
    Reader,
    Us,
}

/// One line of what cargo reports.
#[derive(Deserialize)]
struct Report {
    target: Option<Named>,
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    rendered: Option<String>,
}

/// Compiles the targets' tests, all in one call.
pub(super) fn build(
    workspace: &Workspace,
    targets: &[Target<'_>],
    hearer: Hearer,
) -> Result<Built> {
    // Under `cargo run` this is the very cargo that the reader called.
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace.path("")).args(["test", "--no-run"]);
    match hearer {
        Hearer::Reader => command.arg("--message-format=json-render-diagnostics"),
        // With all packages, crates have the features that all together ask for, and so they are those that
        // `cargo test --workspace` has built.
        Hearer::Us => command.args(["--quiet", "--message-format=json", "--workspace"]),
    };
    for target in targets {
        command.args([target.kind, &target.name]);
        if hearer == Hearer::Reader {
            command.args(["-p", target.package]);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting cargo")?;
    let mut built = Built { executables: BTreeMap::new(), said: Vec::new(), success: false };
    let messages = child.stdout.take().context("cargo's output")?;
    for line in BufReader::new(messages).lines() {
        let Ok(report) = serde_json::from_str::<Report>(&line?) else { continue };
        let Some(Named { name }) = report.target else { continue };
        if let Some(executable) = report.executable {
            built.executables.insert(name, executable);
        } else if let Some(text) = report.message.and_then(|message| message.rendered) {
            built.said.push((name, text));
        }
    }
    built.success = child.wait()?.success();
    Ok(built)
}

/// What the tests of one file did.
pub(super) struct Run {
    /// `None`: they did not end, and were ended.
    pub(super) status: Option<ExitStatus>,
    pub(super) printed: String,
}

/// Runs the tests in an executable that cargo has built, in the folder where cargo would run them.
pub(super) fn run(executable: &Path, folder: &Path) -> Result<Run> {
    let mut command = Command::new(executable);
    // A failed test shows where and why; the calls that led there would bury it.
    command.current_dir(folder).env("RUST_BACKTRACE", "0").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().with_context(|| format!("starting {}", executable.display()))?;
    let out = child.stdout.take().map(collect);
    let err = child.stderr.take().map(collect);
    let deadline = Instant::now() + RUN_WITHIN;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status);
        }
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            break None;
        }
        thread::sleep(LOOK_EVERY);
    };
    let printed = [out, err].into_iter().flatten().filter_map(|reader| reader.join().ok());
    Ok(Run { status, printed: printed.collect() })
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Run {
    pub(super) fn passed(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }

    /// The tests that ended so: `ok` or `FAILED`.
    pub(super) fn tests(&self, how: &str) -> Vec<&str> {
        let ended = self.printed.lines().filter_map(|line| {
            line.strip_prefix("test ")?.strip_suffix(how)?.strip_suffix(" ... ")
        });
        ended.collect()
    }
}
