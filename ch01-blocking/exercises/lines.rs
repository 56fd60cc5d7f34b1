//! Lines with a bound.
//!
//! A peer that never sends a line end must not fill our memory. The reader below checks the length of a line when
//! it has read all of it, and that is too late. Let it say `TooLong` as soon as the bound is passed, and hold no
//! more than that. What is left of such a line is skipped, and the next one is read as usual.
//!
//! A line counts without its end. The end of the stream after a whole line is the end, and within a line it is
//! the error `UnexpectedEof`.
//!
//! Hint: `fill_buf` shows what is there, and `consume` takes as much of it as you have used. Something must be
//! remembered from one call to the next: that the rest of a line is to be skipped.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Of a line, without its end.
const LINE_BYTES_MAX: usize = 16;

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

struct Lines<R> {
    reader: R,
    // SOLUTION
    /// The line has been reported as too long, and its end has not come yet.
    skipping: bool,
    // START
    // END
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Lines<R> {
        // SOLUTION
        Lines { reader, skipping: false }
        // START
        // Lines { reader }
        // END
    }

    /// The next line; `None` at the end of the stream.
    fn next(&mut self) -> io::Result<Option<Line>> {
        // SOLUTION
        let mut line = Vec::new();
        loop {
            let there = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                there => there?,
            };
            if there.is_empty() {
                let whole = line.is_empty() && !self.skipping;
                return if whole { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = &there[..end.unwrap_or(there.len())];
            let fits = line.len() + part.len() <= LINE_BYTES_MAX;
            if fits {
                line.extend_from_slice(part);
            }
            let used = part.len() + usize::from(end.is_some());
            self.reader.consume(used);
            if self.skipping {
                self.skipping = end.is_none();
                line.clear();
            } else if !fits {
                self.skipping = end.is_none();
                return Ok(Some(Line::TooLong));
            } else if end.is_some() {
                return Ok(Some(Line::Whole(line)));
            }
        }
        // START
        // let mut line = Vec::new();
        // if self.reader.read_until(b'\n', &mut line)? == 0 {
        //     return Ok(None);
        // }
        // if line.pop() != Some(b'\n') {
        //     return Err(ErrorKind::UnexpectedEof.into());
        // }
        // let whole = line.len() <= LINE_BYTES_MAX;
        // Ok(Some(if whole { Line::Whole(line) } else { Line::TooLong }))
        // END
    }
}

/// Reads through a buffer of so many bytes, because a line may be cut anywhere.
fn lines<R: Read>(stream: R, buffer_bytes: usize) -> Lines<BufReader<R>> {
    Lines::new(BufReader::with_capacity(buffer_bytes, stream))
}

fn whole(line: &[u8]) -> Line {
    Line::Whole(line.to_vec())
}

/// Gives the same byte for ever, or rather until it has become clear that nobody wants to stop.
struct Endless(u32);

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        assert!(self.0 < 100, "a hundred reads, and still no word about this line");
        buffer.fill(b'x');
        Ok(buffer.len())
    }
}

#[test]
fn lines_are_found_wherever_the_stream_is_cut() {
    let text = b"one\n\nsixteen bytes ok\nlast\n";
    for buffer_bytes in 1..=text.len() {
        let mut lines = lines(&text[..], buffer_bytes);
        for wanted in [&b"one"[..], b"", b"sixteen bytes ok", b"last"] {
            assert_eq!(lines.next().expect("a sound stream"), Some(whole(wanted)));
        }
        assert_eq!(lines.next().expect("a sound end"), None);
    }
}

#[test]
fn a_line_without_an_end_is_refused_at_the_bound() {
    let line = lines(Endless(0), 8).next().expect("no error of the stream");
    assert_eq!(line, Some(Line::TooLong));
}

#[test]
fn after_a_line_too_long_the_next_one_is_whole() {
    let text = b"seventeen bytes..\nnext\nthis one is much longer than sixteen bytes\nlast\n";
    for buffer_bytes in 1..=text.len() {
        let mut lines = lines(&text[..], buffer_bytes);
        for wanted in [Line::TooLong, whole(b"next"), Line::TooLong, whole(b"last")] {
            assert_eq!(lines.next().expect("a sound stream"), Some(wanted));
        }
        assert_eq!(lines.next().expect("a sound end"), None);
    }
}

#[test]
fn half_a_line_is_not_a_line() {
    let error = lines(&b"pay 10"[..], 8).next().expect_err("perhaps it was to be pay 1000");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
}
