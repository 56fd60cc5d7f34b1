//! Putting waits for room, getting waits for an item.
//!
//! Two semaphores and a store. A permit of `room` is the right to put, a permit of `items` the right
//! to take; each put turns one of the first into one of the second, and each get turns it back. So
//! order and cancellation are the semaphores' business: an item leaves the store in the same poll in
//! which its taker has it, and there is no moment at which it could be lost.
//!
//! An item that was promised to a waiter is in the store still, but no longer free: nobody else can
//! get it, and [`Queue::len`] does not count it.
//!
//! Closing needs no third list either. It adds one permit on each side that nobody keeps: who finds
//! the store empty, or the queue closed, gives it back, and so wakes the next.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

use crate::sync::{Permit, Semaphore};

use super::order::{Fifo, Lifo, Order, Priority};
use super::unfinished::{DoneTooOften, Unfinished};

/// Places of a queue without a bound. Half of what can be counted: closing adds one.
const UNBOUNDED: usize = usize::MAX / 2;

/// A queue between tasks of one runtime; first in, first out unless `O` says otherwise.
#[derive(Debug)]
pub struct Queue<T, O: Order<T> = Fifo<T>> {
    store: RefCell<O>,
    items: Semaphore,
    room: Semaphore,
    unfinished: Unfinished,
    closed: Cell<bool>,
    of: PhantomData<T>,
}

/// The least item first.
pub type PriorityQueue<T> = Queue<T, Priority<T>>;

/// The newest item first.
pub type LifoQueue<T> = Queue<T, Lifo<T>>;

impl<T, O: Order<T>> Queue<T, O> {
    /// A queue for at most so many items: who puts one more waits. That is back-pressure: a fast
    /// producer is slowed down to the pace of its consumers.
    ///
    /// # Panics
    ///
    /// When `items_max` is zero, which nothing could be put into. (asyncio means no bound by it.)
    #[must_use]
    pub fn bounded(items_max: usize) -> Queue<T, O> {
        assert!(items_max > 0, "a queue without a place");
        Queue {
            store: RefCell::default(),
            items: Semaphore::new(0),
            room: Semaphore::new(items_max),
            unfinished: Unfinished::default(),
            closed: Cell::new(false),
            of: PhantomData,
        }
    }

    /// A queue that takes all there is, until memory ends.
    #[must_use]
    pub fn unbounded() -> Queue<T, O> {
        Queue::bounded(UNBOUNDED)
    }

    /// Waits for room, and puts the item in. Dropped while it waits, it drops the item: who wants to
    /// keep it waits for a place first, by [`reserve`](Queue::reserve).
    ///
    /// # Errors
    ///
    /// The item, when the queue is closed.
    pub async fn put(&self, item: T) -> Result<(), Closed<T>> {
        match self.reserve().await {
            Ok(place) => place.put(item),
            Err(Closed(())) => Err(Closed(item)),
        }
    }

