//! UDP: a socket that sends and receives whole messages, from anybody or from one.

use std::io::{self, IoSliceMut};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use rustix::net::{RecvAncillaryBuffer, RecvFlags, ReturnFlags, recvmsg};

use crate::net::lookup::Address;
use crate::net::tcp::nowhere;
use crate::reactor::Async;

/// A UDP socket. What is not here is with the standard library's, at [`get_ref`](Async::get_ref).
pub type UdpSocket = Async<std::net::UdpSocket>;

/// A message that came. The bytes are in the buffer that was lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many bytes of it are in the buffer.
    pub len: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// The buffer was too short for it, and the rest is lost (MSG_TRUNC, recvmsg(2)).
    pub truncated: bool,
}

impl Async<std::net::UdpSocket> {
    /// A socket on the first address of `address` that can be bound. Port 0 takes any free one.
    ///
    /// # Errors
    ///
    /// What the last of the addresses said.
    pub async fn bind(address: impl Address) -> io::Result<UdpSocket> {
        let mut failed = nowhere();
        for addr in address.resolve().await? {
            match std::net::UdpSocket::bind(addr) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    return Async::new(socket);
                }
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// A socket for the first address of `address` to which there is a way. It sends there and
    /// takes messages from there only, and hears of a port that refuses: as an error of the next
    /// call (udp(7)). Nothing is sent yet, so nobody needs to be there.
    ///
    /// # Errors
    ///
    /// What the last of the addresses said.
    pub async fn connected_to(address: impl Address) -> io::Result<UdpSocket> {
        let mut failed = nowhere();
        for addr in address.resolve().await? {
            let any = match addr {
                SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
                SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
            };
            let socket = UdpSocket::bind(any).await?;
            match socket.get_ref().connect(addr) {
                Ok(()) => return Ok(socket),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Sends one message to the address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// What send(2) says: also what became of an earlier message.
    pub async fn send(&self, message: &[u8]) -> io::Result<usize> {
        self.write_with(|socket| socket.send(message)).await
    }

    /// Sends one message to `addr`.
    ///
    /// # Errors
    ///
    /// What sendto(2) says.
    pub async fn send_to(&self, message: &[u8], addr: SocketAddr) -> io::Result<usize> {
        self.write_with(|socket| socket.send_to(message, addr)).await
    }

    /// Receives one message. What does not fit into `buffer` is lost, and nothing tells; see
    /// [`recv_message`](Self::recv_message).
    ///
    /// # Errors
    ///
    /// What recv(2) says: also what became of an earlier message.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|socket| socket.recv(buffer)).await
    }

    /// The same, and who sent it.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read_with(|socket| socket.recv_from(buffer)).await
    }

    /// The same, and whether all of it is there.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    pub async fn recv_message(&self, buffer: &mut [u8]) -> io::Result<Received> {
        self.read_with(|socket| {
            let (mut buffers, mut control) =
                ([IoSliceMut::new(buffer)], RecvAncillaryBuffer::default());
            let received = recvmsg(socket, &mut buffers, &mut control, RecvFlags::empty())?;
            let from = received.address.ok_or(io::ErrorKind::NotConnected)?;
            let (len, from) = (received.bytes, SocketAddr::try_from(from)?);
            Ok(Received { len, from, truncated: received.flags.contains(ReturnFlags::TRUNC) })
        })
        .await
    }

    /// Where it receives.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.get_ref().local_addr()
    }
}
