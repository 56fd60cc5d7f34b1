//! What is known of one descriptor, and which tasks wait for more.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use ch03_selectors::{Event, Interest};

use crate::runtime::with_current;
use crate::waker::Header;

/// One of the two directions, as a bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Direction(u8);

pub(super) const READ: Direction = Direction(1);
pub(super) const WRITE: Direction = Direction(2);

/// Where a direction's second bit is: somebody waits for it.
const AWAITED: u8 = 2;
/// There is more to the input than bytes; told once, and remembered.
const EXCEPTIONAL: u8 = 1 << 4;
/// An event is the last one, for either direction, until somebody waits again.
const ONE_SHOT: u8 = 1 << 5;
/// More than one task waits for the same. Rare.
const CROWDED: u8 = 1 << 6;

/// The state of a descriptor, and whom to wake.
pub(super) struct Readiness {
    /// A bit for each direction: an operation may succeed, which is so until one said `WouldBlock`.
    /// Then a bit for each: somebody waits for the next edge. Then the two above.
    state: Cell<u8>,
    reader: Waiter,
    writer: Waiter,
}

impl Readiness {
    pub(super) fn new(one_shot: bool) -> Readiness {
        let state = READ.0 | WRITE.0 | if one_shot { ONE_SHOT } else { 0 };
        let (reader, writer) = (Waiter::default(), Waiter::default());
        Readiness { state: Cell::new(state), reader, writer }
    }

    /// Notes what an event says, and wakes those who waited for it.
    #[inline]
    pub(super) fn apply(&self, event: &Event) {
        let exceptional = if event.exceptional { EXCEPTIONAL } else { 0 };
        let ready = u8::from(event.readable) | u8::from(event.writable) << 1;
        let state = self.state.get() | ready | exceptional;
        // After a one-shot, whoever waits in the other direction has to arm it anew.
        let told = if state & ONE_SHOT == 0 { ready } else { READ.0 | WRITE.0 };
        let woken = (state >> AWAITED) & told;
        self.state.set(state & !(woken << AWAITED));
        if state & CROWDED != 0 {
            self.wake_others(woken);
        }
        if woken & READ.0 != 0 {
            self.reader.wake();
        }
        if woken & WRITE.0 != 0 {
            self.writer.wake();
        }
    }

    #[cold]
    fn wake_others(&self, woken: u8) {
        for (direction, waiter) in [(READ, &self.reader), (WRITE, &self.writer)] {
            if woken & direction.0 != 0 {
                waiter.others.take().into_iter().for_each(|other| other.waker.wake());
            }
        }
    }

    #[inline]
    pub(super) fn may_be_ready(&self, direction: Direction) -> bool {
        self.state.get() & direction.0 != 0
    }

    /// An operation said `WouldBlock`.
    #[inline]
    pub(super) fn is_not_ready(&self, direction: Direction) {
        self.state.set(self.state.get() & !direction.0);
    }

    #[inline]
    pub(super) fn is_exceptional(&self) -> bool {
        self.state.get() & EXCEPTIONAL != 0
    }

    pub(super) fn is_one_shot(&self) -> bool {
        self.state.get() & ONE_SHOT != 0
    }

    /// Has the task of `context` woken by the next event in this direction, if it is the one that was so the
    /// last time; it nearly always is.
    #[inline]
    pub(super) fn wait_again(&self, direction: Direction, context: &Context<'_>) -> bool {
        let known = self.waiter(direction).newest.borrow();
        let again = known.as_ref().is_some_and(|known| known.waker.will_wake(context.waker()));
        if again {
            self.state.set(self.state.get() | direction.0 << AWAITED);
        }
        again
    }

    /// The same for any other task.
    pub(super) fn wait_anew(&self, direction: Direction, context: &Context<'_>) {
        let (state, awaited) = (self.state.get(), direction.0 << AWAITED);
        self.state.set(state | awaited);
        let (waiter, newest) = (self.waiter(direction), Waiting::new(context.waker()));
        let known = waiter.newest.replace(Some(newest));
        if let Some(older) = known.filter(|_| state & awaited != 0) {
            self.state.set(self.state.get() | CROWDED);
            waiter.keep_too(older);
        }
    }

