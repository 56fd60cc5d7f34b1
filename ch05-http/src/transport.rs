//! What carries a connection's bytes.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::BytesMut;

use crate::scratch;
use crate::web::Clock;

/// Reads and writes, and a deadline for both. The server's loop is written over this once; what
/// differs is how it waits: `threads` block inside of these calls, and are never pending.
pub trait Transport {
    /// Waiting happens inside of calls, so that time may have gone by within a poll.
    const BLOCKS: bool = false;

    /// Reads what is there, at most `READ_BYTES`, behind what `input` has; 0 at the end of input.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the deadline has passed and nothing is there; else what read(2) says.
    fn poll_read(&self, context: &mut Context<'_>, input: &mut BytesMut)
    -> Poll<io::Result<usize>>;

    /// Writes some of `output`, at least one byte.
    ///
    /// # Errors
    ///
    /// `TimedOut` when the deadline has passed and there is no room; else what write(2) says.
    fn poll_write(&self, context: &mut Context<'_>, output: &[u8]) -> Poll<io::Result<usize>>;

    /// Writes some of `len` bytes of a file from `offset`; 0 when the file ends there. Better ways
    /// than this one need a socket.
    ///
    /// # Errors
    ///
    /// As [`poll_write`](Transport::poll_write), and what reading the file says.
    fn poll_send_file(
        &self,
        context: &mut Context<'_>,
        file: &File,
        offset: u64,
        len: u64,
    ) -> Poll<io::Result<usize>> {
        scratch::with(|piece| {
            let most = usize::try_from(len).unwrap_or(usize::MAX).min(piece.len());
            match file.read_at(&mut piece[..most], offset)? {
                0 => Poll::Ready(Ok(0)),
                read => self.poll_write(context, &piece[..read]),
            }
        })
    }

    /// Ends the output: the other side reads what is under way, and then the end.
    ///
    /// # Errors
    ///
    /// When the other side is gone.
    fn poll_end_output(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Sets the deadline of what follows, `now`; without one it may take for ever.
    fn set_deadline(&self, now: Instant, deadline: Option<Instant>);

    /// How this carrier tells the time.
    fn clock(&self) -> Clock;

    /// What time it is, for bounds of seconds: it may be so late as something else that is ready takes.
    fn now(&self) -> Instant {
        self.clock().now()
    }
}
