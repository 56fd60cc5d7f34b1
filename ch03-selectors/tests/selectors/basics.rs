//! Register, modify, unregister, select.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use super::*;

pub(crate) fn input_is_reported_under_its_token_by_every_trigger(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, mut peer) = pair();
        let _registered = readable(selector, stream, trigger);
        peer.write_all(b"x").expect("room");
        let events = select(selector, PATIENCE);
        let [event] = &events[..] else { panic!("one event, not {events:?}") };
        assert_eq!((event.token, event.readable, event.writable), (token(1), true, false));
    }
}

pub(crate) fn level_repeats_what_the_others_say_once(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, mut peer) = pair();
        let _registered = readable(selector, stream, trigger);
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        let again = select(selector, GLANCE).len();
        assert_eq!(again, usize::from(trigger == Trigger::Level), "{trigger:?}: unread input");
    }
}

pub(crate) fn an_edge_comes_again_with_new_input(selector: &Rc<dyn Selector>) {
    if !selector.supports(Trigger::Edge) {
        return;
    }
    let (stream, mut peer) = pair();
    let mut registered = readable(selector, stream, Trigger::Edge);
    for _ in 0..3 {
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1);
        let mut buffer = [0; 8];
        assert_eq!(registered.read(&mut buffer).expect("input"), 1);
        let drained = registered.read(&mut buffer).expect_err("drained");
        assert_eq!(drained.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(select(selector, GLANCE), []);
    }
}

pub(crate) fn writability_is_reported_only_to_those_who_ask(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (one, _peer_of_one) = pair();
    let (two, _peer_of_two) = pair();
    let _silent = readable(selector, one, trigger);
    let _asking = Registration::new(selector, two, watch(token(2), Interest::WRITABLE, trigger));
    let events = select(selector, PATIENCE);
    let [event] = &events[..] else { panic!("one event, not {events:?}") };
    assert_eq!((event.token, event.readable, event.writable), (token(2), false, true));
}

pub(crate) fn interest_can_be_changed(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    let registered = readable(selector, stream, trigger);
    assert_eq!(select(selector, GLANCE), []);
    registered.set_interest(Interest::BOTH).expect("changed");
    assert!(select(selector, PATIENCE)[0].writable);
    registered.set_interest(Interest::READABLE).expect("changed back");
    assert_eq!(select(selector, GLANCE), []);
}

pub(crate) fn a_change_reports_what_is_ready_now(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, mut peer) = pair();
        let registered = readable(selector, stream, trigger);
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        // Nothing changes but the name, and nothing was read.
        registered.modify(Watch { token: token(7), ..registered.watch() }).expect("renamed");
        let events = select(selector, PATIENCE);
        assert_eq!(events[0].token, token(7), "{trigger:?}: {events:?}");
        registered.rearm().expect("asked again");
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
    }
}

pub(crate) fn the_trigger_can_be_changed(selector: &Rc<dyn Selector>) {
    let triggers = triggers(selector);
    let (stream, mut peer) = pair();
    let registered = readable(selector, stream, triggers[0]);
    peer.write_all(b"x").expect("room");
    for trigger in triggers.iter().chain(&triggers).rev() {
        registered.modify(Watch { trigger: *trigger, ..registered.watch() }).expect("changed");
        assert_eq!(select(selector, PATIENCE).len(), 1, "{trigger:?}");
        let again = select(selector, GLANCE).len();
        assert_eq!(again, usize::from(*trigger == Trigger::Level), "{trigger:?}");
    }
}

pub(crate) fn a_dropped_registration_is_never_reported_again(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, mut peer) = pair();
    // A second descriptor of the same socket: epoll(7) goes on reporting a closed descriptor while
    // another one is open, unless it was taken out.
    let other = stream.try_clone().expect("a second descriptor");
    let registered = readable(selector, stream, trigger);
    drop(registered);
    peer.write_all(b"x").expect("room");
    assert_eq!(select(selector, GLANCE), []);
    drop(other);
}

