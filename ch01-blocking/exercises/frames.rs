//! A frame that comes in pieces.
//!
//! A frame is four bytes that say a length, and then as many bytes of payload. The reader below takes one
//! `read` for the length and one for the payload. Over the loopback that nearly always works, and that is
//! the worst kind of bug. Make it work for a peer that sends a byte at a time, for a signal that interrupts
//! a read, and for a stream that ends in the middle of a frame.
//!
//! The three ends of a stream are different. Before a frame it is the end, `Ok(None)`. Within a frame, also
//! within its length, it is the error `UnexpectedEof`. And a length beyond the bound is `InvalidData`, before a
//! single byte is allocated for it.
//!
//! Hint: `read_exact` does all the work for the payload. For the length it does too much: it cannot tell you
//! whether the stream ended before the first byte or after it.

use std::io::{self, ErrorKind, Read};

/// What a peer may announce.
const FRAME_BYTES_MAX: usize = 1024;

/// The next frame's payload; `None` where the stream ends before one.
fn read_frame(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    // SOLUTION
    let mut filled = 0;
    while filled < length.len() {
        match stream.read(&mut length[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut payload = vec![0; length];
    // It goes on after a signal, and a stream that ends too early is its error.
    stream.read_exact(&mut payload)?;
    // START
    // if stream.read(&mut length)? == 0 {
    //     return Ok(None);
    // }
    // let mut payload = vec![0; u32::from_be_bytes(length) as usize];
    // let read = stream.read(&mut payload)?;
    // payload.truncate(read.min(FRAME_BYTES_MAX));
    // END
    Ok(Some(payload))
}

/// Gives the bytes one by one, and has a signal come before every second one.
struct Slow<'a> {
    bytes: &'a [u8],
    calls: usize,
}

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        assert!(self.calls < 100, "no progress after so many reads");
        if self.calls.is_multiple_of(2) {
            return Err(ErrorKind::Interrupted.into());
        }
        let end = buffer.len().min(1);
        self.bytes.read(&mut buffer[..end])
    }
}

fn slow(bytes: &[u8]) -> Slow<'_> {
    Slow { bytes, calls: 0 }
}

#[test]
fn frames_in_single_bytes_are_whole() {
    let mut stream = slow(b"\0\0\0\x05hello\0\0\0\0\0\0\0\x02ok");
    for wanted in ["hello", "", "ok"] {
        let frame = read_frame(&mut stream).expect("a sound stream").expect("a frame");
        assert_eq!(String::from_utf8_lossy(&frame), wanted);
    }
    assert_eq!(read_frame(&mut stream).expect("a sound end"), None);
}

#[test]
fn frames_that_come_together_stay_apart() {
    let mut stream = &b"\0\0\0\x01a\0\0\0\x01b"[..];
    for wanted in ["a", "b"] {
        let frame = read_frame(&mut stream).expect("a sound stream").expect("a frame");
        assert_eq!(String::from_utf8_lossy(&frame), wanted);
    }
}

#[test]
fn an_end_within_a_frame_is_an_error() {
    let frame = b"\0\0\0\x03abc";
    for end in 1..frame.len() {
        let read = read_frame(&mut slow(&frame[..end]));
        let kind = read.map_err(|error| error.kind());
        assert_eq!(kind, Err(ErrorKind::UnexpectedEof), "after {end} bytes of {}", frame.len());
    }
}

#[test]
fn a_length_beyond_the_bound_is_refused() {
    // What the first four letters of an HTTP request are, taken for a length.
    for announced in [*b"GET ", [0, 0, 4, 1]] {
        let kind = read_frame(&mut &announced[..]).map_err(|error| error.kind());
        assert_eq!(kind, Err(ErrorKind::InvalidData));
    }
}
