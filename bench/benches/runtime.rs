//! What a runtime's own operations cost: ours, and tokio on its current thread, in one run.
//!
//! No socket and no client: tasks that spawn, yield, wake and set timers. One iteration is one
//! operation. `cargo bench -p bench --bench runtime -- yield` runs one group.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::hint::black_box;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};

/// Tasks that take turns, and timers that are pending meanwhile: as many as a busy server has.
const TASKS: u64 = 1000;
const TIMERS: usize = 100_000;

/// A runtime, and what differs in how it is asked.
trait Subject {
    const NAME: &'static str;
    fn block_on<T>(future: impl Future<Output = T>) -> T;
    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64>;
    fn yield_now() -> impl Future<Output = ()> + Send;
    fn sleep(duration: Duration) -> impl Future<Output = ()>;
}

struct Ours;

impl Subject for Ours {
    const NAME: &'static str = "ch04";

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        ch04_async::Runtime::new().expect("a runtime").block_on(future)
    }

    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = ch04_async::spawn(future);
        async { task.await.expect("no panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        ch04_async::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> {
        ch04_async::sleep(duration)
    }
}

struct Tokio;

impl Subject for Tokio {
    const NAME: &'static str = "tokio";

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        // A spawned future runs where tasks do; the one of `block_on` would pay for coming back.
        builder.enable_all().build().expect("a runtime").block_on(future)
    }

    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = tokio::spawn(future);
        async { task.await.expect("no panic") }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(duration)
    }
}

fn spawn_and_join<S: Subject>(iterations: u64) -> Duration {
    S::block_on(async {
        let start = Instant::now();
        let tasks: Vec<_> = (0..iterations).map(|number| S::spawn(async move { number })).collect();
        for task in tasks {
            black_box(task.await);
        }
        start.elapsed()
    })
}

fn spawn_then_await<S: Subject>(iterations: u64) -> Duration {
    S::block_on(async {
        let start = Instant::now();
        for number in 0..iterations {
            black_box(S::spawn(async move { number }).await);
        }
        start.elapsed()
    })
}

fn yields<S: Subject>(iterations: u64) -> Duration {
    S::block_on(async {
        let each = iterations / TASKS + 1;
        let start = Instant::now();
        let turns = |_| {
            S::spawn(async move {
                for _ in 0..each {
                    S::yield_now().await;
                }
                each
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(turns).collect();
        for task in tasks {
            black_box(task.await);
        }
        start.elapsed().mul_f64(iterations as f64 / (each * TASKS) as f64)
    })
}

fn wakes_from_a_thread<S: Subject>(iterations: u64) -> Duration {
    let (sender, wakers) = mpsc::channel::<Waker>();
    let waking = thread::spawn(move || wakers.into_iter().for_each(Waker::wake));
    let took = S::block_on(async move {
        let start = Instant::now();
        for _ in 0..iterations {
            let mut asked = false;
            poll_fn(|context| {
                if std::mem::replace(&mut asked, true) {
                    return Poll::Ready(());
                }
                sender.send(context.waker().clone()).expect("the thread waits");
                Poll::Pending
            })
            .await;
        }
        start.elapsed()
    });
    waking.join().expect("no panic");
    took
}

/// Sets a timer and drops it, among many that are pending: a timeout that was not needed.
fn timers<S: Subject>(iterations: u64) -> Duration {
    S::block_on(async {
        let hour = Duration::from_secs(3600);
        let pending: Rc<RefCell<Vec<Pin<Box<_>>>>> = Rc::default();
        for number in 0..TIMERS {
            let mut sleep = Box::pin(S::sleep(hour + Duration::from_micros(number as u64)));
            set(sleep.as_mut()).await;
            pending.borrow_mut().push(sleep);
        }
        let start = Instant::now();
        for number in 0..iterations {
            let sleep =
                std::pin::pin!(S::sleep(hour + Duration::from_micros(number * 7919 % 100_000)));
            set(sleep).await;
        }
        start.elapsed()
    })
}

async fn set(mut sleep: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|context| {
        assert!(sleep.as_mut().poll(context).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// Does so many operations, and says how long they took.
type Case = fn(u64) -> Duration;

fn compare(criterion: &mut Criterion) {
    let cases: [(&str, Case, Case); 5] = [
        ("spawn and join", spawn_and_join::<Ours>, spawn_and_join::<Tokio>),
        ("spawn then await", spawn_then_await::<Ours>, spawn_then_await::<Tokio>),
        ("yield among 1000", yields::<Ours>, yields::<Tokio>),
        ("wake across threads", wakes_from_a_thread::<Ours>, wakes_from_a_thread::<Tokio>),
        ("timer among 100000", timers::<Ours>, timers::<Tokio>),
    ];
    for (name, ours, tokio) in cases {
        let mut group = criterion.benchmark_group(name);
        group.bench_function(Ours::NAME, |bencher| bencher.iter_custom(ours));
        group.bench_function(Tokio::NAME, |bencher| bencher.iter_custom(tokio));
        group.finish();
    }
}

criterion_group! {
    name = runtime;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    targets = compare
}
criterion_main!(runtime);
