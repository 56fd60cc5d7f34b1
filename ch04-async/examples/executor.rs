//! Several tasks on one thread: a queue of those that are ready, and wakers that put them there.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

fn main() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let mut executor = Executor::default();
    for (name, turns) in [("anna", 3), ("ben", 1), ("cleo", 2)] {
        let log = Rc::clone(&log);
        executor.spawn(async move {
            for turn in 1..=turns {
                println!("{name}: turn {turn} of {turns}");
                log.borrow_mut().push(name);
                yield_now().await;
            }
            println!("{name}: done");
        });
    }
    let polls = executor.run();
    println!("all are done after {polls} polls");
    assert_eq!(*log.borrow(), ["anna", "ben", "cleo", "anna", "cleo", "anna"]);
    assert_eq!(polls, 3 + 1 + 2 + 3, "each turn, and one poll each to find the end");
}

type Task = Pin<Box<dyn Future<Output = ()>>>;
type Queue = Arc<Mutex<VecDeque<usize>>>;

/// The tasks, and the numbers of those that are ready.
#[derive(Default)]
struct Executor {
    tasks: Vec<Option<Task>>,
    ready: Queue,
}

impl Executor {
    fn spawn(&mut self, future: impl Future<Output = ()> + 'static) {
        self.ready.lock().expect("no panic").push_back(self.tasks.len());
        self.tasks.push(Some(Box::pin(future)));
    }

    /// Polls whoever is ready, until nobody is. Says how often.
    fn run(&mut self) -> usize {
        let mut polls = 0;
        while let Some(number) = self.next() {
            let Some(task) = &mut self.tasks[number] else { continue };
            let waker = Waker::from(Arc::new(Name { number, ready: Arc::clone(&self.ready) }));
            polls += 1;
            if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                self.tasks[number] = None;
            }
        }
        polls
    }

    fn next(&self) -> Option<usize> {
        // Nobody ready: a real one would sleep here, until a socket or a timer wakes a task.
        self.ready.lock().expect("no panic").pop_front()
    }
}

/// A waker is no more than this: a task's number, and the queue to put it in.
struct Name {
    number: usize,
    ready: Queue,
}

impl Wake for Name {
    fn wake(self: Arc<Self>) {
        self.ready.lock().expect("no panic").push_back(self.number);
    }
}

/// Gives the thread away once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
