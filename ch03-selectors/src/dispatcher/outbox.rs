//! Output that waits, and producers that make it when there is room.
//!
//! A queue of ready-made output is as large as its largest file. So the queue holds producers: each
//! is asked for a piece when the one before has gone out. What is in memory is one piece.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};

/// Makes output, a piece at a time.
pub trait Producer {
    /// The next piece, of a size that one likes to have in memory; `None` when there is no more.
    fn more(&mut self) -> Option<Vec<u8>>;
}

/// Any iterator over pieces is one.
impl<I: Iterator<Item = Vec<u8>>> Producer for I {
    fn more(&mut self) -> Option<Vec<u8>> {
        self.next()
    }
}

/// Output for one peer.
pub struct Outbox {
    queue: VecDeque<Output>,
    /// How much of the first piece has gone out.
    sent: usize,
    /// Of the pieces that are in memory.
    bytes: usize,
    max_bytes: usize,
    max_producers: usize,
    close_when_done: bool,
}

enum Output {
    Piece(Vec<u8>),
    Producer(Box<dyn Producer>),
}

impl Outbox {
    /// Holds `max_bytes` of ready-made output at most, and `max_producers` that make some.
    #[must_use]
    pub fn new(max_bytes: usize, max_producers: usize) -> Outbox {
        let queue = VecDeque::new();
        Outbox { queue, sent: 0, bytes: 0, max_bytes, max_producers, close_when_done: false }
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` when its peer has left too much untaken; nothing was added.
    pub fn push(&mut self, bytes: Vec<u8>) -> io::Result<()> {
        if bytes.len() > self.max_bytes.saturating_sub(self.bytes) {
            let text = format!("more than {} bytes wait for this peer", self.max_bytes);
            return Err(io::Error::new(ErrorKind::OutOfMemory, text));
        }
        if !bytes.is_empty() {
            self.bytes += bytes.len();
            self.queue.push_back(Output::Piece(bytes));
        }
        Ok(())
    }

    /// Adds somebody who makes output when its turn comes.
    ///
    /// # Errors
    ///
    /// `OutOfMemory` when too many wait.
    pub fn push_producer(&mut self, producer: impl Producer + 'static) -> io::Result<()> {
        let waiting = |output: &&Output| matches!(output, Output::Producer(_));
        if self.queue.iter().filter(waiting).count() >= self.max_producers {
            let text = format!("more than {} producers wait for this peer", self.max_producers);
            return Err(io::Error::new(ErrorKind::OutOfMemory, text));
        }
        self.queue.push_back(Output::Producer(Box::new(producer)));
        Ok(())
    }

    /// After all that is in it, the channel is to be closed.
    pub fn close_when_done(&mut self) {
        self.close_when_done = true;
    }

    /// Nothing more goes out, not even what is in it, and the channel is to be closed.
    pub fn abandon(&mut self) {
        self.queue.clear();
        (self.bytes, self.sent, self.close_when_done) = (0, 0, true);
    }

    /// Nothing waits here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Bytes that are in memory.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// All has gone out, and nothing more shall.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.close_when_done && self.queue.is_empty()
    }

    /// Whether it has been asked to be closed.
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.close_when_done
    }

    /// Sends the first piece by `send`, which says how much it took.
    ///
    /// # Errors
    ///
    /// What `send` says.
    pub fn send(&mut self, send: impl FnOnce(&[u8]) -> io::Result<usize>) -> io::Result<()> {
        self.produce();
        let Some(Output::Piece(piece)) = self.queue.front() else { return Ok(()) };
        self.sent += send(&piece[self.sent..])?;
        if self.sent == piece.len() {
            self.bytes -= piece.len();
            self.sent = 0;
            self.queue.pop_front();
        }
        Ok(())
    }

    /// Sees to it that the first one is a piece, if there is any output at all.
    fn produce(&mut self) {
        while let Some(Output::Producer(producer)) = self.queue.front_mut() {
            match producer.more() {
                Some(piece) if piece.is_empty() => {}
                Some(piece) => {
                    self.bytes += piece.len();
                    self.queue.push_front(Output::Piece(piece));
                    return;
                }
                None => drop(self.queue.pop_front()),
            }
        }
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(outbox: &mut Outbox, step: usize) -> (String, usize) {
        let (mut sent, mut most) = (String::new(), 0);
        while !outbox.is_empty() {
            let take = |piece: &[u8]| {
                let taken = &piece[..piece.len().min(step)];
                sent.push_str(std::str::from_utf8(taken).expect("text"));
                Ok(taken.len())
            };
            outbox.send(take).expect("no error");
            most = most.max(outbox.len());
        }
        (sent, most)
    }

    #[test]
    fn pieces_and_producers_go_out_in_order_whatever_the_peer_takes_at_a_time() {
        for step in 1..8 {
            let mut outbox = Outbox::new(100, 1);
            outbox.push(b"head ".to_vec()).expect("room");
            outbox.push_producer((1..4).map(|n| format!("{n} ").into_bytes())).expect("room");
            outbox.push(b"tail".to_vec()).expect("room");
            assert_eq!(drain(&mut outbox, step).0, "head 1 2 3 tail");
        }
    }

    #[test]
    fn a_producer_of_a_large_output_has_one_piece_in_memory() {
        let mut outbox = Outbox::new(0, 1);
        outbox.push_producer((0..1000).map(|_| vec![b'x'; 10])).expect("room");
        let (sent, most) = drain(&mut outbox, 3);
        assert_eq!((sent.len(), most), (10_000, 10));
    }

    #[test]
    fn too_much_is_refused_and_what_was_there_still_goes_out() {
        let mut outbox = Outbox::new(4, 1);
        outbox.push(b"abc".to_vec()).expect("room");
        assert_eq!(outbox.push(b"de".to_vec()).expect_err("full").kind(), ErrorKind::OutOfMemory);
        outbox.push_producer(std::iter::empty()).expect("room");
        let error = outbox.push_producer(std::iter::empty()).expect_err("too many");
        assert_eq!(error.kind(), ErrorKind::OutOfMemory);
        outbox.close_when_done();
        assert!(!outbox.is_done());
        assert_eq!(drain(&mut outbox, 9).0, "abc");
        assert!(outbox.is_done());
    }
}
