//! Edge triggering, and one read for each event: what is left has no event of its own.
//!
//! A client sends a request in one piece and waits for the whole answer before it sends more. So
//! there is no new edge, either: both wait, each for the other, for ever.

use std::io::{ErrorKind, Read, Write};

use ch03_selectors::{Registration, default_selector};

use super::*;

const REQUEST: &[u8] = b"a request of twenty-seven bytes";

/// A buffer that is smaller than the request.
const BUFFER_BYTES: usize = 8;

/// What the server has read when it has nothing more to do but to wait.
fn read_before_it_waits(drain: bool) -> usize {
    let selector = default_selector().expect("a selector");
    let (stream, mut client) = pair();
    let watch = watch(0, Interest::READABLE, Trigger::Edge);
    let mut stream = Registration::new(&selector, stream, watch).expect("registered");
    client.write_all(REQUEST).expect("room");

    let mut got = 0;
    let mut events = select(&selector, PATIENCE);
    while !events.is_empty() {
        loop {
            match stream.read(&mut [0; BUFFER_BYTES]) {
                Ok(read) => got += read,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
            if !drain {
                break;
            }
        }
        events = select(&selector, GLANCE);
    }
    got
}

#[test]
fn one_read_for_an_edge_leaves_the_rest_unread_for_ever() {
    assert_eq!(read_before_it_waits(false), BUFFER_BYTES);
}

#[test]
fn reading_until_would_block_leaves_nothing() {
    assert_eq!(read_before_it_waits(true), REQUEST.len());
}
