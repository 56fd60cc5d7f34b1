//! Whether a wake-up is under way: the part of [`wake`](crate::wake) in which an order of two
//! threads could lose one.
//!
//! It stands alone, so that `tests/lost_wake.rs` can run this very file under a checker that
//! tries every order.

use super::atomic::{AtomicBool, Ordering};

/// Set from the first wake-up until the sleeper has taken it.
#[derive(Debug)]
pub(super) struct Pending(AtomicBool);

impl Pending {
    /// None under way.
    pub(super) fn new() -> Pending {
        Pending(AtomicBool::new(false))
    }

    /// Whoever wakes, calls this after it has left its work. True: it is the first one, and rings.
    ///
    /// False: somebody rang before, and the sleeper has not called [`take`](Pending::take) since.
    /// So it will, and looks for work after that.
    pub(super) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::Release)
    }

    /// The sleeper was woken: `silence` ends the ringing, and the next wake-up rings again. It
    /// looks for work after this.
    pub(super) fn take(&self, silence: impl FnOnce()) {
        // First the ringing, then the flag. The other way round, a wake-up between the two would
        // have its ring silenced here and leave the flag set, and no later one would ring again.
        silence();
        // A swap, and not a store: it reads what the last `set` wrote, so that the work which was
        // left before that is seen from here on.
        self.0.swap(false, Ordering::Acquire);
    }
}
