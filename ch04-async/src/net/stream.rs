//! Reading and writing any stream: by calls of our own, and by the traits of `futures-io`, so that
//! whatever others have built on those works here.
//!
//! All of it takes `&self`. A descriptor has no position in memory that two could fight over; the
//! kernel gives each byte to one reader. So any number of tasks may wait on one socket.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll};

use ch03_selectors::Source;
use futures_io::{AsyncRead, AsyncWrite};

use crate::reactor::Async;

/// A connection of which one direction can end while the other goes on.
pub trait Duplex: Source {
    /// shutdown(2).
    ///
    /// # Errors
    ///
    /// `NotConnected` when the other side has ended everything already.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;
}

impl Duplex for std::net::TcpStream {
    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        std::net::TcpStream::shutdown(self, how)
    }
}

impl Duplex for std::os::unix::net::UnixStream {
    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        std::os::unix::net::UnixStream::shutdown(self, how)
    }
}

impl<T: Source> Async<T>
where
    for<'a> &'a T: Read,
{
    /// Reads what is there: some bytes, or none at the end of input.
    ///
    /// # Errors
    ///
    /// What read(2) says.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|mut source| source.read(buffer)).await
    }

    /// Fills several buffers by one call (readv(2)).
    ///
    /// # Errors
    ///
    /// What readv(2) says.
    pub async fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.read_with(|mut source| source.read_vectored(buffers)).await
    }
}

impl<T: Source> Async<T>
where
    for<'a> &'a T: Write,
{
    /// Writes as much of `bytes` as there is room for, at least one byte.
    ///
    /// # Errors
    ///
    /// What write(2) says.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write_with(|mut source| source.write(bytes)).await
    }

    /// Writes from several buffers by one call (writev(2)), as if they were one.
    ///
    /// # Errors
    ///
    /// What writev(2) says.
    pub async fn write_vectored(&self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.write_with(|mut source| source.write_vectored(buffers)).await
    }

    /// Writes all of `bytes`, waiting for room as often as it takes. Dropped before its end, it may
    /// have written some of them.
    ///
    /// # Errors
    ///
    /// What write(2) says.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => bytes = &bytes[written..],
            }
        }
        Ok(())
    }
}

impl<T: Duplex> Async<T> {
    /// Ends the output: the other side reads what is under way, and then the end of input. Ours
    /// goes on. When the other side is gone already, there is nothing left to end.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub fn end_output(&self) -> io::Result<()> {
        match self.get_ref().shutdown(Shutdown::Write) {
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            done => done,
        }
    }
}

// The traits ask for `&mut`, as one buffer behind them might need it. A shared reference is enough
// for a descriptor; so they are there for `&Async<T>`, and `Async<T>` passes them on.
impl<T: Source> AsyncRead for &Async<T>
where
    for<'a> &'a T: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_read_with(context, |mut source| source.read(buffer))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_read_with(context, |mut source| source.read_vectored(buffers))
    }
}

impl<T: Duplex> AsyncWrite for &Async<T>
where
    for<'a> &'a T: Write,
{
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |mut source| source.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(context, |mut source| source.write_vectored(buffers))
    }

    /// Nothing is kept back here: what was written is with the kernel.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Closing, in these traits, is the end of the output. The descriptor is closed by its drop.
    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.end_output())
    }
}

impl<T: Source> AsyncRead for Async<T>
where
    for<'a> &'a T: Read,
{
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_read(context, buffer)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_read_vectored(context, buffers)
    }
}

impl<T: Duplex> AsyncWrite for Async<T>
where
    for<'a> &'a T: Write,
{
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_write_vectored(context, buffers)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_flush(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.into_ref().get_ref()).poll_close(context)
    }
}
