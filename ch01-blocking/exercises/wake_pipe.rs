//! A bell that can be rung too often.
//!
//! The self-pipe wakes a loop from a signal handler or from another thread: ringing writes a byte, and the loop
//! sees that there is something to read. The one below has two faults. When nobody has answered for long, the pipe
//! is full, and ringing fails. And answering takes one byte, so after a hundred rings the loop wakes up a hundred
//! times for nothing.
//!
//! How often it was rung is of no interest. That it was rung since the last answer is, and must not be lost.
//!
//! Both ends are non-blocking. Why would a blocking one be a catastrophe within a signal handler?
//!
//! Hint: what does a full pipe say about whether the loop will wake up?

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;

struct Bell {
    ring: UnixStream,
    answer: UnixStream,
}

impl Bell {
    fn new() -> io::Result<Bell> {
        let (ring, answer) = UnixStream::pair()?;
        ring.set_nonblocking(true)?;
        answer.set_nonblocking(true)?;
        Ok(Bell { ring, answer })
    }

    /// From now on the loop has something to read.
    fn ring(&self) -> io::Result<()> {
        let mut ring = &self.ring;
        // SOLUTION
        match ring.write(&[1]) {
            // A full pipe is a rung bell already.
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
            written => written.map(drop),
        }
        // START
        // ring.write_all(&[1])
        // END
    }

    /// Whether it was rung since the last answer. Then there is nothing more to read.
    fn answer(&self) -> io::Result<bool> {
        let mut answer = &self.answer;
        // SOLUTION
        let mut rung = false;
        loop {
            match answer.read(&mut [0; 1024]) {
                // The other end is ours, and open for as long as this one.
                Ok(0) => return Ok(rung),
                Ok(_) => rung = true,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(rung),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        // START
        // match answer.read(&mut [0; 1]) {
        //     Ok(read) => Ok(read > 0),
        //     Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        //     Err(error) => Err(error),
        // }
        // END
    }
}

#[test]
fn a_ring_is_answered_once() {
    let bell = Bell::new().expect("two descriptors");
    assert!(!bell.answer().expect("open"), "nobody has rung");
    bell.ring().expect("room for a byte");
    assert!(bell.answer().expect("open"));
    assert!(!bell.answer().expect("open"), "it was answered");
}

#[test]
fn many_rings_are_one() {
    let bell = Bell::new().expect("two descriptors");
    for _ in 0..100 {
        bell.ring().expect("room for a byte");
    }
    assert!(bell.answer().expect("open"));
    assert!(!bell.answer().expect("open"), "the loop wakes up for nothing");
}

#[test]
fn a_bell_that_nobody_answers_may_be_rung_for_ever() {
    let bell = Bell::new().expect("two descriptors");
    // More bytes than a pair of Unix sockets holds anywhere.
    for number in 0..100_000 {
        assert!(bell.ring().is_ok(), "ring number {number} failed");
    }
    assert!(bell.answer().expect("open"), "and it is not forgotten");
    bell.ring().expect("room again");
    assert!(bell.answer().expect("open"));
}
