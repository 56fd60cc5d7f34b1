//! TLS over a stream that is awaited.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use ch04_async::timeout;
use futures_io::{AsyncRead, AsyncWrite};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

/// How long a handshake may take. It is two round trips and some arithmetic; whoever takes longer
/// wants the place and not the answer.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// A stream of bytes over a stream of records.
pub struct TlsStream<S> {
    inner: S,
    session: Connection,
    /// That nothing more will come from us was said.
    closed: bool,
}

/// Connects over `inner` to a server that can prove to be `host`, within [`HANDSHAKE_TIMEOUT`].
///
/// # Errors
///
/// [`why_io`](super::why_io) says why; `TimedOut` when the handshake has no end.
pub async fn connect<S>(inner: S, config: Arc<ClientConfig>, host: &str) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
    TlsStream::shake_hands(inner, session.into()).await
}

/// Serves over `inner`.
///
/// # Errors
///
/// As [`connect`].
pub async fn accept<S>(inner: S, config: Arc<ServerConfig>) -> io::Result<TlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    TlsStream::shake_hands(inner, session.into()).await
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    async fn shake_hands(inner: S, session: Connection) -> io::Result<TlsStream<S>> {
        let mut stream = TlsStream { inner, session, closed: false };
        let shaking = poll_fn(|context| stream.poll_handshake(context));
        let shaken = timeout(HANDSHAKE_TIMEOUT, shaking).await;
        shaken.map_err(|_| io::Error::new(ErrorKind::TimedOut, "the handshake has no end"))??;
        Ok(stream)
    }

    // ANCHOR: handshake
    fn poll_handshake(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_send(context))?;
            if !self.session.is_handshaking() {
                return Pin::new(&mut self.inner).poll_flush(context);
            }
            if ready!(self.poll_receive(context))? == 0 {
                return Poll::Ready(Err(ErrorKind::UnexpectedEof.into()));
            }
        }
    }
    // ANCHOR_END: handshake

    /// Sends all records that are to go.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { inner, session, .. } = self;
        while session.wants_write() {
            match session.write_tls(&mut Blocks { inner, context }) {
                Ok(0) => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Takes in some records; 0 at the end of the stream below.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { inner, session, .. } = self;
        let came = match session.read_tls(&mut Blocks { inner, context }) {
            Ok(came) => came,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Poll::Pending,
            Err(error) => return Poll::Ready(Err(error)),
        };
        if let Err(error) = session.process_new_packets() {
            // It has an alert to send, by which the other side learns why; if there is room.
            let _ = self.poll_send(context);
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(came))
    }
}

impl<S> TlsStream<S> {
    /// What was agreed to.
    #[must_use]
    pub fn session(&self) -> &Connection {
        &self.session
    }

    /// The stream below.
    #[must_use]
    pub fn get_ref(&self) -> &S {
        &self.inner
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    /// No bytes: the other side said that this is the end. `UnexpectedEof`: it did not, and the
    /// stream below has ended; whoever did that, what came is not all.
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        loop {
            match this.session.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                read => return Poll::Ready(read),
            }
            // What is still to go goes on meanwhile: the other side may wait for it.
            if let Poll::Ready(Err(error)) = this.poll_send(context) {
                return Poll::Ready(Err(error));
            }
            ready!(this.poll_receive(context))?;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    /// Takes bytes when those before are on their way, so that one record at most is kept.
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        let taken = this.session.writer().write(bytes)?;
        match this.poll_send(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // If there is no room now, the next call sends the rest, whichever that is.
            _ => Poll::Ready(Ok(taken)),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.inner).poll_flush(context)
    }

    /// Says that nothing more will come, and ends the output below.
    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !std::mem::replace(&mut this.closed, true) {
            this.session.send_close_notify();
        }
        ready!(this.poll_send(context))?;
        Pin::new(&mut this.inner).poll_close(context)
    }
}

/// A stream that is awaited, as one that says `WouldBlock`. The task is woken as if it had asked
/// itself.
struct Blocks<'a, 'b, S> {
    inner: &'a mut S,
    context: &'a mut Context<'b>,
}

fn or_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(ready) => ready,
        Poll::Pending => Err(ErrorKind::WouldBlock.into()),
    }
}

impl<S: AsyncRead + Unpin> Read for Blocks<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        or_block(Pin::new(&mut *self.inner).poll_read(self.context, buffer))
    }
}

impl<S: AsyncWrite + Unpin> Write for Blocks<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        or_block(Pin::new(&mut *self.inner).poll_write(self.context, bytes))
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        or_block(Pin::new(&mut *self.inner).poll_write_vectored(self.context, slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        or_block(Pin::new(&mut *self.inner).poll_flush(self.context))
    }
}

impl<S> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream").field("closed", &self.closed).finish_non_exhaustive()
    }
}
