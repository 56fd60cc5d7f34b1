//! The tasks of a table, for people to look at.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ch03_selectors::Token;

use super::{Table, Task};
use crate::report::{Report, TaskInfo, TaskState};
use crate::task::TaskId;

impl Table {
    /// All tasks, in the order in which they were spawned.
    pub(crate) fn dump(&self) -> Vec<TaskInfo> {
        let tasks = self.tasks.borrow();
        let mut all: Vec<_> = tasks.iter().map(|(token, task)| self.info(token, task)).collect();
        all.sort_by_key(TaskInfo::id);
        all
    }

    /// The task that is being polled.
    pub(crate) fn running(&self) -> Option<TaskInfo> {
        self.info_of(self.running.get())
    }

    pub(crate) fn info_of(&self, token: Token) -> Option<TaskInfo> {
        self.tasks.borrow_mut().get_mut(token).map(|task| self.info(token, task))
    }

    /// A task's number, and how often it was polled.
    pub(crate) fn number_and_polls_of(&self, token: Token) -> Option<(TaskId, u32)> {
        self.tasks.borrow_mut().get_mut(token).map(|task| (task.id, task.polls))
    }

    /// The name that a task was given.
    pub(crate) fn name_of(&self, token: Token) -> Option<Arc<str>> {
        let mut tasks = self.tasks.borrow_mut();
        let name = &tasks.get_mut(token)?.name;
        name.as_ref().map(|name| Arc::clone(&name.0))
    }

    /// Whether a task has an outcome, or is forgotten.
    pub(crate) fn has_ended(&self, token: Token) -> bool {
        self.tasks.borrow_mut().get_mut(token).is_none_or(|task| task.ended)
    }

    /// Reports that the poll which has just ended took long.
    pub(crate) fn report_slow(&self, task: TaskInfo, took: Duration) {
        self.reporter.report(&Report::SlowPoll { task, took });
    }

    pub(super) fn info(&self, token: Token, task: &Task) -> TaskInfo {
        let state = match &task.header {
            _ if task.ended => TaskState::Ended,
            _ if token == self.running.get() => TaskState::Running,
            // Without a header, it waits for its first poll.
            Some(header) if !header.is_queued() => TaskState::Waiting,
            _ => TaskState::Ready,
        };
        let now = self.clock.now().saturating_duration_since(self.made);
        let age = now.saturating_sub(Duration::from_nanos(task.spawned));
        TaskInfo { who: task.who(), location: task.location, age, polls: task.polls.into(), state }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks.borrow().len();
        f.debug_struct("Table").field("tasks", &tasks).finish_non_exhaustive()
    }
}
