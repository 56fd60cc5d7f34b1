//! One wait names two clients; serving the first ends the second, and a third one gets its place. The
//! second event is for somebody who is gone.
//!
//! The server of this file trusts an event: it says that the input has ended, so the client is closed.
//! Under a name that is only a place, it closes the wrong one.

use std::io::Write;
use std::net::Shutdown;

use ch03_selectors::slots::Slots;
use ch03_selectors::{Registration, default_selector};

use super::*;

type Client = Registration<UnixStream>;

/// Whether the third client survives the event that was for the second.
fn newcomer_survives(with_generation: bool) -> bool {
    let selector = default_selector().expect("a selector");
    let mut clients: Slots<Client> = Slots::default();
    let enter = |clients: &mut Slots<Client>, stream| {
        let entered = clients.try_insert(|token| {
            // Without a generation, the place is all that the selector is told.
            let token = if with_generation { token } else { Token { generation: 0, ..token } };
            let watch = Watch { token, interest: Interest::READABLE, trigger: Trigger::Level };
            Registration::new(&selector, stream, watch)
        });
        entered.expect("registered")
    };
    let (first, mut peer_of_first) = pair();
    let (second, peer_of_second) = pair();
    enter(&mut clients, first);
    let name_of_second = enter(&mut clients, second);

    // A word from the first, which means: throw the second one out. And the second has hung up.
    peer_of_first.write_all(b"kick").expect("room");
    peer_of_second.shutdown(Shutdown::Both).expect("connected");
    let events = select(&selector, PATIENCE);
    assert_eq!(events.len(), 2, "both in one wait");

    // The first event is served: the second leaves, and a third comes to its place.
    drop(clients.remove(name_of_second));
    let (third, _peer_of_third) = pair();
    let newcomer = enter(&mut clients, third);
    assert_eq!(newcomer.index, name_of_second.index, "the place is reused");

    // The second event says that its input has ended.
    let event = events.iter().find(|event| event.token.index == newcomer.index).expect("of two");
    let found = if with_generation {
        event.token
    } else {
        // Who looks by place alone, finds who is there now.
        newcomer
    };
    clients.remove(found);
    clients.get_mut(newcomer).is_some()
}

#[test]
fn by_place_alone_a_late_event_closes_the_newcomer() {
    assert!(!newcomer_survives(false));
}

#[test]
fn with_a_generation_a_late_event_finds_nobody() {
    assert!(newcomer_survives(true));
}
