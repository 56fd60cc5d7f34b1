//! The peers are what the ladder is measured against, so they have to be right too.

#![cfg(target_os = "linux")]

use std::process::Command;

use bench::peers::{Process, build_c_epoll};
use ladder::Protocol;
use ladder::client::{Client, Noise, PATIENCE};

/// More than the buffers of both sockets hold, however they grow.
const LARGE_BYTES: u64 = 64 << 20;

fn peer() -> Process {
    let program = build_c_epoll().expect("a C compiler");
    Process::spawn(Command::new(program)).expect("it listens")
}

#[test]
fn the_loop_in_c_keeps_what_a_client_does_not_take_and_serves_others_meanwhile() {
    let peer = peer();
    let connect = || Client::connect_narrow(peer.addr(), Protocol::Echo, PATIENCE);
    let (mut deaf, mut other) = (connect().expect("room"), connect().expect("room"));
    let noise = Noise(7);
    let sent = deaf.fill(noise, LARGE_BYTES).expect("taken until the buffers are full");
    assert!(sent < LARGE_BYTES, "it reads on from a client that does not");
    other.exchange(b"small").expect("an echo beside it");
    deaf.half_close().expect("connected");
    deaf.expect_noise(noise, sent).expect("every byte, in order");
    deaf.expect_eof().expect("and then its end");
}

#[test]
fn the_loop_in_c_serves_many_and_survives_those_who_leave() {
    let peer = peer();
    for round in 0..3 {
        let connect = |_| Client::connect(peer.addr(), Protocol::Echo, PATIENCE).expect("room");
        let mut clients: Vec<Client> = (0..100).map(connect).collect();
        for (number, client) in clients.iter_mut().enumerate() {
            let message = format!("{round} {number}");
            client.exchange(message.as_bytes()).expect("an echo");
        }
    }
    peer.stop().expect("it was alive to the end");
}
