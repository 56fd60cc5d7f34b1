//! The last word.
//!
//! A client may end its side and still wait for its answer. The connection below repeats in capitals what it hears,
//! and it hangs up too soon: when the input ends, it closes, even if some of the answer has not gone out yet. With
//! an empty network and short messages that never shows. `nc` with a large file shows it at once.
//!
//! Mend `turn`: all that was owed goes out first, and only then `Close`. While anything is owed, nothing is read:
//! a client that never reads must not fill our memory.
//!
//! Hint: the end of the input is something to remember. What is it that decides whether to close?

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};

/// What the connection waits for.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Read,
    Write,
    Close,
}

struct Loud<S> {
    stream: S,
    /// Heard, and not yet repeated.
    owed: Vec<u8>,
    // SOLUTION
    input_ended: bool,
    // START
    // END
}

impl<S: Read + Write> Loud<S> {
    fn new(stream: S) -> Loud<S> {
        // SOLUTION
        Loud { stream, owed: Vec::new(), input_ended: false }
        // START
        // Loud { stream, owed: Vec::new() }
        // END
    }

    /// Does what can be done without waiting.
    fn turn(&mut self) -> io::Result<Next> {
        loop {
            // SOLUTION
            if !self.repeat()? {
                return Ok(Next::Write);
            }
            if self.input_ended {
                return Ok(Next::Close);
            }
            // START
            // self.repeat()?;
            // END
            let mut buffer = [0; 4];
            match self.stream.read(&mut buffer) {
                // SOLUTION
                Ok(0) => self.input_ended = true,
                // START
                // Ok(0) => return Ok(Next::Close),
                // END
                Ok(read) => self.owed.extend(buffer[..read].to_ascii_uppercase()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Next::Read),
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes what is owed, as far as there is room. Whether nothing is owed any more.
    fn repeat(&mut self) -> io::Result<bool> {
        while !self.owed.is_empty() {
            match self.stream.write(&self.owed) {
                Ok(written) => drop(self.owed.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// A client that says all it has to say, and ends its side. It takes as many bytes as it has room for.
struct Client {
    says: VecDeque<u8>,
    room: usize,
    heard: Vec<u8>,
}

impl Client {
    fn new(says: &[u8]) -> Client {
        Client { says: says.iter().copied().collect(), room: 0, heard: Vec::new() }
    }
}

impl Read for Client {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.says.read(buffer)
    }
}

impl Write for Client {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(self.room);
        if taken == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.room -= taken;
        self.heard.write(&bytes[..taken])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_client_with_room_hears_everything() {
    let mut loud = Loud::new(Client { room: 100, ..Client::new(b"can you hear me") });
    assert_eq!(loud.turn().expect("no error"), Next::Close);
    assert_eq!(String::from_utf8_lossy(&loud.stream.heard), "CAN YOU HEAR ME");
}

#[test]
fn nobody_hangs_up_while_a_byte_is_owed() {
    let mut loud = Loud::new(Client::new(b"bye"));
    for room in [0, 1, 1, 0] {
        loud.stream.room = room;
        let next = loud.turn().expect("no error");
        assert_eq!(next, Next::Write, "heard so far: {:?}", loud.stream.heard);
    }
    loud.stream.room = 1;
    assert_eq!(loud.turn().expect("no error"), Next::Close);
    assert_eq!(String::from_utf8_lossy(&loud.stream.heard), "BYE");
}

#[test]
fn a_client_that_never_reads_is_not_listened_to() {
    let mut loud = Loud::new(Client::new(&[b'x'; 1000]));
    for _ in 0..10 {
        assert_eq!(loud.turn().expect("no error"), Next::Write);
    }
    assert!(loud.owed.len() <= 4, "{} bytes are kept for it", loud.owed.len());
}
