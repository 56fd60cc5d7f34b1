//! A TCP connection, as what carries HTTP.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::BytesMut;
use ch04_async::{Async, time};

use super::CLOCK;
use crate::deadline::Deadline;
use crate::transport::Transport;
use crate::web::Clock;

/// A TCP connection on the runtime.
#[derive(Debug)]
pub struct Socket {
    stream: Async<TcpStream>,
    deadline: Deadline,
}

impl Socket {
    /// Takes over an accepted connection.
    ///
    /// # Errors
    ///
    /// When the client is gone already.
    pub fn new(stream: TcpStream) -> io::Result<Socket> {
        Ok(Socket { stream: Async::from_accepted(stream)?, deadline: Deadline::default() })
    }
}

impl Transport for Socket {
    /// Through a buffer that is lent: what is kept is what has come, and not room for it.
    #[inline]
    fn poll_read(
        &self,
        context: &mut Context<'_>,
        input: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        let poll = self.stream.poll_recv_with(context, |came| input.extend_from_slice(came));
        self.deadline.or_late(context, poll)
    }

    #[inline]
    fn poll_write(&self, context: &mut Context<'_>, output: &[u8]) -> Poll<io::Result<usize>> {
        let poll = self.stream.poll_send(context, output);
        self.deadline.or_late(context, poll)
    }

    /// By sendfile(2): the bytes do not pass through this process.
    #[cfg(target_os = "linux")]
    fn poll_send_file(
        &self,
        context: &mut Context<'_>,
        file: &std::fs::File,
        offset: u64,
        len: u64,
    ) -> Poll<io::Result<usize>> {
        let most = usize::try_from(len).unwrap_or(usize::MAX).min(SEND_FILE_BYTES_MAX);
        let poll = self.stream.poll_write_with(context, |stream| {
            let mut offset = offset;
            Ok(rustix::fs::sendfile(stream, file, Some(&mut offset), most)?)
        });
        self.deadline.or_late(context, poll)
    }

    fn poll_end_output(&self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.get_ref().shutdown(Shutdown::Write))
    }

    fn set_deadline(&self, now: Instant, deadline: Option<Instant>) {
        self.deadline.set(now, deadline);
    }

    fn clock(&self) -> Clock {
        CLOCK
    }

    #[inline]
    fn now(&self) -> Instant {
        time::turn()
    }
}

/// Bytes of a file by one call; others have their turn then. A disk that is slow keeps the thread
/// for so many bytes: files are never "not ready".
#[cfg(target_os = "linux")]
const SEND_FILE_BYTES_MAX: usize = 256 << 10;
