//! TCP: a listener, and connections made by it or to it.

use std::io;
use std::net::{Shutdown, SocketAddr};

use ladder::socket::{self, AcceptError};

use crate::net::connect::connect;
use crate::net::lookup::Address;
use crate::reactor::Async;

/// A TCP connection. What is not here is with the standard library's, at
/// [`get_ref`](Async::get_ref).
pub type TcpStream = Async<std::net::TcpStream>;

/// A TCP socket that listens.
#[derive(Debug)]
pub struct TcpListener {
    listener: Async<std::net::TcpListener>,
}

impl TcpListener {
    /// Listens on the first address of `address` that can be bound. Port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// What the last of the addresses said.
    pub async fn bind(address: impl Address) -> io::Result<TcpListener> {
        let mut failed = nowhere();
        for addr in address.resolve().await? {
            match socket::listen(addr) {
                Ok(listener) => return TcpListener::from_std(listener),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Takes a listener that others have bound.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        listener.set_nonblocking(true)?;
        Ok(TcpListener { listener: Async::new(listener)? })
    }

    /// The next client and its address. Several tasks may wait for one; each client goes to one.
    /// A client that is gone before its connection could be set up is passed over.
    ///
    /// # Errors
    ///
    /// What accept(2) says, and that nothing is left to register a client with; see
    /// [`sort_accept_error`](socket::sort_accept_error).
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        loop {
            let (stream, addr) = self.listener.read_with(std::net::TcpListener::accept).await?;
            if let Some(stream) = set_up(stream)? {
                return Ok((stream, addr));
            }
        }
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.get_ref().local_addr()
    }
}

impl Async<std::net::TcpStream> {
    /// A connection to the first address of `address` that answers. They are tried one after the
    /// other, in the order of the lookup.
    ///
    /// # Errors
    ///
    /// What the last of the addresses said.
    pub async fn connect(address: impl Address) -> io::Result<TcpStream> {
        let mut failed = nowhere();
        for addr in address.resolve().await? {
            match connect::<std::net::TcpStream>(&addr.into()).await {
                Ok(stream) => {
                    socket::tune(stream.get_ref())?;
                    return Ok(stream);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Reads without taking: the same bytes come again. With none there, it waits as a read does.
    ///
    /// # Errors
    ///
    /// What recv(2) says.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|stream| stream.peek(buffer)).await
    }

    /// The other side's address.
    ///
    /// # Errors
    ///
    /// When the connection is gone, on some systems.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().peer_addr()
    }

    /// Our side's address.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }

    /// Ends a direction, or both. Tasks that wait on this socket are woken by it.
    ///
    /// # Errors
    ///
    /// `NotConnected` when the other side has ended everything already, on some systems.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.get_ref().shutdown(how)
    }
}

/// `None` for a client that is gone: macOS then refuses to set options (setsockopt(2), EINVAL). That
/// says nothing of the listener. What is short for everybody is the caller's to know.
fn set_up(stream: std::net::TcpStream) -> io::Result<Option<TcpStream>> {
    match TcpStream::from_accepted(stream) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if socket::sort_accept_error(&error) == AcceptError::Pause => Err(error),
        Err(_) => Ok(None),
    }
}

/// The outcome of trying all of no addresses.
pub(super) fn nowhere() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "the name has no address")
}

#[cfg(test)]
mod tests {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::Runtime;

    #[test]
    fn a_client_that_cannot_be_set_up_is_passed_over() {
        // No TCP, so its options cannot be set: Linux sets those of a client that is gone.
        let (broken, _peer) = UnixStream::pair().expect("a pair");
        let broken = std::net::TcpStream::from(OwnedFd::from(broken));
        Runtime::new().expect("a runtime").block_on(async {
            assert!(set_up(broken).expect("no error of the listener").is_none());
        });
    }
}
