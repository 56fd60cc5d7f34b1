//! A connect that does not wait: `EINPROGRESS` at once, and the outcome later.
//!
//! The handshake takes a round trip, so a non-blocking connect can only begin it (connect(2)). It
//! is over when the socket is *writable*. That alone does not say how it went: a refused socket is
//! writable too. What went wrong, if anything, is kept in the socket's `SO_ERROR`.
//!
//! Three ports are tried: one that answers, one that refuses, and one that keeps us waiting.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

/// Nothing here takes long. The longest is one repeated SYN, which comes after a second
/// (RFC 6298, section 2), or after three.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long we look at a handshake before we call it a slow one.
const GLANCE: Duration = Duration::from_millis(100);

/// More connections than a queue for one could hold, whatever a system adds to the asked length.
const KNOCKS_MAX: usize = 64;

fn main() -> io::Result<()> {
    a_port_that_answers()?;
    a_port_that_refuses()?;
    a_port_that_keeps_us_waiting()
}

fn a_port_that_answers() -> io::Result<()> {
    println!("a port that answers");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut stream = begin(listener.local_addr()?)?;
    // The kernel finishes the handshake by itself: nobody has called accept yet.
    assert!(is_writable(&stream, PATIENCE)?, "the handshake ends");
    assert!(outcome(&stream)?.is_ok());
    println!("  writable, and SO_ERROR is empty: connected to {}", stream.peer_addr()?);

    let (mut accepted, _) = listener.accept()?;
    accepted.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"hello")?;
    let mut hello = [0; 5];
    accepted.read_exact(&mut hello)?;
    assert_eq!(&hello, b"hello");
    println!("  and a first message went through");
    Ok(())
}

fn a_port_that_refuses() -> io::Result<()> {
    println!("a port that refuses");
    // Bound, so that nobody else can take the port; not listening, so that it refuses.
    let closed = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    closed.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let addr = closed.local_addr()?.as_socket().expect("an IPv4 address");
    let stream = match begin(addr) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
            println!("  refused at once: some systems do not put off what they know already");
            return Ok(());
        }
        begun => begun?,
    };
    assert!(is_writable(&stream, PATIENCE)?, "a refusal is an end, too");
    let error = outcome(&stream)?.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    println!("  writable, and SO_ERROR is: {error}");
    // Whoever takes the error takes it away. An empty SO_ERROR alone proves nothing, either.
    assert!(outcome(&stream)?.is_ok());
    println!("  the second look finds SO_ERROR empty: the first one has taken it");
    let error = stream.peer_addr().expect_err("never connected");
    println!("  asked for its peer, the socket says: {error}");
    Ok(())
}

fn a_port_that_keeps_us_waiting() -> io::Result<()> {
    println!("a port that keeps us waiting");
    // A queue for one, and nobody accepts. When it is full, a SYN is dropped without an answer.
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    listener.listen(1)?;
    let listener = TcpListener::from(listener);
    listener.set_nonblocking(true)?;
    let addr = listener.local_addr()?;
    let mut queued = Vec::new();
    let slow = loop {
        let Ok((stream, _)) = begin_quietly(addr) else { break None };
        if !is_writable(&stream, GLANCE)? {
            break Some(stream);
        }
        queued.push(stream);
        if queued.len() == KNOCKS_MAX {
            break None;
        }
    };
    let Some(mut stream) = slow else {
        println!("  there is none: this system answers {} times without an accept", queued.len());
        return Ok(());
    };
    println!("  {} others fill its queue; for us nothing within {GLANCE:?}", queued.len());
    let error = stream.write(b"hello").expect_err("there is no connection to write to");
    println!("  a write meanwhile: {error}");
    // Nothing else to do in this program; a server would serve its other clients now.
    let began = Instant::now();
    let mut accepted = Vec::new();
    while !is_writable(&stream, GLANCE)? {
        assert!(began.elapsed() < PATIENCE, "the SYN is sent again, and now there is room");
        while let Ok((client, _)) = listener.accept() {
            accepted.push(client);
        }
    }
    assert!(outcome(&stream)?.is_ok());
    println!("  {} were accepted; connected after {:.1?} more", accepted.len(), began.elapsed());
    Ok(())
}

/// Begins to connect to `addr`, and tells of it.
fn begin(addr: SocketAddr) -> io::Result<TcpStream> {
    let began = Instant::now();
    let (stream, said) = begin_quietly(addr)?;
    println!("  connect came back after {:.0?}: {said}", began.elapsed());
    Ok(stream)
}

/// Begins to connect to `addr`. Also says what connect said.
fn begin_quietly(addr: SocketAddr) -> io::Result<(TcpStream, String)> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    let said = match socket.connect(&addr.into()) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => error.to_string(),
        Err(error) => return Err(error),
        // A system may finish at once what takes it no time. Linux never does.
        Ok(()) if cfg!(target_os = "linux") => {
            return Err(io::Error::other("connect waited for the handshake"));
        }
        Ok(()) => "connected".to_owned(),
    };
    Ok((socket.into(), said))
}

/// Waits until `stream` is writable. False when `timeout` ended first.
fn is_writable(stream: &TcpStream, timeout: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("a few seconds");
        match poll(&mut [PollFd::new(stream, PollFlags::OUT)], Some(&left)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// What SO_ERROR says of a connect that is over, and takes it away.
fn outcome(stream: &TcpStream) -> io::Result<io::Result<()>> {
    Ok(stream.take_error()?.map_or(Ok(()), Err))
}
