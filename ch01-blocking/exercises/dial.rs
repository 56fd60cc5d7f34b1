//! One address after the other.
//!
//! A name may have several addresses, and the first one need not be the one that answers. The client below gives
//! up after the first. Let it try them in order, and take the first connection it gets.
//!
//! When all have failed, the error must tell of each: its address, and what was wrong. `TcpStream::connect` takes a
//! list, too, but it keeps the last error alone, and that is often not the one that explains anything.
//!
//! Hint: collect a line for each failure. The kind of the error may be that of the last one.

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Socket, Type};

/// A connection to the first address that answers. `InvalidInput` when there is no address at all.
fn dial(addrs: &[SocketAddr]) -> io::Result<TcpStream> {
    // SOLUTION
    let mut kind = ErrorKind::InvalidInput;
    let mut failures = Vec::new();
    for addr in addrs {
        match TcpStream::connect(addr) {
            Ok(stream) => return Ok(stream),
            Err(error) => {
                kind = error.kind();
                failures.push(format!("{addr}: {error}"));
            }
        }
    }
    if failures.is_empty() {
        failures.push("no address to connect to".to_string());
    }
    Err(io::Error::new(kind, failures.join("; ")))
    // START
    // let first = addrs.first().ok_or(ErrorKind::InvalidInput)?;
    // TcpStream::connect(first)
    // END
}

/// A port that refuses: bound, so that nobody else can take it, and not listening.
fn refusing() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a descriptor");
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
    let addr = socket.local_addr().expect("bound").as_socket().expect("an IPv4 address");
    (socket, addr)
}

fn answering() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    (listener, addr)
}

#[test]
fn the_first_that_answers_is_taken() {
    let ((_closed, closed), (_open, open), (_later, later)) =
        (refusing(), answering(), answering());
    for addrs in [&[open, later][..], &[closed, open, later], &[closed, closed, open]] {
        let stream = dial(addrs).expect("one of them answers");
        assert_eq!(stream.peer_addr().expect("connected"), open);
    }
}

#[test]
fn the_error_tells_of_every_address() {
    let ((_one, one), (_two, two)) = (refusing(), refusing());
    let error = dial(&[one, two]).expect_err("nobody answers");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    for addr in [one, two] {
        assert!(error.to_string().contains(&addr.to_string()), "nothing of {addr} in: {error}");
    }
}

#[test]
fn no_address_is_an_error_of_its_own() {
    assert_eq!(dial(&[]).expect_err("no address").kind(), ErrorKind::InvalidInput);
}
