//! The peers are what the ladder is measured against, so they have to be right too. One whose runtime is not
//! installed says how to get it, and is not tested.

#![cfg(target_os = "linux")]

use std::process::Command;

use bench::peers::{C_EPOLL, PEERS, Peer, Process};
use ladder::Protocol;
use ladder::client::{Client, Noise, PATIENCE};

/// More than the buffers of both sockets hold, however they grow, and those of asyncio.
const LARGE_BYTES: u64 = 64 << 20;

/// The echo peers that can be started here, started.
fn started() -> Vec<(&'static str, Process)> {
    let echo = PEERS.iter().filter(|peer| peer.protocol == Protocol::Echo);
    let start = |peer: &Peer| match peer.command() {
        Ok(command) => Some((peer.name, Process::spawn(command).expect("it listens"))),
        Err(absent) => {
            eprintln!("{}: {absent:#}", peer.name);
            assert!(peer.name != C_EPOLL && format!("{absent:#}").contains("get it by"));
            None
        }
    };
    echo.filter_map(start).collect()
}

#[test]
fn each_keeps_what_a_client_does_not_take_and_serves_others_meanwhile() {
    for (name, peer) in started() {
        let connect = || Client::connect_narrow(peer.addr(), Protocol::Echo, PATIENCE);
        let (mut deaf, mut other) = (connect().expect("room"), connect().expect("room"));
        let noise = Noise(7);
        let sent = deaf.fill(noise, LARGE_BYTES).expect("taken until the buffers are full");
        assert!(sent < LARGE_BYTES, "{name} reads on from a client that does not");
        other.exchange(b"small").expect("an echo beside it");
        deaf.half_close().expect("connected");
        deaf.expect_noise(noise, sent).expect("every byte, in order");
        deaf.expect_eof().expect("and then its end");
    }
}

#[test]
fn each_serves_many_and_survives_those_who_leave() {
    for (name, peer) in started() {
        for round in 0..3 {
            let connect = |_| Client::connect(peer.addr(), Protocol::Echo, PATIENCE).expect("room");
            let mut clients: Vec<Client> = (0..100).map(connect).collect();
            for (number, client) in clients.iter_mut().enumerate() {
                let message = format!("{round} {number}");
                client
                    .exchange(message.as_bytes())
                    .unwrap_or_else(|error| panic!("{name}: {error}"));
            }
        }
        peer.stop().expect("it was alive to the end");
    }
}

/// It becomes nginx from the program of the bench, which this test is not.
#[test]
fn nginx_answers_the_greeting_and_is_not_asked_for_more() {
    if PEERS.iter().all(|peer| peer.name != "peer/nginx" || peer.command().is_err()) {
        return;
    }
    let quick = ["http", "peer/nginx", "--request", "get,post", "--depth", "1,16"];
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(quick)
        .args(["--rounds", "1", "--seconds", "0.1", "--connections", "8"])
        // In the table a sentence may go over two lines.
        .args(["--json", "-"])
        .output()
        .expect("the bench");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.matches("answers GET / only").count(), 2, "{said}");
}
