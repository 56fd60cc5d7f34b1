//! A light sleeper.
//!
//! A server that naps by `thread::sleep` does not hear a stop before the nap is over. With a condition variable a
//! nap can be ended. The one below is heard when it is asked during a nap, and misses the rest: a stop that came
//! just before the nap began is slept through, and a wake-up for no reason is taken for a stop.
//!
//! `nap` must say whether the stop was requested, at once if it was requested already, and must sleep on if somebody
//! woke it for something else. That happens without anybody, too: a condition variable may wake up spuriously.
//!
//! Hint: a wake-up says that it is worth looking. What is looked at is the flag, under the lock. How long the whole
//! nap may still last is to be worked out anew after each look; or look for a method of `Condvar` that does all this.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Stop {
    requested: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn request(&self) {
        *self.requested.lock().expect("nobody panics under it") = true;
        self.changed.notify_all();
    }

    /// Sleeps for so long, or until the stop is requested. Whether it is.
    fn nap(&self, time: Duration) -> bool {
        let requested = self.requested.lock().expect("nobody panics under it");
        // SOLUTION
        // Looks before it sleeps and after each wake-up, and keeps account of the time.
        let ended = self.changed.wait_timeout_while(requested, time, |requested| !*requested);
        *ended.expect("nobody panics under it").0
        // START
        // let ended = self.changed.wait_timeout(requested, time);
        // !ended.expect("nobody panics under it").1.timed_out()
        // END
    }
}

/// Short, because it is slept through.
const NAP: Duration = Duration::from_millis(50);

/// Longer than any test has patience for.
const LONG_NAP: Duration = Duration::from_secs(10);

#[test]
fn a_nap_lasts_its_time_and_is_no_stop() {
    let stop = Stop::default();
    let began = Instant::now();
    assert!(!stop.nap(NAP), "nobody has asked for a stop");
    assert!(began.elapsed() >= NAP);
}

#[test]
fn a_stop_before_the_nap_is_not_slept_through() {
    let stop = Stop::default();
    stop.request();
    assert!(stop.nap(NAP), "it was requested before");
    assert!(stop.nap(NAP), "and still is");
}

#[test]
fn a_stop_ends_a_nap() {
    let stop = Arc::new(Stop::default());
    let asking = Arc::clone(&stop);
    let asked = thread::spawn(move || asking.request());
    assert!(stop.nap(LONG_NAP), "whether it came before the nap or during it");
    asked.join().expect("no panic");
}

#[test]
fn a_wake_up_without_a_stop_ends_nothing() {
    let stop = Arc::new(Stop::default());
    let (waking, done) = (Arc::clone(&stop), Arc::new(Mutex::new(false)));
    let over = Arc::clone(&done);
    // Wakes again and again, so that one of these finds the sleeper asleep.
    let waker = thread::spawn(move || {
        while !*over.lock().expect("no panic") {
            waking.changed.notify_all();
            thread::yield_now();
        }
    });
    let began = Instant::now();
    let requested = stop.nap(NAP);
    let slept = began.elapsed();
    *done.lock().expect("no panic") = true;
    waker.join().expect("no panic");
    assert!(!requested, "somebody woke it, and nobody has asked for a stop");
    assert!(slept >= NAP, "only {slept:?} of {NAP:?}");
}
