//! One client, served without ever waiting for it.
//!
//! A blocking `echo` keeps its place in its program counter: it is in the middle of `read` or of
//! `write_all`. Here every call returns, so the place has to be kept as data: what is still to be
//! written, and whether the client has ended its side. That is all of [`Connection`].

use std::io::{self, Read, Write};

/// A client of an echo server, over a non-blocking stream.
#[derive(Debug)]
pub struct Connection<S> {
    stream: S,
    /// Read and not yet taken back by the client. Bounded by one read's size, because nothing is
    /// read while it holds anything; without an allocation while it is empty, so that an idle
    /// client costs nothing.
    pending: Vec<u8>,
    /// The client has ended its side; what is pending still goes out.
    input_ended: bool,
    echoed: u64,
}

/// What a connection waits for after a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Input. There was none left.
    Read,
    /// The client, to take its output.
    Write,
    /// Nothing: the turn was over before the input was. Others first, then this one again.
    Turn,
    /// Nothing any more: the client ended its side and has all of its bytes. Close it.
    Close,
}

/// When a turn takes the client's input to be at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drain {
    /// When a read brought less than there was room for. Saves the read that would only say
    /// `WouldBlock`. Right where the next look at the stream sees what is left: an end of input
    /// behind the last bytes, say.
    ShortRead,
    /// Only when a read said `WouldBlock` or end of input.
    WouldBlock,
}

impl<S: Read + Write> Connection<S> {
    /// A connection over `stream`, which must be non-blocking: a stream that blocks, blocks here.
    pub fn new(stream: S) -> Connection<S> {
        Connection { stream, pending: Vec::new(), input_ended: false, echoed: 0 }
    }

    /// The stream it stands on.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Bytes that went back so far.
    pub fn echoed(&self) -> u64 {
        self.echoed
    }

    /// Moves what can be moved without waiting, but reads at most `reads_max` times, so that a
    /// client which never stops sending cannot keep the thread. `buffer` is only used within the
    /// call: all connections of a thread share one.
    ///
    /// # Errors
    ///
    /// What `read` or `write` said, other than `WouldBlock` and `Interrupted`: this client is lost.
    // ANCHOR: turn
    pub fn turn(&mut self, buffer: &mut [u8], reads_max: usize, drain: Drain) -> io::Result<Next> {
        for _ in 0..reads_max {
            if !self.flush()? {
                return Ok(Next::Write);
            }
            if self.input_ended {
                return Ok(Next::Close);
            }
            let Some(read) = attempt(|| self.stream.read(buffer))? else {
                return Ok(Next::Read);
            };
            self.input_ended = read == 0;
            self.send(&buffer[..read])?;
            if !self.pending.is_empty() {
                return Ok(Next::Write);
            }
            let short = 0 < read && read < buffer.len();
            if short && drain == Drain::ShortRead {
                return Ok(Next::Read);
            }
        }
        Ok(Next::Turn)
    }

    /// Writes `bytes`, and keeps what the client does not take now.
    fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let Some(written) = self.write(bytes)? else {
                self.pending.extend_from_slice(bytes);
                break;
            };
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// Writes what is pending. True when nothing is pending any more.
    fn flush(&mut self) -> io::Result<bool> {
        let pending = std::mem::take(&mut self.pending);
        self.send(&pending)?;
        Ok(self.pending.is_empty())
    }
    // ANCHOR_END: turn

    fn write(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        let written = attempt(|| self.stream.write(bytes))?;
        if written == Some(0) {
            // Never seen from a socket; a stream that takes nothing for ever must not be asked
            // for ever.
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.echoed += written.unwrap_or(0) as u64;
        Ok(written)
    }
}

/// Makes a call that may have to be made again because of a signal, and may have to wait: `None`.
fn attempt(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<Option<usize>> {
    loop {
        match call() {
            Ok(count) => return Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Plays back reads, and takes as many bytes a write as `room` says; none means `WouldBlock`.
    #[derive(Default)]
    struct Script {
        reads: VecDeque<Option<&'static [u8]>>,
        room: VecDeque<usize>,
        written: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Some(Some(bytes)) = self.reads.pop_front() else {
                return Err(io::ErrorKind::WouldBlock.into());
            };
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.room.pop_front().unwrap_or(0));
            if taken == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            self.written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn connection(reads: &[Option<&'static [u8]>], room: &[usize]) -> Connection<Script> {
        let (reads, room) = (reads.iter().copied().collect(), room.iter().copied().collect());
        Connection::new(Script { reads, room, written: Vec::new() })
    }

    fn turn(connection: &mut Connection<Script>) -> Next {
        connection.turn(&mut [0; 8], 4, Drain::WouldBlock).expect("no error in the script")
    }

    #[test]
    fn a_write_that_is_cut_goes_on_where_it_was() {
        let mut client = connection(&[Some(b"abcdef"), None], &[1, 2, 0, 0, 3]);
        assert_eq!(turn(&mut client), Next::Write, "three bytes taken, then no room");
        assert_eq!(turn(&mut client), Next::Write, "still no room");
        assert_eq!(turn(&mut client), Next::Read, "the rest was taken");
        assert_eq!((client.stream.written.as_slice(), client.echoed()), (&b"abcdef"[..], 6));
    }

    #[test]
    fn nothing_is_read_while_output_is_pending() {
        let mut client = connection(&[Some(b"ab"), Some(b"cd")], &[0, 0]);
        assert_eq!(turn(&mut client), Next::Write);
        assert_eq!(turn(&mut client), Next::Write);
        assert_eq!(client.stream.reads.len(), 1, "the second input is left to the kernel");
    }

    #[test]
    fn input_that_ended_is_answered_in_full_before_the_close() {
        let mut client = connection(&[Some(b"last"), Some(b"")], &[3, 0, 0, 1]);
        assert_eq!(turn(&mut client), Next::Write);
        assert_eq!(turn(&mut client), Next::Write, "no close while a byte is owed");
        assert_eq!(turn(&mut client), Next::Close);
        assert_eq!(client.stream.written, b"last");
    }

    #[test]
    fn a_client_that_never_stops_gets_a_turn_and_no_more() {
        let mut client = connection(&[Some(&b"12345678"[..]); 9], &[8; 9]);
        assert_eq!(turn(&mut client), Next::Turn);
        assert_eq!(client.stream.written.len(), 4 * 8);
    }

    #[test]
    fn a_short_read_ends_the_input_only_where_that_is_safe() {
        let reads = [Some(&b"short"[..]), Some(&b""[..])];
        let mut client = connection(&reads, &[8]);
        let next = client.turn(&mut [0; 8], 4, Drain::ShortRead).expect("no error");
        assert_eq!(next, Next::Read, "the end of input is left for the next look");
        let mut client = connection(&reads, &[8]);
        assert_eq!(turn(&mut client), Next::Close, "asked until there was no more");
    }

    #[test]
    fn an_idle_client_holds_no_memory() {
        let mut client = connection(&[Some(b"abc"), None], &[0, 3]);
        assert_eq!(turn(&mut client), Next::Write);
        assert_eq!(turn(&mut client), Next::Read);
        assert_eq!(client.pending.capacity(), 0);
    }

    #[test]
    fn a_stream_that_takes_nothing_is_an_error_and_not_a_loop() {
        struct Full;
        impl Read for Full {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                buffer[0] = 1;
                Ok(1)
            }
        }
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Ok(0)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = Connection::new(Full).turn(&mut [0; 8], 4, Drain::ShortRead);
        assert_eq!(error.expect_err("no progress").kind(), io::ErrorKind::WriteZero);
    }
}
