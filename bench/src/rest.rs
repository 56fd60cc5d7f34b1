//! When a server has nothing left to do: all of its threads sleep.
//!
//! Who acts only then, finds the same server each time, however busy the machine is.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// How long that may take: only a server that never sleeps waits this out.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_micros(200);

/// Waits until all threads of `process` sleep.
///
/// # Errors
///
/// When it never does, or is gone.
pub fn when_asleep(process: u32) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // A thread may wake another one between our looks at the two. When none has run from one
        // look at all to the next, all of them slept in between.
        let before = asleep(process)?;
        if before.is_some() && before == asleep(process)? {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "the server does not come to rest");
        thread::sleep(LOOK_AGAIN);
    }
}

/// Each thread and how often it has given up its core so far, if all of them sleep
/// (/proc/PID/task/TID/status, proc(5)).
pub(crate) fn asleep(process: u32) -> Result<Option<Vec<(String, String)>>> {
    let tasks = format!("/proc/{process}/task");
    let mut threads = Vec::new();
    for task in fs::read_dir(&tasks).with_context(|| format!("reading {tasks}"))? {
        let Ok(status) = fs::read_to_string(task?.path().join("status")) else {
            // It ends just now.
            return Ok(None);
        };
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        if !field("State:").starts_with('S') {
            return Ok(None);
        }
        let switches =
            field("voluntary_ctxt_switches:") + "+" + &field("nonvoluntary_ctxt_switches:");
        threads.push((field("Pid:"), switches));
    }
    Ok(Some(threads))
}
