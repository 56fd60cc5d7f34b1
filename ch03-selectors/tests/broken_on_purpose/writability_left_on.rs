//! Interest in room for output, while there is no output: nearly every socket has room nearly always,
//! so the wait never waits.

use std::io::{ErrorKind, Read, Write};

use ch03_selectors::{Registration, default_selector};

use super::*;

/// Looks at a client that has nothing to say, after its one message was answered.
const LOOKS: usize = 100;

/// How many of the looks are wake-ups for nothing.
fn woken_for_nothing(only_while_pending: bool) -> usize {
    let selector = default_selector().expect("a selector");
    let (stream, mut client) = pair();
    let interest = if only_while_pending { Interest::READABLE } else { Interest::BOTH };
    let watch = watch(0, interest, Trigger::Level);
    let mut stream = Registration::new(&selector, stream, watch).expect("registered");

    client.write_all(b"x").expect("room");
    assert!(select(&selector, PATIENCE).iter().any(|event| event.readable));
    let mut buffer = [0; 8];
    let read = stream.read(&mut buffer).expect("input");
    stream.write_all(&buffer[..read]).expect("room");

    (0..LOOKS).filter(|_| !select(&selector, GLANCE).is_empty()).count()
}

#[test]
fn writability_left_on_wakes_in_every_look() {
    assert_eq!(woken_for_nothing(false), LOOKS);
}

#[test]
fn asked_for_only_while_output_is_pending_it_wakes_in_none() {
    assert_eq!(woken_for_nothing(true), 0);
}

/// It must not be left off, either: output that is pending needs it.
#[test]
fn pending_output_goes_out_when_there_is_room() {
    let selector = default_selector().expect("a selector");
    let (stream, mut client) = pair();
    let watch = watch(0, Interest::READABLE, Trigger::Level);
    let mut stream = Registration::new(&selector, stream, watch).expect("registered");
    let mut sent = 0;
    loop {
        match stream.write(&[b'x'; 4096]) {
            Ok(written) => sent += written,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    stream.set_interest(Interest::WRITABLE).expect("changed");
    assert_eq!(select(&selector, GLANCE), [], "there is no room");
    client.read_exact(&mut vec![0; sent]).expect("all of it");
    assert!(select(&selector, PATIENCE)[0].writable);
    stream.set_interest(Interest::READABLE).expect("changed back");
    assert_eq!(select(&selector, GLANCE), []);
}
