//! One at once, and a value that only that one can reach: asyncio's `Lock`.
//!
//! A semaphore with one permit, and the value beside it. asyncio's lock stands beside what it
//! protects, and it is up to the program to take it first. Here the guard is the only way in.
//!
//! A task that ends by a panic while it holds the lock gives it back like any other: there is no
//! poison. What the next one finds is what was left.

use std::cell::{RefCell, RefMut};
use std::fmt;
use std::ops::{Deref, DerefMut};

use super::semaphore::{Permit, Semaphore};

/// A value that one task at a time may use, also across its awaits.
pub struct Mutex<T: ?Sized> {
    turn: Semaphore,
    value: RefCell<T>,
}

impl<T> Mutex<T> {
    /// A mutex that nobody holds.
    #[must_use]
    pub fn new(value: T) -> Mutex<T> {
        Mutex { turn: Semaphore::new(1), value: RefCell::new(value) }
    }

    /// The value. Nobody can be in line: they would borrow the mutex.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits for its turn. The lock is held until the guard is dropped.
    ///
    /// A task that locks what it holds already waits for itself, for ever.
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        let turn = self.turn.acquire().await;
        self.guard(turn)
    }

    /// The guard, if nobody holds the lock and nobody is in line for it.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        self.turn.try_acquire().map(|turn| self.guard(turn))
    }

    /// Whether somebody holds the lock, or was just given it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.turn.permits() == 0
    }

    /// The value, without a wait: nobody else can have the mutex.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    fn guard<'m>(&'m self, turn: Permit<&'m Semaphore>) -> MutexGuard<'m, T> {
        // Cannot fail: the other borrows ended with their guards, and we have the only turn.
        MutexGuard { value: self.value.borrow_mut(), mutex: self, _turn: turn }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Mutex<T> {
        Mutex::new(T::default())
    }
}

impl<T: ?Sized> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").field("locked", &self.is_locked()).finish_non_exhaustive()
    }
}

/// The value of a [`Mutex`], and the right to use it.
#[must_use = "dropped at once, it unlocks at once"]
pub struct MutexGuard<'m, T: ?Sized> {
    // Fields are dropped in this order: the borrow ends before the next task is woken.
    value: RefMut<'m, T>,
    mutex: &'m Mutex<T>,
    _turn: Permit<&'m Semaphore>,
}

impl<'m, T: ?Sized> MutexGuard<'m, T> {
    /// The mutex that this guard locks.
    #[must_use]
    pub fn mutex(guard: &MutexGuard<'m, T>) -> &'m Mutex<T> {
        guard.mutex
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
