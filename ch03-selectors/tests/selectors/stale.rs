//! Numbers and places that are given to somebody else.

use std::io::Write;
use std::rc::Rc;

use ch03_selectors::slots::Slots;

use super::*;

pub(crate) fn a_number_that_was_closed_and_reused_reports_its_new_owner_alone(
    selector: &Rc<dyn Selector>,
) {
    let trigger = triggers(selector)[0];
    let (stream, _peer) = pair();
    drop(readable(selector, stream, trigger));
    // The kernel gives out the lowest free number.
    let (stream, mut peer) = pair();
    let _registered =
        Registration::new(selector, stream, watch(token(9), Interest::READABLE, trigger))
            .expect("taken");
    peer.write_all(b"x").expect("room");
    let tokens: Vec<Token> = select(selector, PATIENCE).iter().map(|event| event.token).collect();
    assert_eq!(tokens, [token(9)]);
}

/// A wait names two. What is done for the first ends the second, whose descriptor's number and place
/// in the table a third one gets; the second event comes after that.
pub(crate) fn an_event_for_somebody_who_left_in_the_same_wait_finds_nobody(
    selector: &Rc<dyn Selector>,
) {
    let trigger = triggers(selector)[0];
    let mut slots = Slots::default();
    let enter = |slots: &mut Slots<_>, stream| {
        let made = slots.try_insert(|token| {
            Registration::new(selector, stream, watch(token, Interest::READABLE, trigger))
        });
        made.expect("registered")
    };
    let (mut peers, mut tokens) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let (stream, mut peer) = pair();
        peer.write_all(b"x").expect("room");
        tokens.push(enter(&mut slots, stream));
        peers.push(peer);
    }
    let events = select(selector, PATIENCE);
    assert_eq!(events.len(), 2);
    let (first, second) = (events[0].token, events[1].token);

    assert!(slots.get_mut(first).is_some());
    drop(slots.remove(second));
    let (stream, _silent) = pair();
    let third = enter(&mut slots, stream);
    assert_eq!(third.index, second.index, "the place is reused");

    assert!(slots.get_mut(second).is_none(), "nobody is under the old name");
    drop(slots.remove(first));
    assert_eq!(select(selector, GLANCE), [], "and the third one has nothing to say");
}
