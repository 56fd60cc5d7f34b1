//! How other threads tell the runtime whom to poll, and end its sleep.
//!
//! Three things can go wrong between two threads: a letter that nobody collects, a sleep that nobody
//! ends, and a poll that does not see what was done before the wake. `tests/loom.rs` runs this very
//! file in every order that two threads can have, so it uses nothing but `primitives.rs`.

use std::mem;
use std::sync::PoisonError;

use crate::primitives::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Letters from any thread to one owner, who collects them, and sleeps when there are none.
#[derive(Debug)]
pub(crate) struct Mailbox<T> {
    letters: Mutex<Vec<T>>,
    /// There may be letters. Looked at in every turn, and cheaper than the lock.
    full: AtomicBool,
    /// The owner sleeps, or is about to: who brings a letter now must ring.
    asleep: AtomicBool,
}

/// Belongs to one task: its letter is in the mailbox already.
#[derive(Debug)]
pub(crate) struct Stamp(AtomicBool);

impl<T> Mailbox<T> {
    /// An empty one, whose owner is awake.
    pub(crate) fn new() -> Mailbox<T> {
        let (full, asleep) = (AtomicBool::new(false), AtomicBool::new(false));
        Mailbox { letters: Mutex::new(Vec::new()), full, asleep }
    }

    /// Brings a letter. A thousand of one task are one. True: the owner sleeps, and the caller has
    /// to ring.
    #[must_use]
    pub(crate) fn post(&self, stamp: &Stamp, letter: T) -> bool {
        // Release, also when the letter is there already: what we did before the wake is seen by
        // the poll that it brings.
        if stamp.0.swap(true, Ordering::AcqRel) {
            return false;
        }
        let mut letters = self.letters();
        letters.push(letter);
        self.full.store(true, Ordering::Release);
        drop(letters);
        // One ring is enough for all who come before the owner is up.
        self.asleep.swap(false, Ordering::AcqRel)
    }

    /// To be asked before a sleep. False: there is a letter, and no time to sleep.
    #[must_use]
    pub(crate) fn may_sleep(&self) -> bool {
        // First the flag, then the look. Whoever has the lock before us is seen by the look; whoever
        // has it after us sees the flag. An exchange, as theirs is: so all of them are in one order,
        // and none of an earlier letter can come after it with an older value.
        self.asleep.swap(true, Ordering::AcqRel);
        let empty = self.letters().is_empty();
        if !empty {
            self.woke();
        }
        empty
    }

    /// To be said after a sleep. Somebody may ring all the same, once: they had seen us asleep.
    pub(crate) fn woke(&self) {
        self.asleep.store(false, Ordering::Release);
    }

    /// Moves all letters to `into`, which must be empty; its memory is used for the next ones.
    pub(crate) fn collect(&self, into: &mut Vec<T>) {
        if self.full.load(Ordering::Acquire) {
            let mut letters = self.letters();
            self.full.store(false, Ordering::Relaxed);
            mem::swap(&mut *letters, into);
        }
    }

    /// A list of letters is whole whoever panicked beside it.
    fn letters(&self) -> MutexGuard<'_, Vec<T>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stamp {
    /// No letter is under way.
    pub(crate) fn new() -> Stamp {
        Stamp(AtomicBool::new(false))
    }

    /// To be called for each letter collected, before its task is polled: a wake from now on brings
    /// another. Acquire: see [`Mailbox::post`].
    pub(crate) fn clear(&self) {
        self.0.swap(false, Ordering::AcqRel);
    }

    /// For the next task. Nobody else may have it.
    pub(crate) fn renew(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
