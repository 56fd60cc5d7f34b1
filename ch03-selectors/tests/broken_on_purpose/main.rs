//! Four ways to get a selector wrong. Each file holds a small program twice: with the fault, which is
//! seen to do harm, and repaired, which is not.

mod lost_wake_up;
mod stale_token;
mod unregister_forgotten;
mod writability_left_on;

use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::{Event, Interest, Selector, Token, Trigger, Watch};

/// Long enough for an event on any machine; it ends the moment one comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is ready at this moment. For a socket that lies there and waits, it is all there will be.
const GLANCE: Duration = Duration::ZERO;

fn pair() -> (UnixStream, UnixStream) {
    let (a, b) = UnixStream::pair().expect("a pair");
    a.set_nonblocking(true).expect("non-blocking");
    (a, b)
}

fn watch(index: u32, interest: Interest, trigger: Trigger) -> Watch {
    Watch { token: Token { index, generation: 0 }, interest, trigger }
}

fn select(selector: &Rc<dyn Selector>, timeout: Duration) -> Vec<Event> {
    let mut events = Vec::new();
    selector.select(&mut events, Some(timeout)).expect("a wait");
    events
}
