//! How long a wait is.

use std::io::Write;
use std::rc::Rc;
use std::thread;
use std::time::Instant;

use super::*;

/// Not earlier: whoever waits for a moment would ask again until it has come, with shorter and
/// shorter timeouts, and with a timeout rounded down to 0 that is a spin.
pub(crate) fn a_wait_with_nothing_ready_takes_its_whole_timeout(selector: &Rc<dyn Selector>) {
    let (stream, _peer) = pair();
    let _registered = readable(selector, stream, triggers(selector)[0]);
    // Those that count in milliseconds or microseconds must round up.
    for nanos in [1, 999, 1_001, 999_999, 1_000_001, 1_500_000, 5_000_000] {
        let asked = Duration::from_nanos(nanos);
        let start = Instant::now();
        assert_eq!(select(selector, asked), []);
        let took = start.elapsed();
        assert!(took >= asked, "{asked:?} were over after {took:?}");
    }
}

pub(crate) fn no_time_at_all_is_a_look(selector: &Rc<dyn Selector>) {
    let (stream, mut peer) = pair();
    let _registered = readable(selector, stream, triggers(selector)[0]);
    assert_eq!(select(selector, GLANCE), []);
    peer.write_all(b"x").expect("room");
    assert_eq!(select(selector, GLANCE).len(), 1, "what is ready is found without waiting");
}

pub(crate) fn the_longest_timeout_is_no_error_and_ends_with_an_event(selector: &Rc<dyn Selector>) {
    let (stream, mut peer) = pair();
    let mut registered = readable(selector, stream, triggers(selector)[0]);
    let long =
        [Duration::MAX, Duration::from_secs(u64::from(u32::MAX)), Duration::from_secs(1 << 40)];
    for timeout in long {
        let mut writer = peer.try_clone().expect("a second descriptor");
        let writing = thread::spawn(move || writer.write_all(b"x").expect("room"));
        assert_eq!(select(selector, timeout).len(), 1, "{timeout:?}");
        writing.join().expect("wrote");
        std::io::Read::read(&mut registered, &mut [0; 8]).expect("input");
    }
    peer.write_all(b"x").expect("room");
    let mut events = Vec::new();
    selector.select(&mut events, None).expect("a wait");
    assert_eq!(events.len(), 1);
}
