//! All tasks of a runtime, by name.
//!
//! A task lies here from `spawn` until it has ended and its handle has taken what it gave, or was
//! dropped. While it is polled its body is taken out, so that what it does may change the table: no
//! borrow lasts while foreign code runs, be it a poll, a waker, or a destructor.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use ch03_selectors::Token;
use ch03_selectors::slots::Slots;

use crate::clock::Clock;
use crate::join::{JoinError, Who, message_of};
use crate::ready::Queue;
use crate::report::{Report, Reporter, TaskInfo, TaskState};
use crate::stage::{Failure, Stage};
use crate::task::TaskId;
use crate::waker::Header;

/// Headers of ended tasks that are kept for the next ones: a server whose clients come and go, or a
/// task that spawns one child after the other, allocates none.
const SPARE_HEADERS_MAX: usize = 256;

/// No task's name: a table never grows so long.
const NOBODY: Token = Token { index: u32::MAX, generation: 0 };

/// The tasks, and what is needed to make one.
pub(crate) struct Table {
    tasks: RefCell<Slots<Task>>,
    spare: RefCell<Vec<Arc<Header>>>,
    queue: Arc<Queue>,
    next_id: Cell<u64>,
    /// The one that is being polled.
    running: Cell<Token>,
    /// The runtime is being dropped: a task that is spawned now is dropped, too.
    closed: Cell<bool>,
    clock: Clock,
    /// The time in this turn, once somebody asked. Reading a clock for each spawn would double its
    /// price, and an age need not be exact.
    turn: Cell<Option<Instant>>,
    reporter: Reporter,
}

/// One task.
struct Task {
    /// Absent while it is being polled, and always for the future of `block_on`.
    body: Option<Body>,
    header: Arc<Header>,
    location: &'static Location<'static>,
    spawned: Instant,
    polls: u64,
    /// Whoever awaits the handle.
    joiner: Option<Waker>,
    /// Nobody can: the handle was dropped.
    detached: bool,
}

/// What is taken out for each poll.
type Body = Pin<Box<dyn Stage>>;

impl Table {
    pub(crate) fn new(queue: &Arc<Queue>, clock: Clock, reporter: Reporter) -> Table {
        Table {
            tasks: RefCell::default(),
            spare: RefCell::default(),
            queue: Arc::clone(queue),
            next_id: Cell::new(1),
            running: Cell::new(NOBODY),
            closed: Cell::new(false),
            clock,
            turn: Cell::new(None),
            reporter,
        }
    }

    /// Adds a task, and queues it for its first poll.
    pub(crate) fn spawn(
        self: &Rc<Self>,
        body: Body,
        name: Option<Arc<str>>,
        location: &'static Location<'static>,
    ) -> (Rc<Table>, Token, TaskId) {
        let who = self.next(name);
        let id = who.id;
        if self.closed.get() {
            // The future is dropped here. Its handle finds nobody, and says that it was cancelled.
            return (Rc::clone(self), NOBODY, id);
        }
        (Rc::clone(self), self.insert(who, location, Some(body)), id)
    }

    /// Adds the future of `block_on`, which lies elsewhere, and queues it.
    pub(crate) fn add_main(&self, location: &'static Location<'static>) -> (Token, Waker) {
        let token = self.insert(self.next(Some("main".into())), location, None);
        (token, Waker::from(self.header_of(token).expect("just added")))
    }

    /// Takes the future of `block_on` out again.
    pub(crate) fn remove_main(&self, token: Token) {
        self.running.set(NOBODY);
        let task = self.tasks.borrow_mut().remove(token);
        drop(task);
    }

    fn next(&self, name: Option<Arc<str>>) -> Who {
        let id = TaskId(self.next_id.get());
        self.next_id.set(id.0 + 1);
        Who { id, name }
    }

