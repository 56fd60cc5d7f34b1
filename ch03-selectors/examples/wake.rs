//! A loop that sleeps, woken by other threads: how long that takes, and what a thousand wake-ups cost
//! it. It is what `call_soon_threadsafe` stands on.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ch03_selectors::wake::wake_pair;
use ch03_selectors::{Token, Trigger, default_selector};

const WAKE: Token = Token { index: 0, generation: 0 };

/// How often the sleeper is woken; the median is shown.
const WAKES: usize = 101;

/// Threads that wake it all at once, and how often each.
const THREADS: usize = 4;
const AT_ONCE: usize = 1000;

/// The sleeper is asleep after that, more likely than not. Nothing hangs on it but the figure.
const FALLS_ASLEEP: Duration = Duration::from_millis(1);

fn main() -> io::Result<()> {
    let selector = default_selector()?;
    let (waker, receiver) = wake_pair(&selector, WAKE, Trigger::Level)?;
    let mut events = Vec::new();

    let (work, orders) = mpsc::channel();
    let other = waker.clone();
    let waking = thread::spawn(move || {
        for _ in 0..WAKES {
            thread::sleep(FALLS_ASLEEP);
            // First the work, then the wake-up: who is woken finds it.
            work.send(Instant::now()).expect("the sleeper lives");
            other.wake();
        }
    });
    let mut took = Vec::new();
    while took.len() < WAKES {
        selector.select(&mut events, None)?;
        // First the wake-up, then the work: what comes later rings again.
        receiver.clear();
        took.extend(orders.try_iter().map(|sent| sent.elapsed()));
    }
    waking.join().expect("woke");
    took.sort_unstable();
    println!("asleep in `select` without a timeout, and woken {WAKES} times by a thread");
    println!("  from the order to its sight: {:?}, the median", took[WAKES / 2]);

    let (work, orders) = mpsc::channel();
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let (work, waker) = (work.clone(), waker.clone());
            thread::spawn(move || {
                for number in 0..AT_ONCE {
                    work.send(number).expect("the sleeper lives");
                    waker.wake();
                }
            })
        })
        .collect();
    let (mut done, mut woken) = (0, 0);
    while done < THREADS * AT_ONCE {
        selector.select(&mut events, None)?;
        woken += 1;
        receiver.clear();
        done += orders.try_iter().count();
    }
    for thread in threads {
        thread.join().expect("woke");
    }
    println!("{THREADS} threads left {done} orders, and called `wake` for each");
    println!("  the sleeper was woken {woken} times, and none was lost");
    assert_eq!(done, THREADS * AT_ONCE);
    assert!(woken <= done, "a wake-up without an order");

    for _ in 0..AT_ONCE {
        waker.wake();
    }
    selector.select(&mut events, None)?;
    assert_eq!(events.len(), 1);
    receiver.clear();
    selector.select(&mut events, Some(Duration::ZERO))?;
    assert_eq!(events, []);
    println!(
        "{AT_ONCE} wake-ups while it was busy: one event, one system call to write it, one to read"
    );
    Ok(())
}