    /// Waits for room, and keeps it for one item. Dropping the place gives it to the next.
    ///
    /// # Errors
    ///
    /// When the queue is closed.
    pub async fn reserve(&self) -> Result<Place<'_, T, O>, Closed<()>> {
        let permit = self.room.acquire().await;
        if self.is_closed() {
            return Err(Closed(()));
        }
        Ok(Place { queue: self, permit })
    }

    /// Puts the item in, if there is room and nobody waits for it: asyncio's `put_nowait`.
    ///
    /// # Errors
    ///
    /// The item, and why not.
    pub fn try_put(&self, item: T) -> Result<(), TryPutError<T>> {
        if self.is_closed() {
            return Err(TryPutError::Closed(item));
        }
        let Some(permit) = self.room.try_acquire() else { return Err(TryPutError::Full(item)) };
        let put = Place { queue: self, permit }.put(item);
        put.map_err(|Closed(item)| TryPutError::Closed(item))
    }

    /// Waits for an item, and takes it. Dropped while it waits, it loses none.
    ///
    /// # Errors
    ///
    /// When the queue is closed and nothing is left in it.
    pub async fn get(&self) -> Result<T, Closed<()>> {
        let permit = self.items.acquire().await;
        self.take(permit).ok_or(Closed(()))
    }

    /// Takes an item, if there is one that was not promised to somebody who waits: asyncio's
    /// `get_nowait`.
    ///
    /// # Errors
    ///
    /// When there is none now, or never will be.
    pub fn try_get(&self) -> Result<T, TryGetError> {
        let taken = self.items.try_acquire().and_then(|permit| self.take(permit));
        let closed = self.is_closed();
        taken.ok_or(if closed { TryGetError::Closed } else { TryGetError::Empty })
    }

    /// Turns the right to an item into the item, and its place into room.
    fn take(&self, permit: Permit<&Semaphore>) -> Option<T> {
        // Only a closed queue has a permit more than items; it goes on to the next.
        let item = self.store.borrow_mut().pop()?;
        permit.forget();
        self.room.release();
        Some(item)
    }

    /// To be called once for each item, when all that it was put in for is done.
    ///
    /// # Errors
    ///
    /// When all items were reported already. asyncio raises `ValueError`.
    pub fn task_done(&self) -> Result<(), DoneTooOften> {
        self.unfinished.done()
    }

    /// Waits until each item that was put in is reported done; not at all if none is open.
    pub async fn join(&self) {
        self.unfinished.join().await;
    }

    /// Items that are not reported done.
    #[must_use]
    pub fn unfinished(&self) -> usize {
        self.unfinished.count()
    }

    /// Lets nothing more in. What is in can still be got; who waits for more, or for room, is told.
    pub fn close(&self) {
        if !self.closed.replace(true) {
            self.items.release();
            self.room.release();
        }
    }

    /// Whether it was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// How many items could be got without waiting.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.permits().saturating_sub(usize::from(self.is_closed()))
    }

    /// Whether [`try_get`](Queue::try_get) would find none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether [`try_put`](Queue::try_put) would find no room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.room.permits() <= usize::from(self.is_closed())
    }
}

/// Room for one item.
#[must_use = "dropped, it is somebody else's"]
pub struct Place<'q, T, O: Order<T>> {
    queue: &'q Queue<T, O>,
    permit: Permit<&'q Semaphore>,
}

impl<T, O: Order<T>> Place<'_, T, O> {
    /// Puts the item in. It is the first consumer's from now on.
    ///
    /// # Errors
    ///
    /// The item, when the queue was closed since.
    pub fn put(self, item: T) -> Result<(), Closed<T>> {
        if self.queue.is_closed() {
            return Err(Closed(item));
        }
        self.permit.forget();
        self.queue.store.borrow_mut().push(item);
        self.queue.unfinished.add();
        self.queue.items.release();
        Ok(())
    }
}

impl<T, O: Order<T>> fmt::Debug for Place<'_, T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").finish_non_exhaustive()
    }
}

/// The queue is closed. What could not be put in comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed<T>(pub T);

/// Why [`Queue::try_put`] did not; the item comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryPutError<T> {
    /// No room, or others wait for it.
    Full(T),
    /// Nothing is let in any more.
    Closed(T),
}

/// Why [`Queue::try_get`] did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryGetError {
    /// No item, or those that are there are promised to others.
    Empty,
    /// No item, and none will come.
    Closed,
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is closed")
    }
}

impl<T> fmt::Display for TryPutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryPutError::Full(_) => "putting into a queue that is full",
            TryPutError::Closed(_) => "putting into a queue that is closed",
        })
    }
}

impl fmt::Display for TryGetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TryGetError::Empty => "getting from a queue that is empty",
            TryGetError::Closed => "getting from a queue that is closed and empty",
        })
    }
}

impl<T: fmt::Debug> Error for Closed<T> {}
impl<T: fmt::Debug> Error for TryPutError<T> {}
impl Error for TryGetError {}
