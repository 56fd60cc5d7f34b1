//! Bytes that come in pieces, cut into messages at a terminator.
//!
//! Where a read ends says nothing about where a message ends. A terminator may itself come in two
//! pieces, and one piece may hold three messages. This knows nothing of sockets.

use std::io::{self, ErrorKind};

/// What a message ends with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Terminator {
    /// These bytes, which are not part of it. Not none of them: use [`Terminator::None`].
    Bytes(Vec<u8>),
    /// That it has this length. Zero is as [`Terminator::None`], or it would end for ever.
    Length(usize),
    /// Nothing: every piece is handed on as it comes.
    None,
}

/// The bytes of a message that is not complete.
#[derive(Debug)]
pub struct Collector {
    terminator: Terminator,
    collected: Vec<u8>,
    /// As many bytes were searched in vain: they are not searched again with every piece.
    searched: usize,
    max_bytes: usize,
}

impl Collector {
    /// Cuts at `terminator`, and keeps no more than `max_bytes`.
    #[must_use]
    pub fn new(terminator: Terminator, max_bytes: usize) -> Collector {
        Collector { terminator, collected: Vec::new(), searched: 0, max_bytes }
    }

    /// What the rest is cut at, from the next byte on.
    pub fn set_terminator(&mut self, terminator: Terminator) {
        self.terminator = terminator;
        self.searched = 0;
    }

    /// Bytes of a message that is not complete.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.collected.len()
    }

    /// Adds a piece. Then ask for [`Collector::next_message`] until there is none.
    pub fn feed(&mut self, piece: &[u8]) {
        self.collected.extend_from_slice(piece);
    }

    /// The next message that is complete, without its terminator.
    ///
    /// # Errors
    ///
    /// `InvalidData` when the message is not complete within the bound.
    pub fn next_message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let found = match &self.terminator {
            Terminator::None | Terminator::Length(0) => {
                let all = self.collected.len();
                (all > 0).then_some((all, 0))
            }
            Terminator::Length(length) => (self.collected.len() >= *length).then_some((*length, 0)),
            Terminator::Bytes(end) => {
                let found = find(&self.collected[self.searched..], end);
                found.map(|at| (self.searched + at, end.len()))
            }
        };
        match found {
            Some((length, end)) if length <= self.max_bytes => {
                let rest = self.collected.split_off(length + end);
                let mut message = std::mem::replace(&mut self.collected, rest);
                message.truncate(length);
                self.searched = 0;
                Ok(Some(message))
            }
            None if self.collected.len() <= self.max_bytes => {
                if let Terminator::Bytes(end) = &self.terminator {
                    // Its beginning may be at the end of what is here.
                    self.searched = (self.collected.len() + 1).saturating_sub(end.len());
                }
                Ok(None)
            }
            _ => {
                let text = format!("a message of more than {} bytes", self.max_bytes);
                Err(io::Error::new(ErrorKind::InvalidData, text))
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len().max(1)).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(collector: &mut Collector) -> Vec<String> {
        std::iter::from_fn(|| collector.next_message().expect("within the bound"))
            .map(|message| String::from_utf8(message).expect("text"))
            .collect()
    }

    #[test]
    fn messages_are_the_same_wherever_they_are_cut() {
        let all = b"one\r\n\r\ntw\ro\r\nrest";
        for size in 1..=all.len() {
            let mut collector = Collector::new(Terminator::Bytes(b"\r\n".to_vec()), 100);
            let mut came = Vec::new();
            for piece in all.chunks(size) {
                collector.feed(piece);
                came.extend(messages(&mut collector));
            }
            assert_eq!(came, ["one", "", "tw\ro"], "in pieces of {size}");
            assert_eq!(collector.pending(), 4);
        }
    }

    #[test]
    fn a_terminator_set_between_two_messages_counts_for_what_is_here_already() {
        let mut collector = Collector::new(Terminator::Bytes(b"\n".to_vec()), 100);
        collector.feed(b"length 5\nhello and more");
        assert_eq!(collector.next_message().expect("a line").as_deref(), Some(&b"length 5"[..]));
        collector.set_terminator(Terminator::Length(5));
        assert_eq!(collector.next_message().expect("a body").as_deref(), Some(&b"hello"[..]));
        collector.set_terminator(Terminator::None);
        assert_eq!(messages(&mut collector), [" and more"]);
    }

    #[test]
    fn an_endless_message_is_an_error_at_the_bound_and_not_before() {
        for end in [Terminator::Bytes(b"\n".to_vec()), Terminator::Length(9)] {
            let mut collector = Collector::new(end, 8);
            collector.feed(b"12345678");
            assert_eq!(collector.next_message().expect("at the bound"), None);
            collector.feed(b"9");
            let error = collector.next_message().expect_err("over it");
            assert_eq!(error.kind(), ErrorKind::InvalidData);
        }
        // Also when it comes complete, in one piece.
        let mut collector = Collector::new(Terminator::Bytes(b"\n".to_vec()), 8);
        collector.feed(b"12345678\n123456789\n");
        assert_eq!(messages_of_bound(&mut collector), [true, false]);
    }

    fn messages_of_bound(collector: &mut Collector) -> [bool; 2] {
        [collector.next_message().is_ok(), collector.next_message().is_ok()]
    }

    #[test]
    fn what_was_searched_is_not_searched_again() {
        let mut collector = Collector::new(Terminator::Bytes(b"\r\n".to_vec()), 1 << 20);
        for _ in 0..100_000 {
            collector.feed(b"x");
            assert_eq!(collector.next_message().expect("within the bound"), None);
            assert!(collector.pending() - collector.searched <= 1);
        }
    }
}
