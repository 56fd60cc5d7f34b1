//! callgrind (valgrind(1)): which one there is, and what this program itself executes.

use std::env;
use std::io::ErrorKind;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// The version of valgrind.
///
/// # Errors
///
/// When there is none, with what it is and where to get it.
pub fn version() -> Result<String> {
    match Command::new("valgrind").arg("--version").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "valgrind, which counts the instructions of a program, is not installed; get it by: \
             apt install valgrind (or dnf, apk, pacman)"
        ),
        output => {
            let said = output.context("running valgrind --version")?.stdout;
            Ok(String::from_utf8_lossy(&said).trim().trim_start_matches("valgrind-").to_owned())
        }
    }
}

/// All that this program executes, run once more with these arguments.
///
/// # Errors
///
/// When there is no valgrind, or the program fails under it.
pub fn executed(arguments: &[&str]) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(env::current_exe()?).args(arguments);
    let output = command.output().context("running valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "under valgrind: {said}");
    let line = said.lines().find_map(|line| line.split_once("Collected : "));
    line.and_then(|(_, count)| count.trim().parse().ok()).context("valgrind gave no count")
}
