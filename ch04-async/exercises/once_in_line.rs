//! A thousand wake-ups are one poll.
//!
//! The executor below keeps a queue of those who were woken. A task that is woken a thousand times before its turn
//! stands in it a thousand times, and is polled as often, nearly always in vain.
//!
//! Let a task be in the queue once at most. But mind the other side: one that is woken *while* it is polled must be
//! polled again. A flag that is lowered at the wrong moment loses that wake-up, and the task sleeps for ever.
//!
//! Hint: a flag in `Name` says that it is in the queue. When is it not in the queue any more?

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
// SOLUTION
use std::sync::atomic::{AtomicBool, Ordering};
// START
// END

type Queue = Arc<Mutex<VecDeque<usize>>>;
type Task = Pin<Box<dyn Future<Output = ()>>>;

/// What a waker holds of its task.
struct Name {
    number: usize,
    queue: Queue,
    // SOLUTION
    queued: AtomicBool,
    // START
    // END
}

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        // SOLUTION
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        // START
        // END
        self.queue.lock().expect("nobody panics under it").push_back(self.number);
    }
}

#[derive(Default)]
struct Executor {
    tasks: Vec<(Arc<Name>, Task)>,
    queue: Queue,
    polls: usize,
}

impl Executor {
    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        let (number, queue) = (self.tasks.len(), Arc::clone(&self.queue));
        // SOLUTION
        let name = Arc::new(Name { number, queue, queued: AtomicBool::new(false) });
        // START
        // let name = Arc::new(Name { number, queue });
        // END
        Arc::clone(&name).wake();
        self.tasks.push((name, Box::pin(future)));
    }

    /// Polls those who were woken, until nobody is.
    fn run(&mut self) {
        loop {
            let next = self.queue.lock().expect("nobody panics under it").pop_front();
            let Some(number) = next else { break };
            let (name, future) = &mut self.tasks[number];
            // SOLUTION
            // Before the poll: who wakes it from now on has seen something that the poll may not see.
            name.queued.store(false, Ordering::Release);
            // START
            // END
            let waker = Waker::from(Arc::clone(name));
            self.polls += 1;
            assert!(self.polls < 10_000, "polled ten thousand times");
            // Done or not: no task of these tests is woken after its end.
            let _done = future.as_mut().poll(&mut Context::from_waker(&waker));
        }
    }
}

/// A task that waits for its waker to be called from outside, and where it leaves it.
fn sleeper(executor: &mut Executor) -> Rc<RefCell<Option<Waker>>> {
    let left = Rc::new(RefCell::new(None));
    let here = Rc::clone(&left);
    executor.spawn(poll_fn(move |context| {
        *here.borrow_mut() = Some(context.waker().clone());
        Poll::Pending
    }));
    executor.run();
    left
}

#[test]
fn a_thousand_wake_ups_are_one_poll() {
    let mut executor = Executor::default();
    let waker = sleeper(&mut executor).take().expect("it left its waker");
    assert_eq!(executor.polls, 1, "the first one");
    for _ in 0..1000 {
        waker.wake_by_ref();
    }
    executor.run();
    assert_eq!(executor.polls, 2, "and one more");
}

#[test]
fn who_was_woken_before_can_be_woken_again() {
    let mut executor = Executor::default();
    let waker = sleeper(&mut executor).take().expect("it left its waker");
    for polls in 2..10 {
        waker.wake_by_ref();
        executor.run();
        assert_eq!(executor.polls, polls);
    }
}

#[test]
fn who_is_woken_while_it_is_polled_is_polled_again() {
    let mut executor = Executor::default();
    let mut left = 3;
    executor.spawn(poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }));
    executor.run();
    assert_eq!(executor.polls, 4);
}
