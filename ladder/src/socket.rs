//! The settings that all models share. One place, so that the bench compares ways of waiting and
//! nothing else: std listens with a backlog of 128 and tokio with 1024, and that alone makes an
//! accept burst a hundred times slower.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// How many finished handshakes the kernel keeps for a server that has not called accept yet
/// (listen(2)). The system may cap it: `net.core.somaxconn`, 4096 on Linux, 128 on macOS.
pub const BACKLOG: i32 = 1024;

/// What one read may bring: 16 KiB holds a whole message of most protocols, and stays in the
/// processor's first cache. Also the bound of what a server keeps for a client that does not
/// read: nothing more is read from it until that is written.
pub const READ_BYTES: usize = 16 * 1024;

/// How long a server that ran out of descriptors waits before it tries to accept again. Long
/// enough to cost nothing, short enough that nobody notices.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// Binds and listens on `addr`, with [`BACKLOG`].
///
/// `SO_REUSEADDR` is set, as every server wants it on Unix: it binds beside connections of an
/// earlier run that are in TIME_WAIT, and still refuses a second live listener (socket(7)).
///
/// # Errors
///
/// What socket(2), bind(2) and listen(2) say, with the address in the text.
pub fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let bind = || {
        let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_reuse_address(true)?;
        socket.bind(&addr.into())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    bind().map_err(|error: io::Error| {
        io::Error::new(error.kind(), format!("binding {addr}: {error}"))
    })
}

/// Sets what every accepted connection has: `TCP_NODELAY`. A reply is written whole, so Nagle's
/// algorithm could only delay it (tcp(7), RFC 896).
///
/// # Errors
///
/// When the client is gone already, on some systems. That ends this one connection.
pub fn tune(stream: &impl AsFd) -> io::Result<()> {
    SockRef::from(stream).set_tcp_nodelay(true)
}

/// What to do after `accept` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcceptError {
    /// That client is gone; accept the next one at once.
    Next,
    /// Descriptors or memory ran out. The client stays in the queue and the listener stays ready,
    /// so a loop that only retries would spin: wait for [`ACCEPT_PAUSE`], or for a client to leave.
    Pause,
    /// The listener is no use any more.
    Fatal,
}

/// Sorts an error of `accept` by what the server should do (accept(2), "Error handling").
/// `WouldBlock` is no error here: callers look for it first.
#[must_use]
pub fn sort_accept_error(error: &io::Error) -> AcceptError {
    let Some(errno) = Errno::from_io_error(error) else {
        return AcceptError::Fatal;
    };
    match errno {
        Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM => AcceptError::Pause,
        // Linux hands over errors that were pending on the new connection; the rest are its reset
        // before we came, and a signal.
        Errno::CONNABORTED
        | Errno::INTR
        | Errno::PROTO
        | Errno::PERM
        | Errno::TIMEDOUT
        | Errno::NETDOWN
        | Errno::NETUNREACH
        | Errno::HOSTDOWN
        | Errno::HOSTUNREACH
        | Errno::NOPROTOOPT
        | Errno::OPNOTSUPP => AcceptError::Next,
        _ => AcceptError::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    fn loopback() -> SocketAddr {
        ([127, 0, 0, 1], 0).into()
    }

    #[test]
    fn a_second_live_listener_is_refused_with_the_address_in_the_text() {
        let first = listen(loopback()).expect("a free port");
        let addr = first.local_addr().expect("bound");
        let error = listen(addr).expect_err("the port is taken");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().starts_with(&format!("binding {addr}: ")), "{error}");
    }

    #[test]
    fn a_server_that_closed_first_binds_its_port_again() {
        let first = listen(loopback()).expect("a free port");
        let addr = first.local_addr().expect("bound");
        let client = TcpStream::connect(addr).expect("listening");
        let (accepted, _) = first.accept().expect("the client");
        // The side that closes first is left in TIME_WAIT.
        drop(accepted);
        drop(first);
        drop(client);
        listen(addr).expect("TIME_WAIT does not keep the port");
    }

    #[test]
    fn running_out_of_descriptors_is_a_pause_and_a_lost_client_is_not_the_end() {
        let sort = |errno: Errno| sort_accept_error(&errno.into());
        assert_eq!(sort(Errno::MFILE), AcceptError::Pause);
        assert_eq!(sort(Errno::CONNABORTED), AcceptError::Next);
        assert_eq!(sort(Errno::BADF), AcceptError::Fatal);
    }
}
