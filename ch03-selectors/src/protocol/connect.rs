//! A connection that we begin.
//!
//! A connect that does not wait is over when the socket is writable, and how it went is kept in
//! `SO_ERROR` (connect(2)). A name may have several addresses: they are tried in order, each when
//! the one before has failed. The result is one callback, and the way there is this file: a loop
//! that had to be turned inside out, because there is a wait in the middle of it.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::rc::Rc;

use socket2::{Domain, SockAddr, Socket, Type};

use ladder::socket;

use super::transport::Transport;
use super::{Protocol, stream::ByteStream};
use crate::event_loop::{Deferred, EventLoop, Promise};

/// What must be known to go on after a wait.
struct Attempt {
    left: VecDeque<SocketAddr>,
    protocol: Box<dyn Protocol>,
    promise: Promise<io::Result<Transport>>,
}

impl EventLoop {
    /// Connects to the first of `addrs` that answers. The protocol hears of it first, then the
    /// result is there.
    ///
    /// The error is that of the last address; `InvalidInput` if there was none. How long a silent
    /// one keeps us is the kernel's affair: minutes, often.
    #[must_use = "the result says whether there is a connection"]
    pub fn create_connection(
        &self,
        addrs: &[SocketAddr],
        protocol: impl Protocol + 'static,
    ) -> Deferred<io::Result<Transport>> {
        let (promise, deferred) = self.deferred();
        let left = addrs.iter().copied().collect();
        let nowhere = io::Error::new(ErrorKind::InvalidInput, "no address to connect to");
        next(self, Attempt { left, protocol: Box::new(protocol), promise }, nowhere);
        deferred
    }

    /// Connects to a Unix socket. That takes no time: its queue has room, or the error is
    /// `WouldBlock`.
    ///
    /// # Errors
    ///
    /// What connect(2) said.
    pub fn create_unix_connection(
        &self,
        path: &Path,
        protocol: impl Protocol + 'static,
    ) -> io::Result<Transport> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.connect(&SockAddr::unix(path)?)?;
        Ok(self.start(Rc::new(UnixStream::from(socket)), Box::new(protocol)))
    }

    /// Puts a protocol onto a stream that is connected already: of a `socketpair`, say.
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    pub fn connect_accepted(
        &self,
        stream: UnixStream,
        protocol: impl Protocol + 'static,
    ) -> io::Result<Transport> {
        stream.set_nonblocking(true)?;
        Ok(self.start(Rc::new(stream), Box::new(protocol)))
    }
}

/// Tries the next address; without one, `error` is the result.
fn next(event_loop: &EventLoop, mut attempt: Attempt, mut error: io::Error) {
    while let Some(addr) = attempt.left.pop_front() {
        match begin(addr) {
            Ok(stream) => return wait(event_loop, attempt, stream, addr),
            Err(failed) => error = explain(&failed, addr),
        }
    }
    attempt.promise.keep(Err(error));
}

fn begin(addr: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&addr.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        // Begun; or over already, as some systems do it on the loopback. Writable, then.
        _ => Ok(socket.into()),
    }
}

fn wait(event_loop: &EventLoop, attempt: Attempt, stream: TcpStream, addr: SocketAddr) {
    let stream = Rc::new(stream);
    let mut pending = Some((attempt, Rc::clone(&stream)));
    let watched = event_loop.add_writer(&stream, move |event_loop| {
        let Some((attempt, stream)) = pending.take() else { return };
        let outcome = match stream.take_error() {
            Ok(None) => match stream.peer_addr() {
                // Writable, no error, and no peer: it is not over yet.
                Err(error) if error.kind() == ErrorKind::NotConnected => {
                    pending = Some((attempt, stream));
                    return;
                }
                _ => Ok(()),
            },
            Ok(Some(error)) | Err(error) => Err(error),
        };
        event_loop.remove_writer(&stream);
        match outcome {
            Ok(()) => connected(event_loop, attempt, stream),
            Err(error) => next(event_loop, attempt, explain(&error, addr)),
        }
    });
    // The attempt is in the callback, and went with it: whoever waits hears that nothing will come.
    // Only a selector without memory comes here.
    drop(watched);
}

fn connected(event_loop: &EventLoop, attempt: Attempt, stream: Rc<TcpStream>) {
    // It fails for a peer that is gone already. The first read will say so.
    let _ = socket::tune(&*stream);
    let transport = event_loop.start(stream as Rc<dyn ByteStream>, attempt.protocol);
    attempt.promise.keep(Ok(transport));
}

fn explain(error: &io::Error, addr: SocketAddr) -> io::Error {
    io::Error::new(error.kind(), format!("connecting to {addr}: {error}"))
}

impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("left", &self.left).finish_non_exhaustive()
    }
}
