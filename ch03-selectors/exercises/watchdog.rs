//! A watchdog that can be calmed.
//!
//! A client that says nothing for a minute is let go. So whenever something is heard of it, a timer is set. The timers
//! below are set, and nobody takes back the one before. A client that talks all the time is let go all the same, a
//! minute after its first word. And each message leaves a timer on the loop.
//!
//! Keep one timer, and let the farewell take it back, too.
//!
//! Hint: `call_later` returns a handle.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::default_selector;
// SOLUTION
use ch03_selectors::event_loop::{EventLoop, Handle};
// START
// use ch03_selectors::event_loop::EventLoop;
// END

const SILENCE_MAX: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Watchdog {
    /// Whether the client was let go.
    has_bitten: Rc<Cell<bool>>,
    // SOLUTION
    timer: Option<Handle>,
    // START
    // END
}

impl Watchdog {
    /// The client said something.
    fn heard(&mut self, event_loop: &EventLoop) {
        // SOLUTION
        self.farewell();
        // START
        // END
        let has_bitten = Rc::clone(&self.has_bitten);
        // SOLUTION
        self.timer = Some(event_loop.call_later(SILENCE_MAX, move |_| has_bitten.set(true)));
        // START
        // event_loop.call_later(SILENCE_MAX, move |_| has_bitten.set(true));
        // END
    }

    /// The client has left by itself.
    fn farewell(&mut self) {
        // SOLUTION
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        // START
        // END
    }
}

/// A loop whose time passes when a test says so.
struct Scene {
    event_loop: EventLoop,
    now: Rc<Cell<Instant>>,
}

impl Scene {
    fn new() -> Scene {
        let now = Rc::new(Cell::new(Instant::now()));
        let clock = Rc::clone(&now);
        let selector = default_selector().expect("a selector");
        let event_loop = EventLoop::with(selector, Rc::new(move || clock.get()));
        Scene { event_loop: event_loop.expect("a loop"), now }
    }

    /// Some time passes, and who is due is called. Nobody sleeps: the stop is ready.
    fn pass(&self, seconds: u64) {
        self.now.set(self.now.get() + Duration::from_secs(seconds));
        self.event_loop.call_soon(EventLoop::stop);
        self.event_loop.run_forever().expect("the selector works");
    }
}

#[test]
fn a_minute_of_silence_is_the_end() {
    let (scene, mut dog) = (Scene::new(), Watchdog::default());
    dog.heard(&scene.event_loop);
    scene.pass(59);
    assert!(!dog.has_bitten.get(), "too early");
    scene.pass(1);
    assert!(dog.has_bitten.get(), "a minute has passed");
}

#[test]
fn who_talks_may_stay() {
    let (scene, mut dog) = (Scene::new(), Watchdog::default());
    for _ in 0..10 {
        dog.heard(&scene.event_loop);
        scene.pass(50);
        assert!(!dog.has_bitten.get(), "fifty seconds after a word");
    }
    scene.pass(10);
    assert!(dog.has_bitten.get(), "a minute after the last word");
}

#[test]
fn a_thousand_messages_leave_one_timer() {
    let (scene, mut dog) = (Scene::new(), Watchdog::default());
    for _ in 0..1000 {
        dog.heard(&scene.event_loop);
    }
    assert_eq!(Rc::strong_count(&dog.has_bitten), 2, "the dog's own, and that of one timer");
}

#[test]
fn nobody_is_let_go_who_has_left() {
    let (scene, mut dog) = (Scene::new(), Watchdog::default());
    dog.heard(&scene.event_loop);
    dog.farewell();
    scene.pass(100);
    assert!(!dog.has_bitten.get(), "the place may be somebody else's by now");
}
