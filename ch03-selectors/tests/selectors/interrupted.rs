//! EINTR: a wait that a signal ends.

use std::io::Write;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::*;

const SIGNALS: usize = 100;

/// No call of this kind is restarted after a signal, whatever its handler asked for (signal(7)). So
/// the wait ends, as if in vain; it must not be an error, and what comes then must be seen.
pub(crate) fn a_storm_of_signals_is_no_error_and_hides_nothing(selector: &Rc<dyn Selector>) {
    let handled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&handled);
    #[expect(unsafe_code, reason = "what runs in a handler must be async-signal-safe")]
    // SAFETY: adding to an atomic is (signal-safety(7)).
    let action = unsafe {
        signal_hook::low_level::register(signal_hook::consts::SIGUSR1, move || {
            counter.fetch_add(1, Ordering::SeqCst);
        })
    };
    let action = action.expect("a handler");

    let (stream, mut peer) = pair();
    let _registered = readable(selector, stream, triggers(selector)[0]);
    let (go, gone) = std::sync::mpsc::channel::<()>();
    let sleeper = Thread::current();
    let storm = thread::spawn(move || {
        gone.recv().expect("the sleeper is about to sleep");
        for signal in 1..=SIGNALS {
            sleeper.signal();
            // The next one only after this one was handled: signals that are pending coalesce.
            while handled.load(Ordering::SeqCst) < signal {
                thread::yield_now();
            }
        }
        peer.write_all(b"x").expect("room");
        peer
    });
    go.send(()).expect("the storm waits");
    let mut events = Vec::new();
    while events.is_empty() {
        selector.select(&mut events, Some(PATIENCE)).expect("a signal is no error");
    }
    assert_eq!(events[0].token, token(1));
    storm.join().expect("over");
    signal_hook::low_level::unregister(action);
}

/// A thread that can be signalled.
#[derive(Clone, Copy)]
struct Thread(libc::pthread_t);

// SAFETY: it only names a thread; on some systems by a pointer, which is never followed here.
#[expect(unsafe_code, reason = "a thread's name may be known to others")]
unsafe impl Send for Thread {}

impl Thread {
    #[expect(unsafe_code, reason = "a call of the C library")]
    fn current() -> Thread {
        // SAFETY: the call takes nothing and cannot fail (pthread_self(3)).
        Thread(unsafe { libc::pthread_self() })
    }

    #[expect(unsafe_code, reason = "a call of the C library")]
    fn signal(self) {
        // SAFETY: the thread is alive: it joins the one that calls this.
        let errno = unsafe { libc::pthread_kill(self.0, libc::SIGUSR1) };
        assert_eq!(errno, 0);
    }
}
