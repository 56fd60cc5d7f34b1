//! Sockets to await: asyncio's `sock_accept`, `sock_recv` and `sock_sendall`.
//!
//! Beside these three, each kind of socket has a file:
//!
//! - `readiness`: waiting until a call would not block, and awaiting any call.
//! - [`stream`]: reading and writing, by our own calls and by the traits of `futures-io`.
//! - [`split`]: the two directions of a connection as two values.
//! - [`tcp`], [`udp`], [`unix`], [`pipe`]: the kinds.
//! - [`lookup`]: names to addresses, off the loop.
//! - [`server`]: a task for each client, and an end that can be waited for.

mod connect;
pub mod lookup;
pub mod pipe;
mod readiness;
pub mod server;
pub mod split;
pub mod stream;
pub mod tcp;
pub mod udp;
pub mod unix;

use std::future::{Future, poll_fn};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ladder::Stop;
use ladder::socket::{self, READ_BYTES};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags};

use crate::buffers::Chunk;
use crate::reactor::Async;

impl Async<TcpListener> {
    /// The next client, as the standard library's stream.
    ///
    /// # Errors
    ///
    /// What accept(2) says; see [`sort_accept_error`](socket::sort_accept_error).
    pub async fn accept(&self) -> io::Result<TcpStream> {
        let accept = |listener: &TcpListener| listener.accept();
        let (stream, _) = poll_fn(|context| self.poll_read_with(context, accept)).await?;
        Ok(stream)
    }
}

impl Async<TcpStream> {
    /// Sets a stream up as all models do, and registers it.
    ///
    /// # Errors
    ///
    /// When the client is gone already, or the selector does not take it: this client is lost.
    pub fn from_accepted(stream: TcpStream) -> io::Result<Async<TcpStream>> {
        stream.set_nonblocking(true)?;
        socket::tune(&stream)?;
        Async::new(stream)
    }

    /// What the client sent: some bytes, or none at the end of its input. The future fails with what
    /// recv(2) says.
    pub fn recv(&self) -> Recv<'_> {
        Recv { stream: self }
    }

    /// The same for a hand-written future: `take` is lent what came, and how much that was is said.
    ///
    /// # Errors
    ///
    /// What recv(2) says.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "once a message, and with many ways out")]
    pub fn poll_recv_with(
        &self,
        context: &mut Context<'_>,
        mut take: impl FnMut(&[u8]),
    ) -> Poll<io::Result<usize>> {
        let read = |stream: &TcpStream| {
            let chunk = Chunk::fill(|buffer| read(stream, buffer))?;
            take(&chunk);
            Ok(chunk.len())
        };
        let came = ready!(self.poll_read_with(context, read))?;
        if came < READ_BYTES {
            self.note_short_read();
        }
        Poll::Ready(Ok(came))
    }

    /// Sends some of `bytes`, for a hand-written future.
    ///
    /// # Errors
    ///
    /// What send(2) says.
    #[inline]
    pub fn poll_send(&self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |stream| write(stream, bytes))
    }

    /// Sends all of `bytes`, waiting for room as often as it takes. The future fails with what send(2)
    /// says; some of the bytes may have been sent.
    pub fn send_all<'a>(&'a self, bytes: &'a [u8]) -> SendAll<'a> {
        SendAll { stream: self, left: bytes }
    }
}

/// The future of [`recv`](Async::recv). By hand: an `async fn` around one `poll_fn` would be a state
/// machine of one state, and on the way of every message.
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct Recv<'a> {
    stream: &'a Async<TcpStream>,
}

impl Future for Recv<'_> {
    type Output = io::Result<Chunk>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<Chunk>> {
        let read = |stream: &TcpStream| Chunk::fill(|buffer| read(stream, buffer));
        let chunk = ready!(self.stream.poll_read_with(context, read))?;
        if chunk.is_short() {
            self.stream.note_short_read();
        }
        Poll::Ready(Ok(chunk))
    }
}

/// The future of [`send_all`](Async::send_all).
#[derive(Debug)]
#[must_use = "nothing happens before it is awaited"]
pub struct SendAll<'a> {
    stream: &'a Async<TcpStream>,
    left: &'a [u8],
}

impl Future for SendAll<'_> {
    type Output = io::Result<()>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.left.is_empty() {
            match ready!(self.stream.poll_send(context, self.left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.left = &self.left[written..],
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Async<Stop> {
    /// Ends when the stop is requested.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub async fn requested(&self) -> io::Result<()> {
        let look = |stop: &Stop| {
            if stop.is_requested() { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        };
        poll_fn(|context| self.poll_read_with(context, look)).await
    }
}

// The standard library's `read` and `write` go through the C library, where they are points at which a
// thread may be cancelled (pthreads(7)), and must say so before and after. That is as much work as all
// else that we do for a message; rustix, on Linux, makes the system call and nothing more.

fn read(stream: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    let (read, _) = rustix::net::recv(stream, buffer, RecvFlags::empty())?;
    Ok(read)
}

fn write(stream: &TcpStream, bytes: &[u8]) -> io::Result<usize> {
    rustix::net::send(stream, bytes, SEND_FLAGS).map_err(Errno::into)
}

/// A client that is gone is an error, and no signal (send(2)). Where the flag does not exist, the
/// standard library has set the same as an option of the socket.
#[cfg(not(target_vendor = "apple"))]
const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND_FLAGS: SendFlags = SendFlags::empty();
