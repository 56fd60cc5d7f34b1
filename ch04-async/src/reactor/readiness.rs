//! What is known of one descriptor, and which tasks wait for more.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::task::{Context, Waker};

use ch03_selectors::{Event, Interest};

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
                waiter.others.take().into_iter().for_each(Waker::wake);
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

    /// Has the task of `context` woken by the next event in this direction.
    #[inline]
    pub(super) fn wait(&self, direction: Direction, context: &Context<'_>) {
        let (state, awaited) = (self.state.get(), direction.0 << AWAITED);
        self.state.set(state | awaited);
        let waiter = if direction == READ { &self.reader } else { &self.writer };
        match waiter.newest.take() {
            Some(known) if known.will_wake(context.waker()) => waiter.newest.set(Some(known)),
            known => {
                waiter.newest.set(Some(context.waker().clone()));
                if let Some(older) = known.filter(|_| state & awaited != 0) {
                    self.state.set(self.state.get() | CROWDED);
                    waiter.keep_too(older);
                }
            }
        }
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

/// Whom to wake. No borrow lasts while a waker is cloned, woken or dropped: it may be foreign, and come
/// back here.
#[derive(Default)]
struct Waiter {
    /// Kept after the wake: it is nearly always the same task again, and nothing is cloned. Absent
    /// while it is woken.
    newest: Cell<Option<Waker>>,
    /// Other tasks that wait for the same. Rare. Who has given up stays until the next event, which
    /// then wakes somebody for nothing: many short waits by many tasks for one silent socket grow it.
    others: RefCell<Vec<Waker>>,
}

impl Waiter {
    #[inline]
    fn wake(&self) {
        if let Some(waker) = self.newest.take() {
            waker.wake_by_ref();
            // Unless somebody has come meanwhile.
            match self.newest.take() {
                None => self.newest.set(Some(waker)),
                newer => self.newest.set(newer),
            }
        }
    }

    #[cold]
    fn keep_too(&self, older: Waker) {
        let mut others = self.others.borrow_mut();
        let known = others.iter().any(|other| other.will_wake(&older));
        if !known {
            others.push(older);
        }
    }
}
