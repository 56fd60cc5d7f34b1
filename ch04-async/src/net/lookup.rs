//! Names to addresses, without stopping the loop.
//!
//! `getaddrinfo(3)` blocks and cannot be made not to (chapter 1's `resolve`). So it runs on the
//! pool. An address that is written in figures is parsed here, and no thread is troubled with it.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::panic;

use crate::blocking::spawn_blocking;

/// The addresses of `address`, in the order in which the system advises to try them.
///
/// Dropping the future gives up waiting. The lookup itself goes on: nobody can end it.
///
/// # Errors
///
/// What the system says of the name; `InvalidInput` for what is no address at all.
pub async fn lookup_host(address: impl Address) -> io::Result<Vec<SocketAddr>> {
    address.resolve().await
}

/// What names one or several socket addresses: an address; a host and a port; a text such as
/// `localhost:7000`; a list of addresses to be tried in order.
pub trait Address {
    /// The addresses, in the order in which to try them.
    ///
    /// # Errors
    ///
    /// See [`lookup_host`].
    fn resolve(self) -> impl Future<Output = io::Result<Vec<SocketAddr>>>;
}

macro_rules! known_already {
    ($($kind:ty),*) => {$(
        impl Address for $kind {
            async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
                Ok(vec![self.into()])
            }
        }
    )*};
}

known_already!(SocketAddr, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl Address for &[SocketAddr] {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        Ok(self.to_vec())
    }
}

impl Address for (&str, u16) {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        let (host, port) = self;
        match host.parse::<IpAddr>() {
            Ok(ip) => Ok(vec![(ip, port).into()]),
            Err(_) => ask(host, (host.to_owned(), port)).await,
        }
    }
}

impl Address for &str {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        match self.parse::<SocketAddr>() {
            Ok(addr) => Ok(vec![addr]),
            Err(_) => ask(self, self.to_owned()).await,
        }
    }
}

impl Address for &String {
    async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        self.as_str().resolve().await
    }
}

async fn ask(
    name: &str,
    target: impl ToSocketAddrs + Send + 'static,
) -> io::Result<Vec<SocketAddr>> {
    let look = move || target.to_socket_addrs().map(Iterator::collect);
    match spawn_blocking(look).await {
        Ok(found) => found
            .map_err(|error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"))),
        Err(failed) if failed.is_panic() => panic::resume_unwind(failed.into_panic()),
        Err(failed) => Err(io::Error::other(failed)),
    }
}
