//! What becomes of tasks that have ended, and of what they gave.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ch03_selectors::Token;

use super::{Body, SPARE_MAX, Table, Task};
use crate::join::{JoinError, Who, message_of};
use crate::report::Report;
use crate::stage::Failure;
use crate::waker::{Header, Spare};

impl Table {
    /// Ends a task that was aborted, or panicked.
    #[cold]
    pub(super) fn fail(&self, token: Token, mut body: Body, panic: Option<Box<dyn Any + Send>>) {
        let who = self.tasks.borrow_mut().get_mut(token).map(|task| task.who());
        let (who, cancelled) = (who.unwrap_or_default(), panic.is_none());
        let error = match panic {
            Some(payload) => JoinError::panic(who.clone(), payload),
            None => JoinError::cancelled(who.clone()),
        };
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| body.as_mut().fail(error)));
        // A destructor panicked. That is news, unless a panic is what brought us here.
        if let (Err(payload), true) = (dropped, cancelled) {
            body.as_mut().fail(JoinError::panic(who, payload));
        }
        self.end(token, body);
    }

    /// The outcome is there: keeps it for the handle, or disposes of it when there is none.
    pub(super) fn end(&self, token: Token, mut body: Body) {
        let waker = body.as_mut().change_waker(Waker::noop().clone());
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(token) else { return };
        task.ended = true;
        let (header, joiner) = (task.header.take(), task.joiner.take());
        if task.detached {
            drop(tasks);
            self.dispose(token, Some(body));
        } else {
            task.body = Some(body);
            drop(tasks);
        }
        if let Some(header) = header {
            self.take_back(header, waker);
        }
        if let Some(joiner) = joiner {
            joiner.wake();
        }
    }

    fn take_back(&self, header: Arc<Header>, waker: Waker) {
        header.finish();
        if let Some(spare) = Spare::back(header, waker) {
            let mut all = self.spare.borrow_mut();
            if all.len() < SPARE_MAX {
                all.push(spare);
            }
        }
    }

    /// Moves the outcome of a task to `place`, or has `context` woken when there is one. Nothing is
    /// moved when there is no such task.
    pub(crate) fn join(
        &self,
        token: Token,
        context: &Context<'_>,
        place: &mut dyn Any,
    ) -> Poll<()> {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(token) else { return Poll::Ready(()) };
        if task.ended {
            let task = tasks.remove(token);
            drop(tasks);
            if let Some(mut body) = task.and_then(|task| task.body) {
                body.as_mut().take(place);
            }
            return Poll::Ready(());
        }
        let known = task.joiner.as_ref().is_some_and(|known| known.will_wake(context.waker()));
        let stale = if known { None } else { task.joiner.replace(context.waker().clone()) };
        drop(tasks);
        drop(stale);
        Poll::Pending
    }

    /// The handle was dropped, and with it all interest in the outcome.
    pub(crate) fn detach(&self, token: Token) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(token) else { return };
        task.detached = true;
        let (ended, joiner) = (task.ended, task.joiner.take());
        drop(tasks);
        drop(joiner);
        if ended {
            self.dispose(token, None);
        }
    }

    /// Forgets an ended task. What is wrong with its outcome is reported: nobody will look at it.
    fn dispose(&self, token: Token, body: Option<Body>) {
        let Some(mut task) = self.tasks.borrow_mut().remove(token) else { return };
        let Some(body) = body.or_else(|| task.body.take()) else { return };
        let mut failure = body.failure();
        // An output that nobody wants may panic in its destructor.
        let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(body)));
        if let Err(payload) = dropped {
            failure = Some(Failure::Panic(message_of(&*payload)));
        }
        if let Some(failure) = failure {
            self.reporter.report(&Report::unobserved(self.info(token, &task), failure));
        }
    }

    /// Drops all tasks, one after the other. From now on, none is added.
    pub(crate) fn close(&self, report_pending: bool) {
        self.closed.set(true);
        let tasks = self.tasks.take();
        for (token, task) in tasks.into_entries() {
            self.destroy(token, task, report_pending);
        }
    }

    fn destroy(&self, token: Token, mut task: Task, report_pending: bool) {
        let Some(body) = task.body.take() else { return };
        let info = self.info(token, &task);
        let report = match body.failure() {
            Some(failure) => Some(Report::unobserved(info.clone(), failure)),
            None if report_pending && !task.ended => {
                Some(Report::DestroyedWhilePending { task: info.clone() })
            }
            None => None,
        };
        if let Some(report) = report {
            self.reporter.report(&report);
        }
        if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(body))) {
            let failure = Failure::Panic(message_of(&*payload));
            self.reporter.report(&Report::unobserved(info, failure));
        }
        if let Some(header) = task.header {
            header.finish();
        }
        // Of another runtime: ours polls nobody any more.
        task.joiner.into_iter().for_each(Waker::wake);
    }
}

impl Task {
    pub(super) fn who(&self) -> Who {
        Who::new(self.id, self.name.as_ref().map(|name| Arc::clone(&name.0)))
    }
}
