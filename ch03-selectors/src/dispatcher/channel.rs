//! A dispatcher's socket, and what it may do with it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

use socket2::{Domain, Socket as RawSocket, Type};

use super::Dispatcher;
use crate::selector::Source;

/// A socket in one of its two trades.
#[derive(Debug)]
pub(crate) enum Socket {
    Listener(TcpListener),
    Stream(TcpStream),
}

impl Socket {
    pub(crate) fn set_nonblocking(&self) -> io::Result<()> {
        match self {
            Socket::Listener(listener) => listener.set_nonblocking(true),
            Socket::Stream(stream) => stream.set_nonblocking(true),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Listener(listener) => listener.as_fd(),
            Socket::Stream(stream) => stream.as_fd(),
        }
    }
}

// SAFETY: one of two owners of one descriptor, and `&self` cannot make it the other one.
#[expect(unsafe_code, reason = "the promise of `Source`")]
unsafe impl Source for Socket {}

/// Somebody who is to be taken into the map after this call.
pub(crate) struct Newcomer {
    pub(crate) socket: Socket,
    /// Its connect is under way.
    pub(crate) connecting: bool,
    pub(crate) dispatcher: Box<dyn Dispatcher>,
}

/// A dispatcher's own socket, during one of its calls.
pub struct Channel<'a> {
    pub(crate) socket: &'a Socket,
    pub(crate) newcomers: &'a mut Vec<Newcomer>,
    pub(crate) ended: &'a mut bool,
    pub(crate) closed: &'a mut bool,
}

impl Channel<'_> {
    /// Reads what is there. 0 at the end of the peer's side, of which
    /// [`Dispatcher::handle_close`] hears next.
    ///
    /// # Errors
    ///
    /// What recv(2) said. `WouldBlock` is one of them: it came to nothing, and is no end.
    pub fn recv(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = retry(|| self.stream()?.read(buffer))?;
        *self.ended |= read == 0 && !buffer.is_empty();
        Ok(read)
    }

    /// Writes what there is room for, which may be less than all, or nothing.
    ///
    /// # Errors
    ///
    /// What send(2) said, other than `WouldBlock`.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match retry(|| self.stream()?.write(bytes)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
            sent => sent,
        }
    }

    /// Closes the socket after this call. Only [`Dispatcher::handle_closed`] comes after it.
    pub fn close(&mut self) {
        *self.closed = true;
    }

    /// Takes somebody with a connected stream into the map.
    pub fn add(&mut self, stream: TcpStream, dispatcher: impl Dispatcher + 'static) {
        let (socket, dispatcher) = (Socket::Stream(stream), Box::new(dispatcher));
        self.newcomers.push(Newcomer { socket, connecting: false, dispatcher });
    }

    /// Begins a connection to `addr`, and takes whoever it is for into the map.
    ///
    /// # Errors
    ///
    /// What socket(2) said, and what connect(2) said at once.
    pub fn connect(
        &mut self,
        addr: SocketAddr,
        dispatcher: impl Dispatcher + 'static,
    ) -> io::Result<()> {
        let socket = Socket::Stream(begin_to_connect(addr)?);
        self.newcomers.push(Newcomer {
            socket,
            connecting: true,
            dispatcher: Box::new(dispatcher),
        });
        Ok(())
    }

    fn stream(&self) -> io::Result<&TcpStream> {
        match &self.socket {
            Socket::Stream(stream) => Ok(stream),
            Socket::Listener(_) => Err(ErrorKind::NotConnected.into()),
        }
    }
}

/// A connect takes a round trip, so it can only be begun (connect(2), EINPROGRESS).
pub(crate) fn begin_to_connect(addr: SocketAddr) -> io::Result<TcpStream> {
    let socket = RawSocket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&addr.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(socket.into()),
    }
}

fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}
