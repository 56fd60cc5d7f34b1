//! The loop around the ready queue, the reactor and the timers.
//!
//! One turn: poll each task that is ready, once. Then ask the kernel who else is; sleep there when
//! nobody is ready. Then the timers that are due. That is all a single-threaded runtime does.

mod watching;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ch03_selectors::{Selector, Token};

use crate::blocking::{Left, Pool};
use crate::budget::{self, BUDGET};
use crate::buffers;
use crate::builder::Builder;
use crate::clock::Clock;
use crate::events::Watch;
use crate::reactor::Reactor;
use crate::ready::{self, Queue, Resting, Running};
use crate::report::TaskInfo;
use crate::table::Table;
use crate::timer::Timers;

/// Polls before the loop looks at the sockets and the clock again, with tasks still ready. Few
/// enough that those wait a fraction of a millisecond, and enough that the look costs next to
/// nothing for each.
pub const POLLS_MAX: usize = 256;

thread_local! {
    /// The runtime that runs on this thread. None is left at the thread's end, so there is nothing to
    /// drop; and what has no destructor is found at once.
    static CURRENT: ManuallyDrop<RefCell<Option<Rc<Inner>>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
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
    pub(crate) timers: Rc<Timers>,
    pub(crate) clock: Clock,
    pub(crate) table: Rc<Table>,
    pub(crate) blocking: Pool,
    queue: Arc<Queue>,
    /// Who was ready when the last `block_on` ended.
    resting: Resting,
    /// Only for its memory.
    letters: RefCell<Vec<Token>>,
    /// Within `block_on`, or being dropped.
    entered: Cell<bool>,
    /// Somebody wants to know what happens.
    watch: Option<Watch>,
    /// Looks at the sockets before it sleeps.
    spins: u32,
}

impl Runtime {
    /// A runtime over this platform's best selector.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn new() -> io::Result<Runtime> {
        Runtime::builder().build()
    }

    /// A runtime over `selector`.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn over(selector: Rc<dyn Selector>) -> io::Result<Runtime> {
        Runtime::builder().selector(selector).build()
    }

    /// A runtime with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn build(builder: Builder, selector: Rc<dyn Selector>) -> io::Result<Runtime> {
        let (reactor, bell) = Reactor::new(selector)?;
        let queue = Queue::new(bell);
        let table = Table::new(Arc::clone(&queue), builder.clock.clone(), builder.reporter);
        let inner = Inner {
            reactor: Rc::new(reactor),
            timers: Rc::default(),
            clock: builder.clock,
            table: Rc::new(table),
            blocking: Pool::new(builder.blocking),
            queue,
            resting: Resting::default(),
            letters: RefCell::default(),
            entered: Cell::new(false),
            watch: Watch::new(builder.debug.then_some(builder.slow_poll), builder.events),
            spins: builder.spins,
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
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let inner = &*self.inner;
        let mut entered = self.enter();
        let mut future = pin!(future);
        let main = Main::new(inner, Location::caller());
        loop {
            for _ in 0..POLLS_MAX {
                match entered.ready.pop() {
                    None => break,
                    Some(task) if task == main.token => {
                        inner.table.begin(task);
                        let context = &mut Context::from_waker(&main.waker);
                        let poll = || future.as_mut().poll(context);
                        let polled = inner.watched(task, poll, Poll::is_ready);
                        if let Poll::Ready(output) = polled {
                            return output;
                        }
                    }
                    Some(task) => {
                        inner.watched(task, || inner.table.run(task), |()| inner.has_ended(task));
                    }
                }
            }
            inner.wait(entered.ready.is_empty()).expect("waiting in the selector");
            inner.timers.fire(|| inner.clock.now());
            inner.tell_woken();
        }
    }
    // ANCHOR_END: block_on

    /// Drops all tasks, and the blocking jobs that have not begun. Those that have are waited for,
    /// at most until `timeout` is over.
    #[must_use = "jobs may still run"]
    pub fn shut_down(self, timeout: Duration) -> Left {
        self.close(timeout)
    }

    fn close(&self, timeout: Duration) -> Left {
        let _entered = self.enter();
        let debug = self.inner.watch.as_ref().is_some_and(|watch| watch.slow_poll.is_some());
        self.inner.table.close(debug);
        self.inner.blocking.shut_down(timeout)
    }

    fn enter(&self) -> Entered<'_> {
        let inner = &self.inner;
        assert!(!inner.entered.replace(true), "block_on was called within itself");
        let outer = CURRENT.with(|current| current.replace(Some(Rc::clone(inner))));
        if let Some(outer) = &outer {
            outer.reactor.set_here(false);
        }
        inner.reactor.set_here(true);
        let (budget, ready) = (budget::replace(BUDGET), inner.resting.enter(&inner.queue));
        buffers::keep();
        Entered { inner, outer, budget, ready }
    }

    /// All tasks that have not been forgotten, in the order in which they were spawned.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskInfo> {
        self.inner.table.dump()
    }
}

