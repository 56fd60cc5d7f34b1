//! A server that outlives its clients.
//!
//! The server below serves one client after the other, and it works as long as all of them are polite. One that
//! leaves by a reset ends it for everybody. This is the most common fault of small servers, and nothing but a
//! rude client finds it.
//!
//! Mend it: one client's error ends one connection, and is counted. An error of the listener still ends the
//! server, because then there is nobody left to serve.
//!
//! Hint: look for the two question marks. One of them is right.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{self, Receiver};
use std::thread;

use ch01_blocking::echo::echo;
use ladder::Protocol;
use ladder::client::{Client, PATIENCE};

/// What a server has to tell at its end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    served: usize,
    lost: usize,
}

/// Serves so many clients, one after the other.
fn serve(listener: &TcpListener, clients: usize) -> io::Result<Tally> {
    let mut tally = Tally::default();
    for _ in 0..clients {
        let (stream, _) = listener.accept()?;
        let mut echoed = 0;
        // SOLUTION
        match echo(stream, &mut echoed) {
            Ok(()) => tally.served += 1,
            // This one is gone. The next one may be waiting already.
            Err(_) => tally.lost += 1,
        }
        // START
        // echo(stream, &mut echoed)?;
        // tally.served += 1;
        // END
    }
    Ok(tally)
}

/// A server for so many clients, and what will become of it.
fn started(clients: usize) -> (SocketAddr, Receiver<io::Result<Tally>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("its address");
    let (ended, end) = mpsc::channel();
    thread::spawn(move || ended.send(serve(&listener, clients)));
    (addr, end)
}

fn connected(addr: SocketAddr) -> Client {
    Client::connect(addr, Protocol::Echo, PATIENCE).expect("the server accepts")
}

#[test]
fn polite_clients_are_served_and_counted() {
    let (addr, end) = started(2);
    for _ in 0..2 {
        let mut client = connected(addr);
        client.exchange(b"hello").expect("an echo");
        client.half_close().expect("an open stream");
        client.expect_eof().expect("the server closes, too");
    }
    let tally = end.recv_timeout(PATIENCE).expect("an end").expect("no error");
    assert_eq!(tally, Tally { served: 2, lost: 0 });
}

#[test]
fn a_client_that_resets_ends_nobody_else() {
    let (addr, end) = started(2);
    let mut rude = connected(addr);
    rude.exchange(b"hello").expect("an echo");
    rude.reset().expect("a socket that can be told so");

    let mut polite = connected(addr);
    polite.exchange(b"still there?").expect("an echo after somebody else's reset");
    polite.half_close().expect("an open stream");
    let tally = end.recv_timeout(PATIENCE).expect("an end").expect("no error");
    assert_eq!(tally, Tally { served: 1, lost: 1 });
}
