//! The least `block_on` that works: poll, sleep until somebody wakes us, and poll again.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

fn main() {
    let promise = Arc::new(Mutex::new(Promise::default()));
    let kept = Arc::clone(&promise);
    let worker = thread::spawn(move || {
        thread::sleep(Duration::from_millis(50));
        println!("worker: here is the answer");
        fulfil(&kept, 42);
    });
    println!("main:   waiting");
    let mut answer = Answer(Arc::clone(&promise));
    let got = block_on(&mut answer);
    println!("main:   got {got}");
    worker.join().expect("the worker is well");
    assert_eq!(got, 42);
    // Once at the start, and once when it was woken: nobody polls to see whether it is time.
    assert!(promise.lock().expect("no panic").polls >= 2);

    println!("main:   and if we poll it again?");
    let again = Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop()));
    assert!(again.is_pending(), "the answer was taken: this one would wait for ever");
    println!(
        "main:   it has nothing more to give. A future is asked until it is ready, and then no more"
    );
}

/// Sleeps the thread while the future waits.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            // An unpark that comes before it is not lost: the park returns at once.
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A value that comes later, and who waits for it.
#[derive(Default)]
struct Promise {
    value: Option<u32>,
    waker: Option<Waker>,
    polls: usize,
}

fn fulfil(promise: &Mutex<Promise>, value: u32) {
    let mut promise = promise.lock().expect("no panic");
    promise.value = Some(value);
    if let Some(waker) = promise.waker.take() {
        waker.wake();
    }
}

struct Answer(Arc<Mutex<Promise>>);

impl Future for Answer {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        // Under one lock: or the value could come between the look and the waker.
        let mut promise = self.0.lock().expect("no panic");
        promise.polls += 1;
        if let Some(value) = promise.value.take() {
            return Poll::Ready(value);
        }
        promise.waker = Some(context.waker().clone());
        Poll::Pending
    }
}
