//! Sockets to await: asyncio's `sock_accept`, `sock_recv` and `sock_sendall`.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};

use ladder::{Stop, socket};

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

    /// What the client sent: some bytes, or none at the end of its input.
    ///
    /// # Errors
    ///
    /// What read(2) says.
    pub async fn recv(&self) -> io::Result<Chunk> {
        let read = |mut stream: &TcpStream| Chunk::fill(|buffer| stream.read(buffer));
        let chunk = poll_fn(|context| self.poll_read_with(context, read)).await?;
        if chunk.is_short() {
            self.note_short_read();
        }
        Ok(chunk)
    }

    /// Sends all of `bytes`, waiting for room as often as it takes.
    ///
    /// # Errors
    ///
    /// What write(2) says; some of the bytes may have been sent.
    pub async fn send_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let write = |mut stream: &TcpStream| stream.write(bytes);
            match poll_fn(|context| self.poll_write_with(context, write)).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => bytes = &bytes[written..],
            }
        }
        Ok(())
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
