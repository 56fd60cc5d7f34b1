//! What will be called, and can be called off.

use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::{Rc, Weak};
use std::time::Instant;

use super::EventLoop;
use super::timers::Timers;

/// Called once. It is handed the loop, so that it need not keep it: a loop that keeps callbacks
/// which keep the loop would never be freed.
pub(crate) type Once = Box<dyn FnOnce(&EventLoop)>;

/// Called each time that something is ready.
pub(crate) type Repeat = Box<dyn FnMut(&EventLoop)>;

/// A callback that the loop will call. Dropping the handle changes nothing; [`Handle::cancel`]
/// does.
#[derive(Clone)]
pub struct Handle {
    shared: Rc<Shared>,
}

struct Shared {
    /// `None`: it is running, it ran, or it was cancelled.
    work: Cell<Option<Work>>,
    cancelled: Cell<bool>,
    /// When it is due, and the heap that it lies in.
    timer: Option<(Instant, Weak<Timers>)>,
    in_heap: Cell<bool>,
    made_at: &'static Location<'static>,
}

enum Work {
    Once(Once),
    Repeat(Repeat),
}

impl Handle {
    pub(crate) fn once(callback: Once, made_at: &'static Location<'static>) -> Handle {
        Handle::new(Work::Once(callback), None, made_at)
    }

    pub(crate) fn repeat(callback: Repeat, made_at: &'static Location<'static>) -> Handle {
        Handle::new(Work::Repeat(callback), None, made_at)
    }

    pub(crate) fn timer(
        callback: Once,
        deadline: Instant,
        timers: &Rc<Timers>,
        made_at: &'static Location<'static>,
    ) -> Handle {
        Handle::new(Work::Once(callback), Some((deadline, Rc::downgrade(timers))), made_at)
    }

    fn new(
        work: Work,
        timer: Option<(Instant, Weak<Timers>)>,
        made_at: &'static Location<'static>,
    ) -> Handle {
        let (work, cancelled, in_heap) =
            (Cell::new(Some(work)), Cell::new(false), Cell::new(false));
        Handle { shared: Rc::new(Shared { work, cancelled, timer, in_heap, made_at }) }
    }

    /// It will not be called any more. What it holds is dropped now, not when its time has come.
    /// Cancelling twice, or after it ran, does nothing.
    pub fn cancel(&self) {
        if self.shared.cancelled.replace(true) {
            return;
        }
        drop(self.shared.work.take());
        if let Some((_, timers)) = &self.shared.timer
            && self.shared.in_heap.get()
            && let Some(timers) = timers.upgrade()
        {
            timers.one_was_cancelled();
        }
    }

    /// Whether it was cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.shared.cancelled.get()
    }

    /// When a timer is due; `None` for what is no timer.
    #[must_use]
    pub fn when(&self) -> Option<Instant> {
        self.shared.timer.as_ref().map(|(deadline, _)| *deadline)
    }

    /// The line that asked for the callback.
    pub(crate) fn made_at(&self) -> &'static Location<'static> {
        self.shared.made_at
    }

    pub(crate) fn set_in_heap(&self, in_heap: bool) {
        self.shared.in_heap.set(in_heap);
    }

    /// Calls it, unless it was cancelled. The error is what it panicked with; then it is not called
    /// again, because a descriptor that is still ready would bring the same panic for ever.
    pub(crate) fn run(&self, event_loop: &EventLoop) -> Result<(), Box<dyn Any + Send>> {
        // Nobody can tell what a callback left half-done when it panicked. Nobody will see it,
        // either: it is dropped.
        match self.shared.work.take() {
            None => Ok(()),
            Some(Work::Once(callback)) => catch_unwind(AssertUnwindSafe(|| callback(event_loop))),
            Some(Work::Repeat(mut callback)) => {
                let outcome = catch_unwind(AssertUnwindSafe(|| callback(event_loop)));
                if outcome.is_err() {
                    self.cancel();
                } else if !self.is_cancelled() {
                    self.shared.work.set(Some(Work::Repeat(callback)));
                }
                outcome
            }
        }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Handle");
        shown.field("cancelled", &self.is_cancelled());
        if let Some(deadline) = self.when() {
            shown.field("when", &deadline);
        }
        shown.field("made_at", &format_args!("{}", self.made_at())).finish()
    }
}