    fn waiter(&self, direction: Direction) -> &Waiter {
        if direction == READ { &self.reader } else { &self.writer }
    }

    /// What tasks wait for.
    pub(super) fn awaited(&self) -> Interest {
        let awaits = |direction: Direction| self.state.get() & direction.0 << AWAITED != 0;
        Interest { readable: awaits(READ), writable: awaits(WRITE) }
    }
}

impl fmt::Debug for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = format_args!("{:#08b}", self.state.get()).to_string();
        f.debug_struct("Readiness").field("state", &state).finish_non_exhaustive()
    }
}

/// Whom to wake. No borrow lasts while a waker is cloned, woken or dropped that may be foreign: it may come
/// back here. A task's own only queues its task.
#[derive(Default)]
struct Waiter {
    /// Kept after the wake: it is nearly always the same task again, and nothing is cloned. A foreign one is
    /// absent while it is woken.
    newest: RefCell<Option<Waiting>>,
    /// Other tasks that wait for the same. Rare.
    others: RefCell<Vec<Waiting>>,
    /// So many of them make it worth a look who is over. Twice as many as were left by the last look,
    /// so that the looks cost each newcomer no more than a constant.
    crowd: Cell<usize>,
}

/// So few are not worth a look.
const CROWD_MIN: usize = 32;

/// Somebody who waits.
struct Waiting {
    waker: Waker,
    /// Whose waker it is, where it is a task's own and not that of a part of it. A task that gave up and
    /// ended is known by it: a silent socket that many tasks wait for in turn, each for a moment, would
    /// otherwise collect them all.
    task: Option<Arc<Header>>,
}

impl Waiting {
    fn new(waker: &Waker) -> Waiting {
        let running = with_current(|runtime| runtime.table.running_header()).flatten();
        let task = running.filter(|header| waker.data() == Arc::as_ptr(header).cast());
        Waiting { waker: waker.clone(), task }
    }

    fn is_over(&self) -> bool {
        self.task.as_ref().is_some_and(|task| task.is_finished())
    }
}

impl Waiter {
    #[inline]
    fn wake(&self) {
        match &*self.newest.borrow() {
            None => return,
            Some(Waiting { task: Some(task), .. }) => return task.wake_by_ref(),
            Some(_) => {}
        }
        self.wake_foreign();
    }

    #[cold]
    fn wake_foreign(&self) {
        let Some(known) = self.newest.take() else { return };
        known.waker.wake_by_ref();
        let mut newest = self.newest.borrow_mut();
        if newest.is_none() {
            *newest = Some(known);
        }
        // Else somebody has come meanwhile, and this one is dropped, after the borrow.
    }

    #[cold]
    fn keep_too(&self, older: Waiting) {
        if self.others.borrow().len() >= self.crowd.get().max(CROWD_MIN) {
            let others = self.others.take().into_iter();
            let (over, left): (Vec<_>, Vec<_>) = others.partition(Waiting::is_over);
            self.crowd.set(left.len() * 2);
            self.others.replace(left);
            drop(over);
        }
        let mut others = self.others.borrow_mut();
        let known = others.iter().any(|other| other.waker.will_wake(&older.waker));
        if !known {
            others.push(older);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::rc::Rc;
    use std::task::Poll;

    use super::*;
    use crate::{Runtime, spawn, yield_now};

    #[test]
    fn of_tasks_that_waited_and_ended_few_are_kept_and_of_the_living_all() {
        const LIVING: usize = 100;
        Runtime::new().expect("a runtime").block_on(async {
            let readiness = Rc::new(Readiness::new(false));
            for number in 0..10_000 {
                let waits = Rc::clone(&readiness);
                let task = spawn(async move {
                    poll_fn(|context| {
                        waits.wait_anew(READ, context);
                        Poll::Ready(())
                    })
                    .await;
                    pending::<()>().await;
                });
                yield_now().await;
                if number >= LIVING {
                    task.abort();
                }
            }
            let others = readiness.reader.others.borrow();
            let living = others.iter().filter(|other| !other.is_over()).count();
            assert!(living >= LIVING, "{living}");
            assert!(others.len() <= 2 * (LIVING + CROWD_MIN), "{}", others.len());
        });
    }
}
