//! A line, and then so many bytes.
//!
//! A store understands one command. `PUT 5` is a line, and behind it come five bytes to keep, whatever they are. The
//! chat below takes the next *line* for them. With text that works, until there is an end of a line in it.
//!
//! Let it change its terminator: a line ends with its two bytes, and what is kept ends when it has the length that was
//! promised. Then comes a line again. Each thing that is kept is answered with `kept`.
//!
//! Hint: `found_terminator` returns what the next message ends with. And read what `Terminator::Length` says of zero.

use std::io::{self, ErrorKind};

use ch03_selectors::dispatcher::collector::Collector;
use ch03_selectors::dispatcher::{Chat, Outbox, Terminator};

/// The longest message, of either kind.
const MESSAGE_BYTES_MAX: usize = 64;

fn end_of_line() -> Terminator {
    Terminator::Bytes(b"\r\n".to_vec())
}

#[derive(Default)]
struct Store {
    kept: Vec<Vec<u8>>,
    /// The command was read: what comes is to be kept.
    after_command: bool,
}

impl Store {
    fn keep(&mut self, message: Vec<u8>, outbox: &mut Outbox) -> io::Result<()> {
        self.kept.push(message);
        outbox.push(b"kept\r\n".to_vec())
    }
}

impl Chat for Store {
    fn found_terminator(
        &mut self,
        message: Vec<u8>,
        outbox: &mut Outbox,
    ) -> io::Result<Option<Terminator>> {
        if self.after_command {
            self.after_command = false;
            self.keep(message, outbox)?;
            // SOLUTION
            return Ok(Some(end_of_line()));
            // START
            // return Ok(None);
            // END
        }
        // SOLUTION
        let length = promised(&message)?;
        if length == 0 {
            // There is nothing to wait for, and no terminator for that.
            self.keep(Vec::new(), outbox)?;
            return Ok(None);
        }
        self.after_command = true;
        Ok(Some(Terminator::Length(length)))
        // START
        // promised(&message)?;
        // self.after_command = true;
        // Ok(None)
        // END
    }
}

/// The length in a command.
fn promised(line: &[u8]) -> io::Result<usize> {
    let length = line.strip_prefix(b"PUT ").and_then(|length| str::from_utf8(length).ok());
    let length = length.and_then(|length| length.parse().ok());
    length.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "no such command"))
}

/// What is kept, and how often that was said, of an input that comes in pieces of this size.
fn store(input: &[u8], size: usize) -> io::Result<(Vec<Vec<u8>>, usize)> {
    let (mut chat, mut outbox) = (Store::default(), Outbox::new(1000, 1));
    let mut collector = Collector::new(end_of_line(), MESSAGE_BYTES_MAX);
    for piece in input.chunks(size) {
        // As `AsyncChat` does it.
        collector.feed(piece);
        while let Some(message) = collector.next_message()? {
            if let Some(next) = chat.found_terminator(message, &mut outbox)? {
                collector.set_terminator(next);
            }
        }
    }
    Ok((chat.kept, outbox.len() / b"kept\r\n".len()))
}

#[test]
fn a_text_is_kept() {
    let (kept, answers) = store(b"PUT 5\r\nhello", 3).expect("a command");
    assert_eq!((kept, answers), (vec![b"hello".to_vec()], 1));
}

#[test]
fn bytes_are_kept_whatever_they_are_and_however_they_come() {
    let input = b"PUT 4\r\n\r\n\r\nPUT 6\r\nPUT 1\nPUT 1\r\n!";
    for size in 1..=input.len() {
        let (kept, answers) = store(input, size).expect("three commands");
        assert_eq!(kept, [&b"\r\n\r\n"[..], b"PUT 1\n", b"!"], "in pieces of {size}");
        assert_eq!(answers, 3);
    }
}

#[test]
fn nothing_can_be_kept_too() {
    let (kept, answers) = store(b"PUT 0\r\nPUT 1\r\n!", 100).expect("two commands");
    assert_eq!((kept, answers), (vec![Vec::new(), b"!".to_vec()], 2));
}

#[test]
fn what_is_no_command_is_an_error() {
    let error = store(b"GET 5\r\n", 100).expect_err("not understood");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
}
