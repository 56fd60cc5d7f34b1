//! What a runtime does with its tasks, one thing after the other, for whoever wants to watch.
//!
//! Nobody who does not watch pays for it: the loop looks at one field before each poll, where debug mode
//! is looked at anyway. Who was woken is found out by looking at the queue before and after.

use std::cell::Cell;
use std::env;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use crate::task::TaskId;

/// Names a file. All runtimes that do not say themselves append a line to it for each [`Event`], by
/// one write(2): `/dev/stderr` shows them as they happen.
///
/// With `/dev/null` only strace(1) sees them, between the other system calls and by the same clock.
pub const EVENTS_VARIABLE: &str = "LEARNING_TO_WAIT_EVENTS";

/// One thing that happened. Its `Display` is a line such as `wake 3 by 2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A task is there, and waits for its first poll.
    Spawned {
        /// Which task.
        task: TaskId,
        /// Who spawned it.
        by: Option<TaskId>,
    },
    /// A task is to be polled again.
    Woken {
        /// Which task.
        task: TaskId,
        /// The task that was being polled then. Without one it was a socket, a timer or another thread.
        by: Option<TaskId>,
    },
    /// A poll begins.
    Polled {
        /// Which task.
        task: TaskId,
    },
    /// The poll is over, and the task waits.
    Pending {
        /// Which task.
        task: TaskId,
    },
    /// The poll is over, and so is the task.
    Ended {
        /// Which task.
        task: TaskId,
    },
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Spawned { task, by: Some(by) } => write!(f, "spawn {task} by {by}"),
            Event::Spawned { task, by: None } => write!(f, "spawn {task}"),
            Event::Woken { task, by: Some(by) } => write!(f, "wake {task} by {by}"),
            Event::Woken { task, by: None } => write!(f, "wake {task}"),
            Event::Polled { task } => write!(f, "poll {task}"),
            Event::Pending { task } => write!(f, "pending {task}"),
            Event::Ended { task } => write!(f, "end {task}"),
        }
    }
}

/// Who is told of each event.
#[derive(Clone)]
pub(crate) struct Events(Rc<dyn Fn(&Event)>);

impl Events {
    pub(crate) fn to(tell: impl Fn(&Event) + 'static) -> Events {
        Events(Rc::new(tell))
    }

    /// As [`EVENTS_VARIABLE`] says.
    pub(crate) fn of_environment() -> Option<Events> {
        let path = env::var_os(EVENTS_VARIABLE).filter(|path| !path.is_empty())?;
        match OpenOptions::new().append(true).create(true).open(&path) {
            Ok(file) => Some(Events::to(move |event| {
                // Nobody can be told that nobody can be told.
                let _ = write_line(&file, event);
            })),
            Err(error) => {
                eprintln!("{EVENTS_VARIABLE}: opening {}: {error}", path.display());
                None
            }
        }
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.0)(&event);
    }
}

/// By one call, so that lines of several threads do not mix.
fn write_line(mut file: &File, event: &Event) -> io::Result<()> {
    file.write_all(format!("{event}\n").as_bytes())
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// What the loop does beside its work, when somebody watches it.
#[derive(Debug)]
pub(crate) struct Watch {
    /// How long a poll may take, in debug mode.
    pub(crate) slow_poll: Option<Duration>,
    pub(crate) events: Option<Events>,
    /// How many were ready when the loop began to look for more.
    pub(crate) before: Cell<usize>,
}

impl Watch {
    pub(crate) fn new(slow_poll: Option<Duration>, events: Option<Events>) -> Option<Watch> {
        let watches = slow_poll.is_some() || events.is_some();
        watches.then(|| Watch { slow_poll, events, before: Cell::new(0) })
    }
}