pub(crate) fn an_end_of_input_is_readable_and_says_so(selector: &Rc<dyn Selector>) {
    for trigger in triggers(selector) {
        let (stream, peer) = pair();
        let mut registered = readable(selector, stream, trigger);
        drop(peer);
        let events = select(selector, PATIENCE);
        assert!(events[0].readable && events[0].exceptional, "{trigger:?}: {events:?}");
        assert_eq!(registered.read(&mut [0; 8]).expect("an end"), 0);
    }
}

pub(crate) fn registering_twice_is_an_error(selector: &Rc<dyn Selector>) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    let registered = readable(selector, stream, trigger);
    // The same descriptor again, by a borrow: only an unsafe call can ask for it.
    #[expect(unsafe_code, reason = "the raw call is what is tested")]
    // SAFETY: `registered` keeps the descriptor open for the rest of this test.
    let again = unsafe {
        selector.register(registered.source().as_fd(), watch(token(2), Interest::READABLE, trigger))
    };
    assert_eq!(again.expect_err("refused").kind(), io::ErrorKind::AlreadyExists);
}

pub(crate) fn what_is_not_registered_cannot_be_changed_or_taken_out(selector: &Rc<dyn Selector>) {
    let (stream, _peer) = pair();
    let trigger = triggers(selector)[0];
    let changed = selector.modify(stream.as_fd(), watch(token(1), Interest::READABLE, trigger));
    assert_eq!(changed.expect_err("refused").kind(), io::ErrorKind::NotFound);
    let taken_out = selector.unregister(stream.as_fd());
    assert_eq!(taken_out.expect_err("refused").kind(), io::ErrorKind::NotFound);
}

pub(crate) fn an_unsupported_trigger_is_an_error(selector: &Rc<dyn Selector>) {
    for trigger in Trigger::ALL {
        let (stream, _peer) = pair();
        let made =
            Registration::new(selector, stream, watch(token(1), Interest::READABLE, trigger));
        match made {
            Ok(_) => assert!(selector.supports(trigger), "{trigger:?}"),
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::Unsupported, "{trigger:?}");
                assert!(!selector.supports(trigger), "{trigger:?}");
            }
        }
    }
}

/// More of them than one call may bring: the rest come with the next, by every trigger.
pub(crate) fn two_hundred_that_are_ready_are_all_reported(selector: &Rc<dyn Selector>) {
    const PAIRS: u32 = 200;
    for trigger in triggers(selector) {
        let pairs: Vec<_> = (0..PAIRS)
            .map(|number| {
                let (stream, mut peer) = pair();
                peer.write_all(b"x").expect("room");
                let watch = watch(token(number), Interest::READABLE, trigger);
                (Registration::new(selector, stream, watch).expect("registered"), peer)
            })
            .collect();
        let mut seen = vec![false; pairs.len()];
        while seen.contains(&false) {
            let events = select(selector, PATIENCE);
            assert!(!events.is_empty(), "{trigger:?}: {seen:?}");
            for event in events {
                seen[event.token.index as usize] = true;
            }
        }
    }
}

/// Regular files are always ready, so epoll refuses them (`epoll_ctl(2)`, EPERM) and poll reports
/// them at once (poll(2)). Either way the caller hears of it.
#[test]
fn a_regular_file_is_refused_or_ready_but_never_waited_for() {
    for selector in [
        Rc::new(ch03_selectors::poll::Poll::default()) as Rc<dyn Selector>,
        ch03_selectors::default_selector().expect("a selector"),
    ] {
        let file: OwnedFd = File::open("Cargo.toml").expect("the manifest").into();
        let made =
            Registration::new(&selector, file, watch(token(1), Interest::READABLE, Trigger::Level));
        match made {
            Ok(_registered) => assert!(select(&selector, PATIENCE)[0].readable),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
        }
    }
}
