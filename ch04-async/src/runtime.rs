//! The loop around the ready queue, the reactor and the timers.
//!
//! One turn: poll each task that is ready, once. Then ask the kernel who else is; sleep there when
//! nobody is ready. Then the timers that are due. That is all a single-threaded runtime does.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use ch03_selectors::slots::Slots;
use ch03_selectors::{Selector, Token, default_selector};

use crate::queue::LocalQueue;
use crate::reactor::Reactor;
use crate::task::{BoxedFuture, Name, Task};
use crate::timer::Timers;

/// Successful operations on sockets in one poll of one task. A task whose socket is always ready
/// would never come to an await that waits; after this many, each of its operations waits for the
/// next turn.
pub const BUDGET: u32 = 16;

/// The name of the future that `block_on` was given. No task's: a table never grows to this index.
const MAIN: Token = Token { index: u32::MAX, generation: 0 };

thread_local! {
    static CURRENT: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
    static BUDGET_LEFT: Cell<u32> = const { Cell::new(BUDGET) };
}

/// A single-threaded runtime: all of its tasks run on the thread that calls
/// [`block_on`](Runtime::block_on), so they need not be `Send`.
#[derive(Debug)]
pub struct Runtime {
    inner: Rc<Inner>,
}

/// What tasks and sockets share of a runtime.
pub(crate) struct Inner {
    pub(crate) reactor: Rc<Reactor>,
    pub(crate) timers: Timers,
    queue: Rc<LocalQueue>,
    tasks: RefCell<Slots<Task>>,
    /// Within `block_on`, or being dropped.
    entered: Cell<bool>,
    /// The runtime is being dropped: a task that is spawned now is dropped, too.
    closing: Cell<bool>,
}

impl Runtime {
    /// A runtime over this platform's best selector.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn new() -> io::Result<Runtime> {
        Runtime::over(default_selector()?)
    }

    /// A runtime over `selector`.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it, or the selector knows no edges.
    pub fn over(selector: Rc<dyn Selector>) -> io::Result<Runtime> {
        let (reactor, waker) = Reactor::new(selector)?;
        let inner = Inner {
            reactor: Rc::new(reactor),
            timers: Timers::default(),
            queue: LocalQueue::new(waker),
            tasks: RefCell::default(),
            entered: Cell::new(false),
            closing: Cell::new(false),
        };
        Ok(Runtime { inner: Rc::new(inner) })
    }

    /// Runs `future`, and the tasks that it spawns, until `future` is done. Tasks that are left stay
    /// where they are, for the next call.
    ///
    /// # Panics
    ///
    /// When `future` does; when the selector fails, which leaves nothing to wait with; and within
    /// another call of the same runtime's, which could never get on meanwhile.
    // ANCHOR: block_on
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let _entered = self.inner.enter();
        let inner = &self.inner;
        let mut future = pin!(future);
        let name = Name::new(MAIN, inner.queue.shared());
        let waker = Waker::from(name.clone());
        waker.wake_by_ref();
        loop {
            for _ in 0..inner.queue.collect() {
                match inner.queue.pop() {
                    Some(MAIN) => {
                        name.taken_from_queue();
                        BUDGET_LEFT.set(BUDGET);
                        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                        if let Poll::Ready(output) = polled {
                            return output;
                        }
                    }
                    Some(task) => inner.poll_task(task),
                    None => break,
                }
            }
            inner.reactor.wait(inner.timeout()).expect("waiting in the selector");
            inner.timers.fire(Instant::now);
        }
    }
    // ANCHOR_END: block_on
}

/// Tasks are dropped inside the runtime, so that their sockets and timers find it.
impl Drop for Runtime {
    fn drop(&mut self) {
        let _entered = self.inner.enter();
        self.inner.closing.set(true);
        let tasks = self.inner.tasks.take();
        drop(tasks);
    }
}

impl Inner {
    fn enter(self: &Rc<Self>) -> impl Drop + use<> {
        struct Entered {
            inner: Rc<Inner>,
            outer: Option<Rc<Inner>>,
            _queue: crate::queue::Entered,
        }
        impl Drop for Entered {
            fn drop(&mut self) {
                self.inner.entered.set(false);
                CURRENT.set(self.outer.take());
            }
        }
        assert!(!self.entered.replace(true), "block_on was called within itself");
        let outer = CURRENT.replace(Some(Rc::clone(self)));
        Entered { inner: Rc::clone(self), outer, _queue: self.queue.enter() }
    }

    /// How long the kernel may let us sleep.
    fn timeout(&self) -> Option<Duration> {
        if self.queue.collect() > 0 {
            Some(Duration::ZERO)
        } else {
            self.timers.until_next(Instant::now)
        }
    }

    /// Polls a task once. A name that nobody answers to is a wake-up that came too late.
    fn poll_task(&self, token: Token) {
        // Taken out of the table, because what it does may change the table.
        let Some((mut future, waker)) = self.take_out(token) else { return };
        BUDGET_LEFT.set(BUDGET);
        let poll = || future.as_mut().poll(&mut Context::from_waker(&waker));
        // A panic ends its task alone. The panic hook has reported it already.
        let polled = panic::catch_unwind(AssertUnwindSafe(poll));
        if let Ok(Poll::Pending) = polled {
            if let Some(task) = self.tasks.borrow_mut().get_mut(token) {
                task.future = Some(future);
            }
        } else {
            let task = self.tasks.borrow_mut().remove(token);
            // Both are dropped outside of the borrow: destructors may wake and spawn.
            drop((task, future));
        }
    }

    fn take_out(&self, token: Token) -> Option<(BoxedFuture, Waker)> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(token)?;
        task.name.taken_from_queue();
        Some((task.future.take()?, task.waker.clone()))
    }

    fn spawn(&self, future: BoxedFuture) {
        if self.closing.get() {
            drop(future);
            return;
        }
        let queue = self.queue.shared();
        let mut waker = None;
        let spawned = self.tasks.borrow_mut().try_insert(|token| {
            let task = Task::new(future, token, queue);
            waker = Some(task.waker.clone());
            Ok::<Task, std::convert::Infallible>(task)
        });
        let Ok(_token) = spawned;
        // Its first poll.
        waker.expect("set above").wake();
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.tasks.borrow().len();
        f.debug_struct("Inner").field("tasks", &tasks).finish_non_exhaustive()
    }
}

/// Starts a task on the runtime that the caller runs on. It goes on by itself, beside the caller.
///
/// # Panics
///
/// Outside a [`Runtime`].
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    with_current(|runtime| runtime.spawn(Box::pin(future))).expect("a runtime on this thread");
}

/// Calls `use_it` with the runtime of this thread; `None` when there is none.
pub(crate) fn with_current<R>(use_it: impl FnOnce(&Inner) -> R) -> Option<R> {
    let current = CURRENT.try_with(|current| current.borrow().clone()).ok().flatten();
    current.map(|runtime| use_it(&runtime))
}

/// Takes one operation from the budget of the poll under way. False: it is used up.
pub(crate) fn spend_budget() -> bool {
    let left = BUDGET_LEFT.get();
    BUDGET_LEFT.set(left.saturating_sub(1));
    left > 0
}