/// Tasks are dropped inside the runtime, so that their sockets and timers find it. What still runs
/// on the pool is waited for, but not for ever.
impl Drop for Runtime {
    fn drop(&mut self) {
        let wait = self.inner.blocking.settings().drop_wait;
        let left = self.close(wait);
        if left.running > 0 {
            eprintln!(
                "after {wait:?}, {} blocking jobs still run, and are left alone",
                left.running
            );
        }
    }
}

impl Inner {
    /// Looks who else is ready. With nobody to poll, it sleeps until somebody is.
    fn wait(&self, idle: bool) -> io::Result<()> {
        self.table.new_turn();
        if let Some(watch) = &self.watch {
            watch.before.set(ready::woken());
        }
        let mailbox = &self.queue.mailbox;
        if idle && mailbox.may_sleep() {
            self.sleep()?;
            mailbox.woke();
        } else {
            self.reactor.wait(Some(Duration::ZERO))?;
        }
        let mut letters = self.letters.borrow_mut();
        mailbox.collect(&mut letters);
        letters.drain(..).for_each(|task| self.table.deliver(task));
        Ok(())
    }

    fn sleep(&self) -> io::Result<()> {
        let next = self.timers.next();
        let left = next.map(|deadline| deadline.saturating_duration_since(self.clock.now()));
        if left == Some(Duration::ZERO) {
            return self.reactor.wait(left).map(drop);
        }
        // A thread that sleeps takes some microseconds to wake. With a client that answers at once,
        // the answer is here before that.
        for _ in 0..self.spins {
            if self.reactor.wait(Some(Duration::ZERO))? > 0 {
                return Ok(());
            }
        }
        match (next, self.clock.is_paused()) {
            (Some(deadline), true) if self.clock.may_jump() => {
                if self.reactor.wait(Some(Duration::ZERO))? == 0 {
                    self.clock.jump_to(deadline);
                }
            }
            // While it stands still there is no time to wait for. Who holds it will wake us.
            (_, true) => drop(self.reactor.wait(None)?),
            (_, false) => drop(self.reactor.wait(left)?),
        }
        Ok(())
    }

    /// Polls a task, with a new budget, under the eyes of whoever watches.
    #[inline]
    fn watched<R>(
        &self,
        task: Token,
        poll: impl FnOnce() -> R,
        ended: impl FnOnce(&R) -> bool,
    ) -> R {
        budget::refill();
        match &self.watch {
            None => poll(),
            Some(watch) => watching::poll(self, watch, task, poll, ended),
        }
    }

    fn has_ended(&self, task: Token) -> bool {
        self.table.has_ended(task)
    }

    /// Tells of those whom a socket, a timer or another thread has woken.
    #[inline]
    fn tell_woken(&self) {
        if let Some(watch) = &self.watch {
            watching::tell_woken(self, watch, watch.before.get(), None);
        }
    }
}

/// A thread's runtime is set; see [`Runtime::enter`].
struct Entered<'a> {
    inner: &'a Inner,
    outer: Option<Rc<Inner>>,
    budget: u32,
    ready: Running<'a>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.inner.entered.set(false);
        budget::replace(self.budget);
        let outer = self.outer.take();
        self.inner.reactor.set_here(false);
        match &outer {
            Some(outer) => outer.reactor.set_here(true),
            None => buffers::free_kept(),
        }
        CURRENT.with(|current| current.replace(outer));
    }
}

/// The future of `block_on` in the table of tasks, as long as it is there.
struct Main<'a> {
    inner: &'a Inner,
    token: Token,
    waker: Waker,
}

impl Main<'_> {
    fn new<'a>(inner: &'a Inner, location: &'static Location<'static>) -> Main<'a> {
        let (token, waker) = inner.table.add_main(location);
        Main { inner, token, waker }
    }
}

impl Drop for Main<'_> {
    fn drop(&mut self) {
        self.inner.table.remove_main(self.token);
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("table", &self.table).finish_non_exhaustive()
    }
}

/// Calls `use_it` with the runtime of this thread; `None` when there is none. It must not run foreign
/// code, which might enter another runtime.
#[inline]
pub(crate) fn with_current<R>(use_it: impl FnOnce(&Inner) -> R) -> Option<R> {
    CURRENT.with(|current| current.borrow().as_deref().map(use_it))
}
