//! What the combinators promise: who is polled, in which order, and what becomes of the rest.

mod children;
mod groups;
#[path = "../stage/mod.rs"]
mod stage;
mod together;
mod waiting;

use std::cell::Cell;
use std::future::{Future, pending};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::{Clock, Runtime, sleep};

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs with a clock that jumps to the next timer, so that no test sleeps.
fn run<T>(future: impl Future<Output = T>) -> T {
    Runtime::builder().clock(Clock::paused()).build().expect("a runtime").block_on(future)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Gives `value` after so many seconds.
async fn after<T>(delay: u64, value: T) -> T {
    sleep(seconds(delay)).await;
    value
}

/// Counts how often it was dropped.
#[derive(Clone, Default)]
struct Drops(Rc<Cell<usize>>);

struct Guard(Drops);

impl Drops {
    fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn get(&self) -> usize {
        self.0.get()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

/// Waits for ever with a guard in hand.
async fn stay(drops: Drops) {
    let _guard = drops.guard();
    pending::<()>().await;
}

async fn async_ok<T, E>(future: impl Future<Output = T>) -> Result<T, E> {
    Ok(future.await)
}
