//! Streams to an origin.

use std::fmt;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::rc::Rc;

use ch04_async::net::tcp::TcpStream;
use futures_io::{AsyncRead, AsyncWrite};

use super::origin::{Origin, Scheme};

/// A stream of bytes, both ways, whatever carries it.
pub trait Wire: AsyncRead + AsyncWrite {}

impl<T: AsyncRead + AsyncWrite> Wire for T {}

/// A stream of whatever kind.
pub type Stream = Pin<Box<dyn Wire>>;

/// What [`Connect::connect`] gives.
pub type Connecting = Pin<Box<dyn Future<Output = io::Result<Stream>>>>;

/// How a session gets its streams.
pub trait Connect {
    /// Opens a stream to the origin, ready for a request.
    fn connect(&self, origin: &Origin) -> Connecting;
}

/// Streams in the clear. An origin of https is refused: nobody would want his words to go another
/// way than he asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Tcp {
    /// A plain connection, whatever the origin's scheme.
    ///
    /// # Errors
    ///
    /// When the name is not known, or nobody listens there.
    pub async fn open(origin: &Origin) -> io::Result<TcpStream> {
        let stream = TcpStream::connect((origin.bare_host(), origin.port)).await?;
        // A request is written whole, so Nagle's algorithm could only delay it.
        socket2::SockRef::from(stream.get_ref()).set_tcp_nodelay(true)?;
        Ok(stream)
    }
}

impl Connect for Tcp {
    fn connect(&self, origin: &Origin) -> Connecting {
        let origin = origin.clone();
        Box::pin(async move {
            if origin.scheme == Scheme::Https {
                let text = "this session has no TLS";
                return Err(io::Error::new(ErrorKind::Unsupported, text));
            }
            let stream: Stream = Box::pin(Tcp::open(&origin).await?);
            Ok(stream)
        })
    }
}

impl<C: Connect + ?Sized> Connect for Rc<C> {
    fn connect(&self, origin: &Origin) -> Connecting {
        (**self).connect(origin)
    }
}

impl fmt::Debug for dyn Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dyn Connect")
    }
}
