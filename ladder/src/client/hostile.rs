//! What a polite client never does: write without reading, count instead of reading, be urgent,
//! and leave by a reset.

use std::io::{self, ErrorKind, Write};
use std::time::{Duration, Instant};

use rustix::event::PollFlags;
use socket2::SockRef;

use super::{CHUNK_BYTES, Client, Noise, explain, waits};

/// A server that takes no byte for this long has stopped reading. One that is merely slow would be
/// taken for full too early, which makes a test less hard, and never makes it fail.
const FULL_AFTER: Duration = Duration::from_millis(300);

impl Client {
    /// Sends `noise` and reads nothing, until the server takes no more or took `max` bytes.
    /// Says how many it took.
    ///
    /// # Errors
    ///
    /// When the server is gone.
    pub fn fill(&mut self, noise: Noise, max: u64) -> io::Result<u64> {
        let mut chunk = [0; CHUNK_BYTES];
        let mut taken = 0;
        while taken < max {
            noise.write_at(taken, &mut chunk);
            match (&self.stream).write(&chunk) {
                Ok(written) => taken += written as u64,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !self.ready(PollFlags::OUT, Instant::now() + FULL_AFTER)? {
                        break;
                    }
                }
                Err(error) => {
                    return Err(explain(&error, format_args!("filling up, after {taken} bytes")));
                }
            }
        }
        Ok(taken)
    }

    /// Writes what fits of `bytes` without waiting, and says how much that was.
    ///
    /// # Errors
    ///
    /// When the server is gone.
    pub fn send_some(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (&self.stream).write(bytes) {
            Err(error) if waits(&error) => Ok(0),
            outcome => outcome,
        }
    }

    /// Takes what has come, at most one chunk of it, without waiting, and looks at no byte.
    /// Says how much that was.
    ///
    /// # Errors
    ///
    /// When the server is gone, or has ended its side.
    pub fn take_some(&mut self) -> io::Result<usize> {
        self.receive("more to take")?;
        let taken = self.inbox.len();
        self.inbox.clear();
        Ok(taken)
    }

    /// Waits until there is something to take, or `time` has passed; false in that case.
    ///
    /// # Errors
    ///
    /// Those of poll(2).
    pub fn has_more(&self, time: Duration) -> io::Result<bool> {
        self.ready(PollFlags::IN, Instant::now() + time)
    }

    /// How many bytes have come and were not read (`FIONREAD`, ioctl_tty(2)).
    ///
    /// # Errors
    ///
    /// Those of ioctl(2).
    pub fn unread(&self) -> io::Result<u64> {
        Ok(rustix::io::ioctl_fionread(&self.stream)?)
    }

    /// Sends one urgent byte, which is not part of the stream (tcp(7), "Out-of-band data").
    ///
    /// # Errors
    ///
    /// Those of send(2).
    pub fn send_urgent(&mut self, byte: u8) -> io::Result<()> {
        SockRef::from(&self.stream).send_out_of_band(&[byte]).map(|_| ())
    }

    /// Leaves by a reset: whatever is under way in either direction is thrown away.
    ///
    /// # Errors
    ///
    /// Those of setsockopt(2).
    pub fn reset(self) -> io::Result<()> {
        // Lingering for no time is how close(2) is told to send RST instead of FIN (socket(7)).
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO))
    }
}
