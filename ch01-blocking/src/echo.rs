//! What every server of this chapter does for one client: send back each byte until the client
//! has no more.
//!
//! It is generic over [`Read`] and [`Write`], because waiting is all that a blocking stream does
//! differently from a file: a TCP socket, a Unix socket and a pair of pipes all fit.

use std::io::{self, Read, Write};

use ladder::socket::READ_BYTES;

/// Echoes until the client ends its side, and adds each byte that went back to `echoed`.
///
/// The count is an argument and not the result, so that it is right after an error as well.
///
/// # Errors
///
/// The first error of `read` or `write` other than `Interrupted`: this client is lost.
pub fn echo(mut stream: impl Read + Write, echoed: &mut u64) -> io::Result<()> {
    let mut buffer = [0; READ_BYTES];
    loop {
        // ANCHOR: read
        let read = match stream.read(&mut buffer) {
            // End of input: the client has closed its side, or all of it (read(2)).
            Ok(0) => return Ok(()),
            // Any number up to the buffer's size. Where a message ends is not in the stream.
            Ok(read) => read,
            // A signal came first (signal(7)): nothing is lost, ask again.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        // ANCHOR_END: read
        // `write` may take less than it is given; `write_all` goes on until the rest is taken.
        stream.write_all(&buffer[..read])?;
        *echoed += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Plays back a list of reads, and takes at most three bytes a write.
    struct Script {
        reads: VecDeque<io::Result<&'static [u8]>>,
        written: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.reads.pop_front().unwrap_or(Ok(b""))?;
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(3);
            self.written.extend_from_slice(&bytes[..taken]);
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn short_writes_and_signals_lose_no_byte() {
        let interrupted = Err(io::ErrorKind::Interrupted.into());
        let reads = VecDeque::from([Ok(&b"one message "[..]), interrupted, Ok(b"in two parts")]);
        let mut script = Script { reads, written: Vec::new() };
        let mut echoed = 0;
        echo(&mut script, &mut echoed).expect("an orderly end");
        assert_eq!((script.written.as_slice(), echoed), (&b"one message in two parts"[..], 24));
    }

    #[test]
    fn the_count_is_right_after_an_error() {
        let reset = Err(io::ErrorKind::ConnectionReset.into());
        let mut script =
            Script { reads: VecDeque::from([Ok(&b"four"[..]), reset]), written: vec![] };
        let mut echoed = 0;
        let error = echo(&mut script, &mut echoed).expect_err("a reset");
        assert_eq!((error.kind(), echoed), (io::ErrorKind::ConnectionReset, 4));
    }
}
