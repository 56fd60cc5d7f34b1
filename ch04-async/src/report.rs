//! What happened to tasks behind everybody's back.
//!
//! An error in a task that nobody awaits would be gone without a word. So the runtime tells: by
//! default on standard error, or to whomever [`Builder::on_report`](crate::Builder::on_report) names.

use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::time::Duration;

use crate::join::Who;
use crate::stage::Failure;

/// One thing that somebody should know. Its `Display` is one line.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Report {
    /// A task panicked, and its handle was dropped without a look.
    UnobservedPanic {
        /// Which task.
        task: TaskInfo,
        /// What it panicked with.
        message: String,
    },
    /// The same for an error; see [`spawn_fallible`](crate::task::spawn_fallible).
    UnobservedError {
        /// Which task.
        task: TaskInfo,
        /// The error.
        message: String,
    },
    /// A poll kept all other tasks waiting. Debug mode only.
    SlowPoll {
        /// Which task.
        task: TaskInfo,
        /// For how long.
        took: Duration,
    },
    /// The runtime was dropped before the task had ended. Debug mode only.
    DestroyedWhilePending {
        /// Which task.
        task: TaskInfo,
    },
}

impl Report {
    pub(crate) fn unobserved(task: TaskInfo, failure: Failure) -> Report {
        match failure {
            Failure::Panic(message) => Report::UnobservedPanic { task, message },
            Failure::Error(message) => Report::UnobservedError { task, message },
        }
    }

    /// The task that it is about.
    #[must_use]
    pub fn task(&self) -> &TaskInfo {
        match self {
            Report::UnobservedPanic { task, .. }
            | Report::UnobservedError { task, .. }
            | Report::SlowPoll { task, .. }
            | Report::DestroyedWhilePending { task } => task,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let task = self.task();
        let (who, location) = (&task.who, task.location);
        write!(f, "{who}, spawned at {location}, ")?;
        match self {
            Report::UnobservedPanic { message, .. } => {
                write!(f, "panicked, and nobody looked: {message}")
            }
            Report::UnobservedError { message, .. } => {
                write!(f, "ended with an error, and nobody looked: {message}")
            }
            Report::SlowPoll { took, .. } => {
                write!(f, "kept the thread for {} ms in one poll", took.as_millis())
            }
            Report::DestroyedWhilePending { .. } => {
                write!(f, "was destroyed while it was pending")
            }
        }
    }
}

/// A task as others see it.
#[derive(Clone, Debug)]
pub struct TaskInfo {
    pub(crate) who: Who,
    /// Where it was spawned.
    pub location: &'static Location<'static>,
    /// For how long it has been there.
    pub age: Duration,
    /// How often it was polled.
    pub polls: u64,
    /// What it is doing.
    pub state: TaskState,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It is being polled: whoever asks, asks from inside of it.
    Running,
    /// It waits for its turn.
    Ready,
    /// It waits to be woken.
    Waiting,
    /// It has ended, and its handle has not been asked yet.
    Ended,
}

impl TaskInfo {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> crate::task::TaskId {
        self.who.id
    }

    /// Its name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.who.name.as_deref()
    }
}

impl fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TaskInfo { who, location, age, polls, state } = self;
        let (state, age) = (format!("{state:?}").to_lowercase(), age.as_secs_f64());
        write!(f, "{who}: {state}, {age:.3} s old, polled {polls} times, spawned at {location}")
    }
}

/// Who is told.
#[derive(Clone)]
pub(crate) struct Reporter(pub(crate) Rc<dyn Fn(&Report)>);

impl Reporter {
    pub(crate) fn report(&self, report: &Report) {
        (self.0)(report);
    }
}

impl Default for Reporter {
    fn default() -> Reporter {
        Reporter(Rc::new(|report| eprintln!("{report}")))
    }
}

impl fmt::Debug for Reporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reporter").finish_non_exhaustive()
    }
}
