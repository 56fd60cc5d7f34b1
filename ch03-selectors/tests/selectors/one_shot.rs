//! Once, and then not again until it is armed anew.

use std::io::{Read, Write};
use std::rc::Rc;

use super::*;

fn has_none(selector: &Rc<dyn Selector>) -> bool {
    !selector.supports(Trigger::OneShot)
}

pub(crate) fn it_reports_once_until_it_is_armed_again(selector: &Rc<dyn Selector>) {
    if has_none(selector) {
        return;
    }
    let (stream, mut peer) = pair();
    let mut registered = readable(selector, stream, Trigger::OneShot);
    for _ in 0..3 {
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, PATIENCE).len(), 1);
        assert_eq!(registered.read(&mut [0; 8]).expect("input"), 1);
        peer.write_all(b"more").expect("room");
        assert_eq!(select(selector, GLANCE), [], "new input is no reason");
        registered.rearm().expect("armed");
        assert_eq!(select(selector, PATIENCE).len(), 1, "unread input is one");
        assert_eq!(registered.read(&mut [0; 8]).expect("input"), 4);
        registered.rearm().expect("armed");
        assert_eq!(select(selector, GLANCE), [], "nothing to read");
    }
}

pub(crate) fn it_is_spent_for_both_directions(selector: &Rc<dyn Selector>) {
    if has_none(selector) {
        return;
    }
    let (stream, mut peer) = pair();
    let watch = watch(token(1), Interest::BOTH, Trigger::OneShot);
    let registered = Registration::new(selector, stream, watch).expect("registered");
    for armed in 0..3 {
        let event = select(selector, PATIENCE)[0];
        assert_eq!((event.readable, event.writable), (armed > 0, true), "armed {armed} times");
        peer.write_all(b"x").expect("room");
        assert_eq!(select(selector, GLANCE), [], "the other direction is spent, too");
        registered.rearm().expect("armed");
    }
}

pub(crate) fn a_hang_up_waits_for_the_arming_too(selector: &Rc<dyn Selector>) {
    if has_none(selector) {
        return;
    }
    let (stream, mut peer) = pair();
    let registered = readable(selector, stream, Trigger::OneShot);
    peer.write_all(b"x").expect("room");
    assert_eq!(select(selector, PATIENCE).len(), 1);
    drop(peer);
    assert_eq!(select(selector, GLANCE), []);
    registered.rearm().expect("armed");
    let events = select(selector, PATIENCE);
    assert!(events[0].readable && events[0].exceptional, "{events:?}");
    // And it can be taken out in either state.
    drop(registered);
    assert_eq!(select(selector, GLANCE), []);
}

pub(crate) fn setting_the_same_interest_arms_it(selector: &Rc<dyn Selector>) {
    if has_none(selector) {
        return;
    }
    let (stream, mut peer) = pair();
    let registered = readable(selector, stream, Trigger::OneShot);
    peer.write_all(b"x").expect("room");
    for _ in 0..3 {
        assert_eq!(select(selector, PATIENCE).len(), 1);
        assert_eq!(select(selector, GLANCE), []);
        registered.set_interest(Interest::READABLE).expect("armed");
    }
}
