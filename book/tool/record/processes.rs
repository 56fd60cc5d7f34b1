//! Programs of a session: run to their end, or in the background until they are interrupted.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Includes what cargo needs to build the program first, on a machine that is busy.
const READY_WITHIN: Duration = Duration::from_secs(300);
const STOPPED_WITHIN: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Whether commands are run to the letter.
#[derive(Clone, Copy)]
pub(super) enum Run {
    AsShown,
    /// Without `--release`.
    Unoptimised,
}

impl Run {
    /// What is run for a command. What follows `--` is the program's own.
    pub(super) fn command(self, shown: &str) -> String {
        let (of_cargo, own) = shown.split_at(shown.find(" -- ").unwrap_or(shown.len()));
        match self {
            Run::Unoptimised if shown.starts_with("cargo ") => {
                of_cargo.replace(" --release", "") + own
            }
            _ => shown.to_owned(),
        }
    }
}

/// Both streams of a program that has to end by itself and well.
pub(super) fn run(command: &str, folder: &Path) -> Result<String> {
    let output =
        prepared(command, folder)?.output().with_context(|| format!("running `{command}`"))?;
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    if !output.status.success() {
        bail!("`{command}` ended with {}: {printed}", output.status);
    }
    Ok(printed)
}

fn prepared(command: &str, folder: &Path) -> Result<Command> {
    let mut words = command.split_whitespace();
    let program = words.next().context("an empty command")?;
    let mut prepared = Command::new(program);
    // Colours would be written down as escape sequences.
    prepared.args(words).current_dir(folder).env("NO_COLOR", "1").stdin(Stdio::null());
    Ok(prepared)
}

pub(super) struct Background {
    child: Child,
    screen: Arc<Screen>,
    readers: Vec<JoinHandle<()>>,
    command: String,
}

/// What the program printed so far, on both streams as it came.
#[derive(Default)]
struct Screen {
    text: Mutex<String>,
    changed: Condvar,
}

impl Background {
    pub(super) fn start(command: &str, folder: &Path) -> Result<Self> {
        let mut prepared = prepared(command, folder)?;
        prepared.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = prepared.spawn().with_context(|| format!("starting `{command}`"))?;
        let screen = Arc::new(Screen::default());
        let out = child.stdout.take().map(|pipe| copy(pipe, &screen));
        let err = child.stderr.take().map(|pipe| copy(pipe, &screen));
        let readers = out.into_iter().chain(err).collect();
        Ok(Self { child, screen, readers, command: command.to_string() })
    }

    pub(super) fn printed(&self) -> String {
        self.screen.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for the last line of the greeting, and takes the port from the address in it.
    pub(super) fn port_once_ready(&mut self, ready: &str) -> Result<u16> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let printed = self.printed();
            let whole = &printed[..printed.rfind('\n').map_or(0, |at| at + 1)];
            if whole.contains(ready) {
                let port = whole.split("127.0.0.1:").nth(1);
                let port =
                    port.context("the server printed no 127.0.0.1:PORT before it was ready")?;
                let end = port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len());
                return port[..end].parse().with_context(|| format!("no port in {whole:?}"));
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("`{}` ended with {status} before it was ready: {printed}", self.command);
            }
            if Instant::now() > deadline {
                bail!(
                    "`{}` did not print {ready:?} within {READY_WITHIN:?}: {printed}",
                    self.command
                );
            }
            let text = self.screen.text.lock().unwrap_or_else(PoisonError::into_inner);
            drop(self.screen.changed.wait_timeout(text, LOOK_EVERY));
        }
    }

    /// Ctrl-C, and what the program printed in all. `cargo run` has become the program by then.
    pub(super) fn interrupt(mut self) -> (String, Result<()>) {
        let stopped = self.stop();
        for reader in self.readers.drain(..) {
            drop(reader.join());
        }
        (self.printed(), stopped)
    }

    fn stop(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("`{}` ended by itself with {status}", self.command);
        }
        kill_process(Pid::from_child(&self.child), Signal::INT)
            .context("interrupting the server")?;
        let deadline = Instant::now() + STOPPED_WITHIN;
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                self.child.kill()?;
                self.child.wait()?;
                bail!("`{}` did not end within {STOPPED_WITHIN:?} of SIGINT", self.command);
            }
            thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Only a session that failed leaves its server running until here.
        if matches!(self.child.try_wait(), Ok(None)) {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

fn copy(pipe: impl Read + Send + 'static, screen: &Arc<Screen>) -> JoinHandle<()> {
    let screen = Arc::clone(screen);
    thread::spawn(move || {
        let mut lines = BufReader::new(pipe);
        let mut line = Vec::new();
        while matches!(lines.read_until(b'\n', &mut line), Ok(read) if read > 0) {
            let mut text = screen.text.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(&String::from_utf8_lossy(&line));
            screen.changed.notify_all();
            line.clear();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_runs_what_is_built_already_and_a_recording_what_is_shown() {
        let shown = "cargo run -q --release -p some --example one -- --release";
        assert_eq!(Run::AsShown.command(shown), shown);
        let checked = "cargo run -q -p some --example one -- --release";
        assert_eq!(Run::Unoptimised.command(shown), checked);
        assert_eq!(Run::Unoptimised.command("nc --release"), "nc --release");
    }
}
