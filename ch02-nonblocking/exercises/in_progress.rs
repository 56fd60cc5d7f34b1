//! Connected, or only over?
//!
//! A connect that does not block says that it is in progress. It is over when the socket becomes writable, and that
//! is not yet good news: a refused socket is writable, too. The `finish` below takes the end for success.
//!
//! Let it return the connection only if there is one, and otherwise the error that says why not.
//!
//! Hint: `TcpStream::take_error` reads `SO_ERROR`. Whoever takes an error takes it away, so take it once.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

/// How long a test waits for a handshake over the loopback.
const PATIENCE: Timespec = Timespec { tv_sec: 10, tv_nsec: 0 };

/// Begins to connect, and does not wait.
fn begin(addr: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&addr.into()) {
        Err(error) if error.raw_os_error() != Some(Errno::INPROGRESS.raw_os_error()) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// Waits for the end of the handshake, and says how it went.
fn finish(stream: TcpStream) -> io::Result<TcpStream> {
    let mut socket = [PollFd::new(&stream, PollFlags::OUT)];
    if poll(&mut socket, Some(&PATIENCE))? == 0 {
        return Err(ErrorKind::TimedOut.into());
    }
    // SOLUTION
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    // START
    // END
    Ok(stream)
}

#[test]
fn a_port_that_answers_is_connected() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let stream = begin(addr).and_then(finish).expect("somebody listens");
    assert_eq!(stream.peer_addr().expect("connected"), addr);
}

#[test]
fn a_port_that_refuses_is_an_error() {
    // Bound, so that nobody else can take the port; not listening, so that it refuses.
    let closed = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a descriptor");
    closed.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a free port");
    let addr = closed.local_addr().expect("bound").as_socket().expect("an IPv4 address");
    let refused = begin(addr).and_then(finish).map(|stream| stream.peer_addr().is_ok());
    assert_eq!(refused.map_err(|error| error.kind()), Err(ErrorKind::ConnectionRefused));
}
