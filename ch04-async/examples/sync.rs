//! asyncio's locks, each under contention: first come first served, and nobody who is cancelled takes
//! a turn with him.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use ch04_async::sync::{BoundedSemaphore, Condition, Event, Mutex, ReleasedTooOften, Semaphore};
use ch04_async::{JoinHandle, Runtime, spawn, yield_now};

/// What happened, in order.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    fn show(&self, title: &str, expected: &str) {
        let log = self.0.take().join(" ");
        println!("{title:<17} {log}");
        assert_eq!(log, expected);
    }
}

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        mutex().await;
        cancelled_in_line().await;
        event().await;
        condition().await;
        semaphore().await;
        bounded();
    });
}

/// A task for each name, started in this order.
fn each<F: Future<Output = ()> + 'static>(
    names: &[&'static str],
    act: impl Fn(&'static str) -> F,
) -> Vec<JoinHandle<()>> {
    names.iter().map(|name| spawn(act(name))).collect()
}

async fn all(tasks: Vec<JoinHandle<()>>) {
    for task in tasks {
        task.await.expect("no panic");
    }
}

async fn mutex() {
    let (mutex, log) = (Rc::new(Mutex::new(0)), Log::default());
    // Each wants it twice. Who has had it goes to the end of the line, however quickly it asks again.
    let users = each(&["a", "b", "c"], |name| {
        let (mutex, log) = (Rc::clone(&mutex), log.clone());
        async move {
            for _ in 0..2 {
                let mut count = mutex.lock().await;
                let seen = *count;
                yield_now().await; // the others run, and cannot get in
                *count = seen + 1;
                log.note(name);
            }
        }
    });
    all(users).await;
    log.show("Mutex:", "a b c a b c");
    assert_eq!(*mutex.lock().await, 6, "no update was lost");
}

async fn cancelled_in_line() {
    let (mutex, log) = (Rc::new(Mutex::new(())), Log::default());
    let held = mutex.lock().await;
    let users = each(&["a", "b", "c"], |name| {
        let (mutex, log) = (Rc::clone(&mutex), log.clone());
        async move {
            let _held = mutex.lock().await;
            log.note(name);
        }
    });
    yield_now().await;
    // The lock is a's now, and a is woken. Before it can run, it is aborted.
    drop(held);
    users[0].abort();
    for (number, user) in users.into_iter().enumerate() {
        assert_eq!(user.await.is_err(), number == 0);
    }
    log.show("a cancelled:", "b c");
}

async fn event() {
    let (event, log) = (Rc::new(Event::new()), Log::default());
    let waiter = |name: &'static str| {
        let (event, log) = (Rc::clone(&event), log.clone());
        async move {
            event.wait().await;
            log.note(name);
        }
    };
    let waiters = each(&["a", "b"], waiter);
    yield_now().await;
    log.note("set");
    event.set();
    all(waiters).await;
    waiter("late").await; // it has happened: nothing to wait for
    log.show("Event:", "set a b late");
}

async fn condition() {
    let (stock, changed, log) = (Rc::new(Mutex::new(0)), Rc::new(Condition::new()), Log::default());
    let buyers = each(&["a", "b", "c"], |name| {
        let (stock, changed, log) = (Rc::clone(&stock), Rc::clone(&changed), log.clone());
        async move {
            let stock = stock.lock().await;
            let mut stock = changed.wait_for(stock, |stock| *stock > 0).await;
            *stock -= 1;
            log.note(name);
        }
    });
    yield_now().await;
    for _ in 0..3 {
        *stock.lock().await += 1;
        log.note("+1");
        changed.notify(1);
        yield_now().await;
    }
    all(buyers).await;
    log.show("Condition:", "+1 a +1 b +1 c");
}

async fn semaphore() {
    let (semaphore, log) = (Rc::new(Semaphore::new(2)), Log::default());
    let users = each(&["a", "b", "c", "d"], |name| {
        let (semaphore, log) = (Rc::clone(&semaphore), log.clone());
        async move {
            let _permit = semaphore.acquire().await;
            log.note(format!("{name}("));
            yield_now().await;
            log.note(format!("){name}"));
        }
    });
    all(users).await;
    log.show("Semaphore of two:", "a( b( )a )b c( d( )c )d");
    assert_eq!(semaphore.permits(), 2);
}

fn bounded() {
    let bounded = BoundedSemaphore::new(1);
    bounded.try_acquire().expect("free").forget();
    assert_eq!(bounded.release(), Ok(()));
    assert_eq!(bounded.release(), Err(ReleasedTooOften));
    println!("BoundedSemaphore: {ReleasedTooOften}: an error");
}
