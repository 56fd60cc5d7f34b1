//! A blocking `accept` that a stop can reach.
//!
//! Linux wakes a thread from `accept` when the listening socket is shut down; macOS does not. What
//! wakes it everywhere is a client. So the stop connects to the server like anybody else.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use ladder::Stop;
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::stop::OnRequest;
use socket2::{Domain, Protocol, Socket, Type};

/// A listener that accepts until the stop is requested.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    stop: Stop,
    _on_stop: OnRequest,
    /// The stop's own client. Made now, because at the stop there may be no descriptor left; kept
    /// until we are done, because a handshake that is closed in the middle wakes nobody.
    _caller: Arc<Socket>,
}

impl Acceptor {
    /// Takes over the listener.
    ///
    /// # Errors
    ///
    /// When there is no descriptor left for the socket by which the stop will call.
    pub fn new(listener: TcpListener, stop: Stop) -> io::Result<Acceptor> {
        let addr = reachable(listener.local_addr()?);
        let caller = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))
            .map(Arc::new)?;
        // The thread that asks for the stop must not be kept: with a full backlog it would be. But
        // then `accept` is not blocked either.
        caller.set_nonblocking(true)?;
        let calling = Arc::clone(&caller);
        let on_stop = stop.on_request(move || {
            // "In progress" is the expected answer; nothing can be done about any other.
            let _ = calling.connect(&addr.into());
        });
        Ok(Acceptor { listener, stop, _on_stop: on_stop, _caller: caller })
    }

    /// Hands each client to `serve`, until the stop is requested.
    ///
    /// # Errors
    ///
    /// When the listener is no use any more; one client's failure is not an error.
    pub fn each(&self, mut serve: impl FnMut(TcpStream)) -> io::Result<()> {
        while !self.stop.is_requested() {
            match self.listener.accept() {
                // The stop's call, or a client that came together with it.
                Ok(_) if self.stop.is_requested() => break,
                Ok((stream, _)) => serve(stream),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    // Blocking does not help here: `accept` fails at once while descriptors last out.
                    AcceptError::Pause => _ = self.stop.wait_timeout(ACCEPT_PAUSE),
                    AcceptError::Fatal => return Err(error),
                },
            }
        }
        Ok(())
    }
}

/// Where a client on this machine finds a server that listens on `addr`.
fn reachable(mut addr: SocketAddr) -> SocketAddr {
    match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => addr.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => addr.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    addr
}
