//! A future by hand.
//!
//! The future below is ready when it was polled often enough. Until then it says that it is not, and nobody will ever
//! ask it again: a future that has to wait must see to it that it is polled once more.
//!
//! Write its `poll`. Each time that it is not ready, it asks to be polled again at once.
//!
//! Hint: the context has a waker.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use ch04_async::{Runtime, timeout};

/// Ready at the poll after so many.
struct Countdown(u32);

impl Future for Countdown {
    type Output = &'static str;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        // SOLUTION
        if self.0 == 0 {
            return Poll::Ready("lift-off");
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
        // START
        // let _ = context;
        // if self.0 == 0 {
        //     return Poll::Ready("lift-off");
        // }
        // self.0 -= 1;
        // Poll::Pending
        // END
    }
}

#[test]
fn it_asks_to_be_polled_again_each_time_that_it_is_not_ready() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(Arc::clone(&count));
    let mut future = pin!(Countdown(3));
    for polls in 1..=3 {
        assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(count.0.load(Ordering::Relaxed), polls, "woken after {polls} polls");
    }
    let last = future.as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(last, Poll::Ready("lift-off"));
    assert_eq!(count.0.load(Ordering::Relaxed), 3, "who is ready needs no more polls");
}

#[test]
fn a_runtime_gets_to_its_end() {
    let runtime = Runtime::new().expect("a runtime");
    let said = runtime.block_on(timeout(Duration::from_secs(5), Countdown(100)));
    assert_eq!(said.expect("an end"), "lift-off");
}
