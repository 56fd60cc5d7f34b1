//! A blocking call stops every task; on the pool it stops nobody.
//!
//! The call is one that waits in the kernel, as a read of a file or a lookup would: it waits for a
//! ticker to tick five times. The ticker is another task. So the call ends well if others go on
//! meanwhile, and it ends by its limit if they do not.

use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::{Report, Runtime, sleep, spawn, spawn_blocking, task};

const TICK: Duration = Duration::from_millis(10);

/// When the call that stops all others gives up.
const SHORT: Duration = Duration::from_millis(300);

/// When the call on the pool would. It takes five ticks, if nothing is wrong.
const LONG: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let runtime = Runtime::builder()
        .debug(true)
        .on_report(move |report| told.borrow_mut().push(report.clone()))
        .build()?;
    runtime.block_on(async {
        on_the_loop(&reports).await?;
        on_the_pool().await?;
        woken_by_a_thread().await
    })
}

/// Blocks its thread until five ticks have come.
fn five_ticks(ticks: &Receiver<()>, limit: Duration) -> Result<usize, RecvTimeoutError> {
    let deadline = Instant::now() + limit;
    let left = || deadline.saturating_duration_since(Instant::now());
    (0..5).try_fold(0, |came, _| ticks.recv_timeout(left()).map(|()| came + 1))
}

/// A task that ticks until nobody listens.
fn ticker() -> Receiver<()> {
    let (tick, ticks) = mpsc::channel();
    spawn(async move {
        while tick.send(()).is_ok() {
            sleep(TICK).await;
        }
    });
    ticks
}

async fn on_the_loop(reports: &RefCell<Vec<Report>>) -> Result<(), Box<dyn Error>> {
    println!("five ticks, awaited by a call that blocks the loop");
    let ticks = ticker();
    let careless =
        task::Builder::new().name("careless").spawn(async move { five_ticks(&ticks, SHORT) });
    let outcome = careless.await?;
    println!("  {outcome:?}: the ticker did not get on");
    assert_eq!(outcome, Err(RecvTimeoutError::Timeout));
    let slow = |report: &&Report| matches!(report, Report::SlowPoll { .. });
    let reports = reports.borrow();
    let report = reports.iter().find(slow).ok_or("debug mode sees such polls")?;
    println!("  debug mode: {report}\n");
    assert_eq!(report.task().name(), Some("careless"));
    Ok(())
}

async fn on_the_pool() -> Result<(), Box<dyn Error>> {
    println!("the same call on the pool");
    let ticks = ticker();
    let loops = thread::current().id();
    let outcome = spawn_blocking(move || {
        let here = thread::current();
        println!("  on a thread of its own, {:?}", here.name().unwrap_or_default());
        assert_ne!(here.id(), loops);
        five_ticks(&ticks, LONG)
    });
    let outcome = outcome.await?;
    println!("  {outcome:?}: all ticks came\n");
    assert_eq!(outcome, Ok(5));
    Ok(())
}

/// What the pool does at the end of a job, any thread can do: a waker may be sent anywhere.
async fn woken_by_a_thread() -> Result<(), Box<dyn Error>> {
    println!("a thread wakes the loop, which has nothing to do and sleeps in the kernel");
    let (hand_over, handed) = mpsc::channel::<Waker>();
    let waking = thread::spawn(move || {
        let waker = handed.recv().expect("the task hands it over");
        thread::sleep(TICK);
        let when = Instant::now();
        waker.wake();
        when
    });
    let mut polls = 0;
    poll_fn(|context| {
        polls += 1;
        if polls == 2 {
            return Poll::Ready(());
        }
        hand_over.send(context.waker().clone()).expect("the thread waits for it");
        Poll::Pending
    })
    .await;
    let polled = Instant::now();
    let woken = waking.join().map_err(|_| "the thread panicked")?;
    println!("  polled again {} µs after the wake", polled.duration_since(woken).as_micros());
    assert!(polled >= woken);
    Ok(())
}
