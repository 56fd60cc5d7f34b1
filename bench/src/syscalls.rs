//! The ledger of system calls: what a model asks of the kernel for one echo, one connection, and one
//! second in which nothing happens.
//!
//! Time depends on the machine and on who else uses it; the number of calls does not. So this is what a
//! change can be held to: a step that costs one call more is seen.
//!
//! - `line`: a line of strace(1).
//! - `traced`: a server under it, and where windows of the trace begin and end.
//! - `talker`: a client that says one message at a time.
//! - [`steps`]: what is done to the server.
//! - [`record`]: the ledger as JSON.
//! - [`check`]: a ledger against a recorded one.
//! - [`table`]: the ledger as a person reads it.

pub mod check;
mod line;
pub mod record;
pub mod steps;
pub mod table;
pub(crate) mod talker;
pub(crate) mod traced;

use std::io::ErrorKind;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::catalogue::Entry;
use record::Row;

/// Models traced at the same time: most of the time of each is waiting, and counts bear company.
const AT_ONCE: usize = 4;

/// The version of strace.
///
/// # Errors
///
/// When there is none, with what it is and where to get it.
pub fn strace() -> Result<String> {
    if !cfg!(target_os = "linux") {
        bail!("system calls are counted with strace(1), which exists for Linux only");
    }
    let output = match Command::new("strace").arg("-V").output() {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "strace, which writes down the system calls of a program, is not installed; \
             get it by: apt install strace (or dnf, apk, pacman)"
        ),
        output => output.context("running strace -V")?,
    };
    // `strace -- version 6.1`
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = said.lines().next().and_then(|line| line.rsplit(' ').next());
    Ok(version.unwrap_or("unknown").to_owned())
}

/// Takes the ledger of all `entries`, in their order. `progress` is told of each that is done.
pub fn ledger(entries: &[Entry], progress: impl Fn(&Entry) + Sync) -> Vec<Row> {
    let next = AtomicUsize::new(0);
    let rows = Mutex::new(Vec::new());
    let work = || {
        while let Some((index, entry)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            entries.get(index).map(|entry| (index, entry))
        } {
            let row = Row::new(entry, steps::take(entry));
            progress(entry);
            rows.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, row));
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    rows.sort_by_key(|(index, _)| *index);
    rows.into_iter().map(|(_, row)| row).collect()
}
