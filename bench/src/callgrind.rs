//! This program's own instructions, counted by callgrind (valgrind(1)).

use std::env;
use std::process::Command;

use anyhow::{Context, Result, ensure};

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
