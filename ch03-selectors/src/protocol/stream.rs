//! What a transport moves bytes through.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;

use crate::selector::Source;

/// In which directions bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A socket.
    Both,
    /// The reading end of a pipe.
    In,
    /// The writing end of a pipe.
    Out,
}

/// A non-blocking stream that is used by `&self`, as sockets and pipes are.
pub trait ByteStream: Source {
    /// In which directions bytes go.
    fn direction(&self) -> Direction {
        Direction::Both
    }

    /// As `Read::read`.
    ///
    /// # Errors
    ///
    /// What read(2) said; `Unsupported` for a writing end.
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize>;

    /// As `Write::write`.
    ///
    /// # Errors
    ///
    /// What write(2) said; `Unsupported` for a reading end.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Says that no more output will come.
    ///
    /// # Errors
    ///
    /// What shutdown(2) said; `Unsupported` for a pipe, which says so by being closed.
    fn end_output(&self) -> io::Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    /// Whom it leads to, if that has an address.
    fn peer_addr(&self) -> Option<SocketAddr> {
        None
    }
}

impl ByteStream for TcpStream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }

    fn end_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn peer_addr(&self) -> Option<SocketAddr> {
        TcpStream::peer_addr(self).ok()
    }
}

impl ByteStream for UnixStream {
    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }

    fn end_output(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl ByteStream for PipeReader {
    fn direction(&self) -> Direction {
        Direction::In
    }

    fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buffer)
    }

    fn write(&self, _bytes: &[u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }
}

impl ByteStream for PipeWriter {
    fn direction(&self) -> Direction {
        Direction::Out
    }

    fn read(&self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::Unsupported.into())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, bytes)
    }
}
