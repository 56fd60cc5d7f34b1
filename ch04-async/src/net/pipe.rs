//! Pipes: one direction, two descriptors. What a child's standard streams are made of.

use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::AsyncWrite;
use rustix::io::ioctl_fionbio;

use crate::reactor::Async;

/// The end to read from.
pub type PipeReader = Async<io::PipeReader>;

/// The end to write to. A pipe ends only when its last writer is closed, so closing this one closes
/// the descriptor: there is no shutdown(2) for a pipe.
#[derive(Debug)]
pub struct PipeWriter {
    open: Option<Async<io::PipeWriter>>,
}

/// A new pipe.
///
/// # Errors
///
/// When there are no descriptors left (pipe(2)).
pub fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    Ok((reader_of(reader)?, PipeWriter::of(writer)?))
}

/// Registers a reading end. The other end, perhaps in another process, is not touched: whether a
/// call waits belongs to an open file, and a pipe is two of them (pipe(7)).
pub(crate) fn reader_of(reader: io::PipeReader) -> io::Result<PipeReader> {
    never_wait(&reader)?;
    Async::new(reader)
}

fn never_wait(end: impl AsFd) -> io::Result<()> {
    Ok(ioctl_fionbio(end, true)?)
}

impl PipeWriter {
    pub(crate) fn of(writer: io::PipeWriter) -> io::Result<PipeWriter> {
        never_wait(&writer)?;
        Ok(PipeWriter { open: Some(Async::new(writer)?) })
    }

    /// Writes as much of `bytes` as there is room for, at least one byte.
    ///
    /// # Errors
    ///
    /// `BrokenPipe` when nobody can read it any more. (The standard library has SIGPIPE ignored from
    /// the start, so this is an error and no signal.)
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.open()?.write(bytes).await
    }

    /// Writes all of `bytes`, waiting for room as often as it takes.
    ///
    /// # Errors
    ///
    /// As [`write`](PipeWriter::write); some of the bytes may have been written.
    pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        self.open()?.write_all(bytes).await
    }

    fn open(&self) -> io::Result<&Async<io::PipeWriter>> {
        self.open.as_ref().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl AsyncWrite for PipeWriter {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut pipe: &io::PipeWriter| io::Write::write(&mut pipe, bytes);
        self.open()?.poll_write_with(context, write)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let write = |mut pipe: &io::PipeWriter| io::Write::write_vectored(&mut pipe, buffers);
        self.open()?.poll_write_with(context, write)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.open = None;
        Poll::Ready(Ok(()))
    }
}
