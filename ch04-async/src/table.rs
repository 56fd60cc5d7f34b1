//! All tasks of a runtime, by name.
//!
//! A task lies here from `spawn` until it has ended and its handle has taken what it gave, or was
//! dropped. While it is polled its body is taken out, so that what it does may change the table: no
//! borrow lasts while foreign code runs, be it a poll, a waker, or a destructor.

mod end;
mod list;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::panic::{self, AssertUnwindSafe, Location};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Instant;

use ch03_selectors::Token;
use ch03_selectors::slots::Slots;

use crate::clock::Clock;
use crate::ready::Queue;
use crate::report::Reporter;
use crate::stage::Stage;
use crate::task::TaskId;
use crate::waker::{Header, Spare};

/// Wakers of ended tasks that are kept for the next ones: a server whose clients come and go, or a
/// task that spawns one child after the other, makes none.
const SPARE_MAX: usize = 256;

/// No task's name: a table never grows so long.
pub(crate) const NOBODY: Token = Token { index: u32::MAX, generation: 0 };

/// The tasks, and what is needed to make one.
pub(crate) struct Table {
    tasks: RefCell<Slots<Task>>,
    spare: RefCell<Vec<Spare>>,
    queue: Arc<Queue>,
    next_id: Cell<TaskId>,
    /// The one that is being polled.
    running: Cell<Token>,
    /// The runtime is being dropped: a task that is spawned now is dropped, too.
    closed: Cell<bool>,
    clock: Clock,
    made: Instant,
    /// The time in this turn, once somebody asked. Reading a clock for each spawn would double its
    /// price, and an age need not be exact.
    turn: Cell<Option<(Instant, Age)>>,
    reporter: Reporter,
}

/// A moment, in nanoseconds after the table was made. Half as long as an [`Instant`].
type Age = u64;

/// One task.
struct Task {
    /// Absent while it is being polled, and always for the future of `block_on`.
    body: Option<Body>,
    /// What its wakers share. Absent before the first poll, and after the last: a task that never
    /// waits takes what the one before has left.
    header: Option<Arc<Header>>,
    id: TaskId,
    name: Option<Box<Name>>,
    location: &'static Location<'static>,
    spawned: Age,
    /// Whoever awaits the handle.
    joiner: Option<Waker>,
    polls: u32,
    /// The outcome is in the body.
    ended: bool,
    /// Nobody can take it: the handle was dropped.
    detached: bool,
}

/// What is taken out for each poll.
type Body = Pin<Box<dyn Stage>>;

/// Rare, and so not worth two words in each task.
struct Name(Arc<str>);

impl Table {
    pub(crate) fn new(queue: Arc<Queue>, clock: Clock, reporter: Reporter) -> Table {
        Table {
            tasks: RefCell::default(),
            spare: RefCell::default(),
            queue,
            next_id: Cell::new(TaskId(1)),
            running: Cell::new(NOBODY),
            closed: Cell::new(false),
            made: clock.now(),
            clock,
            turn: Cell::new(None),
            reporter,
        }
    }

    /// Adds a task, and queues it for its first poll.
    pub(crate) fn spawn(
        &self,
        body: Body,
        name: Option<Arc<str>>,
        location: &'static Location<'static>,
    ) -> (Token, TaskId) {
        if self.closed.get() {
            // The future is dropped here. Its handle finds nobody, and says that it was cancelled.
            return (NOBODY, self.next_id());
        }
        self.insert(Some(body), name, location)
    }

    /// Adds the future of `block_on`, which lies elsewhere, and queues it.
    pub(crate) fn add_main(&self, location: &'static Location<'static>) -> (Token, Waker) {
        let (token, _) = self.insert(None, Some("main".into()), location);
        let header = self.header_of(token).expect("just added");
        (token, Waker::from(header))
    }

    /// Takes the future of `block_on` out again.
    pub(crate) fn remove_main(&self, token: Token) {
        self.running.set(NOBODY);
        let task = self.tasks.borrow_mut().remove(token);
        drop(task);
    }

    fn next_id(&self) -> TaskId {
        let id = self.next_id.get();
        self.next_id.set(TaskId(id.0 + 1));
        id
    }

    fn insert(
        &self,
        body: Option<Body>,
        name: Option<Arc<str>>,
        location: &'static Location<'static>,
    ) -> (Token, TaskId) {
        let id = self.next_id();
        let name = name.map(|name| Box::new(Name(name)));
        let (_, spawned) = self.turn.get().unwrap_or_else(|| self.begin_turn());
        let (header, joiner, polls, ended, detached) = (None, None, 0, false, false);
        let inserted = self.tasks.borrow_mut().try_insert(|_| {
            Ok::<_, Infallible>(Task {
                body,
                header,
                id,
                name,
                location,
                spawned,
                joiner,
                polls,
                ended,
                detached,
            })
        });
        let Ok(token) = inserted;
        self.queue.push_new(token);
        (token, id)
    }

    #[cold]
    fn begin_turn(&self) -> (Instant, Age) {
        let now = self.clock.now();
        let age = now.saturating_duration_since(self.made);
        let turn = (now, age.as_secs() * 1_000_000_000 + u64::from(age.subsec_nanos()));
        self.turn.set(Some(turn));
        turn
    }

    /// What time it was when somebody first asked in this turn. A paused clock, which may be moved within a
    /// turn, is asked each time.
    #[inline]
    pub(crate) fn turn_time(&self) -> Instant {
        match self.turn.get() {
            Some((time, _)) if !self.clock.is_paused() => time,
            _ => self.turn_time_anew(),
        }
    }

    #[cold]
    fn turn_time_anew(&self) -> Instant {
        if self.clock.is_paused() { self.clock.now() } else { self.begin_turn().0 }
    }

    /// The loop begins a turn.
    pub(crate) fn new_turn(&self) {
        self.turn.set(None);
    }

    /// A name came from the mailbox.
    pub(crate) fn deliver(&self, token: Token) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(token)
            && let Some(header) = &task.header
        {
            header.stamp.clear();
            header.wake_by_ref();
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

    #[inline]
    fn take_body(&self, token: Token) -> Option<(Body, bool)> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(token)?;
        let header = match &task.header {
            Some(header) => header,
            None => self.equip(token, task),
        };
        header.leave_queue();
        let aborted = header.is_aborted();
        task.polls = task.polls.wrapping_add(1);
        self.running.set(token);
        Some((task.body.take()?, aborted))
    }

    /// Gives a task that waits for its first poll what its wakers need.
    #[cold]
    fn equip<'a>(&self, token: Token, task: &'a mut Task) -> &'a Arc<Header> {
        let spare = self.spare.borrow_mut().pop();
        let (header, waker) = spare.unwrap_or_else(|| Spare::new(&self.queue)).give(token);
        header.enter_queue();
        if let Some(body) = &mut task.body {
            body.as_mut().change_waker(waker);
        }
        task.header.insert(header)
    }

    /// What the wakers of the task share that is being polled.
    pub(crate) fn running_header(&self) -> Option<Arc<Header>> {
        self.header_of(self.running.get())
    }

    /// What its wakers share. `None` when it has ended.
    pub(crate) fn header_of(&self, token: Token) -> Option<Arc<Header>> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(token).filter(|task| !task.ended)?;
        if task.header.is_none() {
            self.equip(token, task);
        }
        task.header.clone()
    }
}