    fn insert(
        &self,
        who: Who,
        location: &'static Location<'static>,
        mut body: Option<Body>,
    ) -> Token {
        let spawned = self.turn.get().unwrap_or_else(|| self.clock.now());
        self.turn.set(Some(spawned));
        let inserted = self.tasks.borrow_mut().try_insert(|token| {
            let header = self.header(token, who);
            if let Some(body) = &mut body {
                body.as_mut().set_waker(Waker::from(Arc::clone(&header)));
            }
            // For its first poll.
            self.queue.push(&header);
            let (polls, joiner, detached) = (0, None, false);
            let task = Task { body, header, location, spawned, polls, joiner, detached };
            Ok::<Task, Infallible>(task)
        });
        let Ok(token) = inserted;
        token
    }

    fn header(&self, token: Token, who: Who) -> Arc<Header> {
        let spare = self.spare.borrow_mut().pop();
        let Some(mut header) = spare else { return Header::new(token, who, &self.queue) };
        Arc::get_mut(&mut header).expect("only unshared ones are kept").reuse(token, who);
        header
    }

    /// The loop begins a turn.
    pub(crate) fn new_turn(&self) {
        self.turn.set(None);
    }

    /// A name came from the mailbox.
    pub(crate) fn deliver(&self, token: Token) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(token) {
            task.header.stamp.clear();
            task.header.wake_by_ref();
        }
    }

    /// Notes that a task is about to be polled. For the future of `block_on`, that is all.
    pub(crate) fn begin(&self, token: Token) {
        self.take_body(token);
    }

    /// Polls a task once, or ends it when it was aborted. What it panics with is its own affair.
    pub(crate) fn run(&self, token: Token) {
        // A name that nobody answers to is a wake-up that came too late.
        let Some((mut body, aborted)) = self.take_body(token) else { return };
        let polled = if aborted {
            Err(None)
        } else {
            panic::catch_unwind(AssertUnwindSafe(|| body.as_mut().poll())).map_err(Some)
        };
        match polled {
            Ok(Poll::Pending) => {
                if let Some(task) = self.tasks.borrow_mut().get_mut(token) {
                    task.body = Some(body);
                }
            }
            Ok(Poll::Ready(())) => self.end(token, body),
            Err(panic) => self.fail(token, body, panic),
        }
    }

    /// Ends a task that was aborted, or panicked.
    #[cold]
    fn fail(&self, token: Token, mut body: Body, panic: Option<Box<dyn Any + Send>>) {
        let who = self.who(token);
        let error = match panic {
            Some(payload) => JoinError::panic(who, payload),
            None => JoinError::cancelled(who),
        };
        fail(&mut body, error);
        self.end(token, body);
    }

    fn take_body(&self, token: Token) -> Option<(Body, bool)> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(token)?;
        task.header.leave_queue();
        task.polls += 1;
        self.running.set(token);
        let body = task.body.take()?;
        Some((body, task.header.is_aborted()))
    }

    fn who(&self, token: Token) -> Who {
        let mut tasks = self.tasks.borrow_mut();
        tasks.get_mut(token).map(|task| task.header.who.clone()).unwrap_or_default()
    }

    /// The outcome is there: keeps it for the handle, or disposes of it when there is none.
    #[inline(never)]
    fn end(&self, token: Token, body: Body) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(token) else { return };
        task.header.finish();
        if task.detached {
            drop(tasks);
            self.dispose(token, Some(body));
        } else {
            task.body = Some(body);
            let joiner = task.joiner.take();
            drop(tasks);
            if let Some(joiner) = joiner {
                joiner.wake();
            }
        }
    }

    /// Forgets an ended task. What is wrong with its outcome is reported: nobody will look at it.
    fn dispose(&self, token: Token, body: Option<Body>) {
        let Some(mut task) = self.tasks.borrow_mut().remove(token) else { return };
        if let Some(body) = body.or_else(|| task.body.take()) {
            let mut failure = body.failure();
            // An output that nobody wants may panic in its destructor.
            let dropped = panic::catch_unwind(AssertUnwindSafe(|| drop(body)));
            if let Err(payload) = dropped {
                failure = Some(Failure::Panic(message_of(&*payload)));
            }
            if let Some(failure) = failure {
                self.reporter.report(&Report::unobserved(self.info(&task), failure));
            }
        }
        self.recycle(task);
    }

    fn recycle(&self, task: Task) {
        let Task { mut header, body, joiner, .. } = task;
        drop((body, joiner));
        let mut spare = self.spare.borrow_mut();
        if spare.len() < SPARE_HEADERS_MAX && Arc::get_mut(&mut header).is_some() {
            spare.push(header);
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
        if task.header.is_finished() {
            let task = tasks.remove(token);
            drop(tasks);
            if let Some(mut task) = task {
                let body = task.body.as_mut();
                body.expect("an ended task lies in the table").as_mut().take(place);
                self.recycle(task);
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
        let (finished, joiner) = (task.header.is_finished(), task.joiner.take());
        drop(tasks);
        drop(joiner);
        if finished {
            self.dispose(token, None);
        }
    }

    pub(crate) fn header_of(&self, token: Token) -> Option<Arc<Header>> {
        self.tasks.borrow_mut().get_mut(token).map(|task| Arc::clone(&task.header))
    }

    /// Drops all tasks, one after the other. From now on, none is added.
    pub(crate) fn close(&self, report_pending: bool) {
        self.closed.set(true);
        let tasks = self.tasks.take();
        for task in tasks.into_values() {
            let (info, joiner) = (self.info(&task), task.joiner);
            let Some(body) = task.body else { continue };
            let failure = match body.failure() {
                Some(failure) => Some(Report::unobserved(info.clone(), failure)),
                None if report_pending && !task.header.is_finished() => {
                    Some(Report::DestroyedWhilePending { task: info.clone() })
                }
                None => None,
            };
            if let Some(report) = failure {
                self.reporter.report(&report);
            }
            if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(body))) {
                let failure = Failure::Panic(message_of(&*payload));
                self.reporter.report(&Report::unobserved(info, failure));
            }
            task.header.finish();
            // Of another runtime: ours polls nobody any more.
            joiner.into_iter().for_each(Waker::wake);
        }
    }

    /// All tasks, in the order in which they were spawned.
    pub(crate) fn dump(&self) -> Vec<TaskInfo> {
        let mut all: Vec<_> = self.tasks.borrow().iter().map(|task| self.info(task)).collect();
        all.sort_by_key(TaskInfo::id);
        all
    }

    /// The task that is being polled.
    pub(crate) fn running(&self) -> Option<TaskInfo> {
        self.info_of(self.running.get())
    }

    pub(crate) fn info_of(&self, token: Token) -> Option<TaskInfo> {
        self.tasks.borrow_mut().get_mut(token).map(|task| self.info(task))
    }

    /// Reports that the poll which has just ended took long.
    pub(crate) fn report_slow(&self, task: TaskInfo, took: Duration) {
        self.reporter.report(&Report::SlowPoll { task, took });
    }

    fn info(&self, task: &Task) -> TaskInfo {
        let state = match &task.header {
            header if header.is_finished() => TaskState::Ended,
            header if header.token == self.running.get() => TaskState::Running,
            header if header.is_queued() => TaskState::Ready,
            _ => TaskState::Waiting,
        };
        let age = self.clock.now().saturating_duration_since(task.spawned);
        let (who, location, polls) = (task.header.who.clone(), task.location, task.polls);
        TaskInfo { who, location, age, polls, state }
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks.borrow().len();
        f.debug_struct("Table").field("tasks", &tasks).finish_non_exhaustive()
    }
}

/// Drops the future, and keeps `error` instead of an output.
fn fail(body: &mut Body, error: JoinError) {
    let (who, cancelled) = (error.who().clone(), error.is_cancelled());
    let dropped = panic::catch_unwind(AssertUnwindSafe(|| body.as_mut().fail(error)));
    // A destructor panicked. That is news, unless a panic is what brought us here.
    if let (Err(payload), true) = (dropped, cancelled) {
        body.as_mut().fail(JoinError::panic(who, payload));
    }
}
