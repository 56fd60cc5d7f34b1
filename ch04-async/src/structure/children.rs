//! Many futures in one task, of which only those are polled that were woken.
//!
//! A task has one waker. If a thousand futures in it share that one, a wake-up says only that *some*
//! of them can go on, and all are polled to find out which: a thousand ends cost a million polls. So
//! each child gets a waker of its own, which notes the child's number and then wakes the task. It is
//! the runtime's ready queue once more, in small.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::budget;

/// Futures that run side by side in the task that owns this, and end with it.
///
/// To be polled in one runtime only. What waits in another one is not woken here; and as only those are polled that
/// were woken, a socket among them could not even say so.
pub struct Children<F: Future> {
    /// By number, in the order in which they were added.
    running: BTreeMap<usize, Child<F>>,
    added: usize,
    /// Taken from `calls`, and still to be polled.
    turn: VecDeque<usize>,
    calls: Arc<Calls>,
}

struct Child<F> {
    future: Pin<Box<F>>,
    name: Arc<Name>,
    /// The same, as the standard library's type.
    waker: Waker,
}

/// What a child's waker holds. It may outlive the child, and be used from any thread.
struct Name {
    number: usize,
    called: AtomicBool,
    calls: Arc<Calls>,
}

/// Children that were woken, and the task to tell.
#[derive(Default)]
struct Calls(Mutex<Called>);

#[derive(Default)]
struct Called {
    numbers: VecDeque<usize>,
    /// Absent once it was told: it need not hear it twice before it looks.
    parent: Option<Waker>,
}

impl<F: Future> Children<F> {
    /// None yet.
    #[must_use]
    pub fn new() -> Children<F> {
        let (running, turn, calls) = (BTreeMap::new(), VecDeque::new(), Arc::default());
        Children { running, added: 0, turn, calls }
    }

    /// One more; it is polled when [`next`](Children::next) is. Returns its number: the first one's
    /// is 0.
    pub fn push(&mut self, future: F) -> usize {
        let number = self.added;
        self.added += 1;
        let (called, calls) = (AtomicBool::new(false), Arc::clone(&self.calls));
        let name = Arc::new(Name { number, called, calls });
        let waker = Waker::from(Arc::clone(&name));
        waker.wake_by_ref();
        self.running.insert(number, Child { future: Box::pin(future), name, waker });
        number
    }

    /// Waits for the next one that ends: its number, and what it gave. `None` when none is left.
    /// Dropped while it waits, it loses nothing.
    pub async fn next(&mut self) -> Option<(usize, F::Output)> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same for who polls by hand.
    pub fn poll_next(&mut self, context: &Context<'_>) -> Poll<Option<(usize, F::Output)>> {
        self.calls.listen(context.waker(), &mut self.turn);
        if self.running.is_empty() {
            return Poll::Ready(None);
        }
        // Those who are woken from here on wait for the next turn: a child that is always ready
        // does not keep the thread.
        while let Some(&number) = self.turn.front() {
            if budget::is_spent() {
                // Each child would be polled only to say that it must wait. With all of them ready,
                // that would be every child in every turn.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.turn.pop_front();
            let Some(child) = self.running.get_mut(&number) else { continue };
            child.name.called.swap(false, Ordering::AcqRel);
            let mut context = Context::from_waker(&child.waker);
            if let Poll::Ready(output) = child.future.as_mut().poll(&mut context) {
                self.running.remove(&number);
                return Poll::Ready(Some((number, output)));
            }
        }
        Poll::Pending
    }

    /// How many have not ended.
    #[must_use]
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Those that have not ended, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &F> {
        self.running.values().map(|child| &*child.future)
    }

    /// Whether all have ended.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Those that have not ended, with their numbers. They can be awaited elsewhere, and go on where
    /// they were.
    #[must_use]
    pub fn into_pending(self) -> Vec<(usize, Pin<Box<F>>)> {
        self.running.into_iter().map(|(number, child)| (number, child.future)).collect()
    }
}

/// Runs the futures side by side, and gives what they give in the order in which they end: asyncio's
/// `as_completed`. For a time limit, await [`next`](Children::next) with one, and ask
/// [`into_pending`](Children::into_pending) for what is left.
pub fn as_completed<F: Future>(futures: impl IntoIterator<Item = F>) -> Children<F> {
    futures.into_iter().collect()
}

impl<F: Future> FromIterator<F> for Children<F> {
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Children<F> {
        let mut children = Children::new();
        for future in futures {
            children.push(future);
        }
        children
    }
}

impl<F: Future> Default for Children<F> {
    fn default() -> Children<F> {
        Children::new()
    }
}

impl<F: Future> fmt::Debug for Children<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("running", &self.len()).finish_non_exhaustive()
    }
}

impl Calls {
    /// Moves those who were woken to the end of `turn`, and `parent` is who hears of the next.
    fn listen(&self, parent: &Waker, turn: &mut VecDeque<usize>) {
        let mut called = self.lock();
        turn.append(&mut called.numbers);
        let stale = match &called.parent {
            Some(kept) if kept.will_wake(parent) => None,
            _ => called.parent.replace(parent.clone()),
        };
        drop(called);
        drop(stale);
    }

    fn call(&self, number: usize) {
        let mut called = self.lock();
        called.numbers.push_back(number);
        let parent = called.parent.take();
        // Unlocked first: a waker is foreign code.
        drop(called);
        parent.into_iter().for_each(Waker::wake);
    }

    /// A list of numbers is whole whoever panicked beside it.
    fn lock(&self) -> MutexGuard<'_, Called> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.called.swap(true, Ordering::AcqRel) {
            self.calls.call(self.number);
        }
    }
}
