//! A flush that goes on where it was.
//!
//! A socket that does not block takes what it has room for, and then says `WouldBlock`. What it has taken is gone,
//! and must not be sent again. The `flush` below uses `write_all`, which gives up at the first `WouldBlock` and
//! does not say how much went. So the peer gets the beginning twice, and more often.
//!
//! Write it so that each byte goes out once, in order. It returns whether everything is out. A signal is no reason to
//! stop, and a stream that takes nothing without an error would be asked for ever: make that the error `WriteZero`.
//!
//! Hint: `Vec::drain` takes away what has gone. How often is that worth it: after each write, or once at the end?

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};

/// Bytes that are still to be written.
#[derive(Default)]
struct Output {
    pending: Vec<u8>,
}

impl Output {
    fn push(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
    }

    /// Writes what can be written without waiting. Whether nothing is left.
    fn flush(&mut self, stream: &mut impl Write) -> io::Result<bool> {
        // SOLUTION
        let mut gone = 0;
        let ended = loop {
            if gone == self.pending.len() {
                break Ok(true);
            }
            match stream.write(&self.pending[gone..]) {
                Ok(0) => break Err(ErrorKind::WriteZero.into()),
                Ok(written) => gone += written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        // Once for all writes: each of these moves the rest to the front.
        self.pending.drain(..gone);
        ended
        // START
        // match stream.write_all(&self.pending) {
        //     Ok(()) => {
        //         self.pending.clear();
        //         Ok(true)
        //     }
        //     Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        //     Err(error) => Err(error),
        // }
        // END
    }
}

/// What a write meets.
#[derive(Clone, Copy)]
enum Meets {
    Room(usize),
    NoRoom,
    Signal,
}

/// A socket with as much room as it was told, and none beyond that.
#[derive(Default)]
struct Script {
    writes: VecDeque<Meets>,
    taken: Vec<u8>,
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.writes.pop_front().unwrap_or(Meets::NoRoom) {
            Meets::Room(room) => self.taken.write(&bytes[..bytes.len().min(room)]),
            Meets::NoRoom => Err(ErrorKind::WouldBlock.into()),
            Meets::Signal => Err(ErrorKind::Interrupted.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn script(writes: &[Meets]) -> Script {
    Script { writes: writes.iter().copied().collect(), taken: Vec::new() }
}

#[test]
fn each_byte_goes_out_once_and_in_order() {
    use Meets::{NoRoom, Room, Signal};
    let mut stream = script(&[Room(2), NoRoom, Room(1), Signal, Room(1), NoRoom, NoRoom, Room(9)]);
    let mut output = Output::default();
    output.push(b"hello");
    let mut flush = || output.flush(&mut stream).expect("no error in the script");
    assert_eq!([flush(), flush(), flush(), flush()], [false, false, false, true]);
    assert_eq!(String::from_utf8_lossy(&stream.taken), "hello");
}

#[test]
fn what_comes_later_goes_out_later() {
    let mut stream = script(&[Meets::Room(1), Meets::NoRoom, Meets::Room(9), Meets::Room(9)]);
    let mut output = Output::default();
    output.push(b"one ");
    assert!(!output.flush(&mut stream).expect("no error in the script"));
    output.push(b"two");
    assert!(output.flush(&mut stream).expect("no error in the script"));
    assert_eq!(String::from_utf8_lossy(&stream.taken), "one two");
    assert!(output.flush(&mut stream).expect("nothing is nothing to do"));
}

#[test]
fn a_stream_that_takes_nothing_is_an_error() {
    let mut output = Output::default();
    output.push(b"hello");
    let mut stream = script(&[Meets::Room(3), Meets::Room(0), Meets::Room(0)]);
    let error = output.flush(&mut stream).expect_err("no progress, and no error either");
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    assert_eq!(output.pending, b"lo", "what has gone has gone");
}
