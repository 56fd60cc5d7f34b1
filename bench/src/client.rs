//! One client of the load: a message out, its answer in, whatever pieces they come in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Poll, Token};

use crate::load::{Fault, STALL_AFTER};
use crate::script::{Script, Seen, Wrong};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What went wrong for a client.
#[derive(Debug)]
pub(crate) enum What {
    /// A system call failed while something was being done.
    Failed(&'static str, io::Error),
    /// The server ended the connection when so many bytes of the answer were there.
    Closed(usize),
    /// The answer is another one.
    Wrong(Wrong),
    /// So many bytes of the answer came in time.
    Stalled(usize),
}

/// A connection and the messages that are on their way.
#[derive(Debug)]
pub(crate) struct Client {
    id: u32,
    stream: TcpStream,
    /// How many messages were begun.
    sequence: u64,
    /// All that is sent at once.
    requests: Vec<u8>,
    written: usize,
    /// Always of the size of the longest answers; `came` says how much of it is meant.
    inbox: Vec<u8>,
    came: usize,
    seen: Seen,
    sent_at: Instant,
    waits: bool,
}

impl Client {
    /// Connects, blocking: what is measured begins later.
    pub(crate) fn connect(
        addr: SocketAddr,
        id: usize,
        script: Script,
        poll: &Poll,
    ) -> io::Result<Client> {
        let stream = std::net::TcpStream::connect_timeout(&addr, CONNECT_TIMEOUT)?;
        stream.set_nonblocking(true)?;
        Client::over(TcpStream::from_std(stream), id, script, poll)
    }

    /// Begins to connect. [`connected`](Client::connected) says when that is done.
    pub(crate) fn begin_to_connect(
        addr: SocketAddr,
        id: usize,
        script: Script,
        poll: &Poll,
    ) -> io::Result<Client> {
        Client::over(TcpStream::connect(addr)?, id, script, poll)
    }

    fn over(mut stream: TcpStream, id: usize, script: Script, poll: &Poll) -> io::Result<Client> {
        stream.set_nodelay(true)?;
        // Both directions once and for all: mio reports changes only, so room to write, which is
        // nearly always there, costs no event of its own.
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(id), interest)?;
        Ok(Client {
            id: u32::try_from(id).unwrap_or(u32::MAX),
            stream,
            sequence: 0,
            requests: script.requests(),
            written: 0,
            inbox: vec![0; script.answer_bytes_max()],
            came: 0,
            seen: Seen::default(),
            sent_at: Instant::now(),
            waits: false,
        })
    }

    /// Whether the connection is made.
    pub(crate) fn connected(&self) -> io::Result<bool> {
        if let Some(error) = self.stream.take_error()? {
            return Err(error);
        }
        match self.stream.peer_addr() {
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(false),
            outcome => outcome.map(|_| true),
        }
    }

    /// Says that nothing more will come.
    pub(crate) fn leave(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Whether the server has left too.
    pub(crate) fn is_left(&mut self) -> io::Result<bool> {
        match self.stream.read(&mut self.inbox) {
            Ok(0) => Ok(true),
            Ok(_) => Err(io::Error::other("a byte came that nobody had asked for")),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// When the messages that are on their way, or the last ones, were begun.
    pub(crate) fn sent_at(&self) -> Instant {
        self.sent_at
    }

    /// Whether an answer is still to come.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// Sends the next messages.
    pub(crate) fn begin(&mut self, script: Script, now: Instant) -> Result<(), Fault> {
        script.stamp(&mut self.requests, self.id, self.sequence + 1);
        self.sequence += script.depth as u64;
        (self.written, self.came, self.seen) = (0, 0, Seen::default());
        (self.sent_at, self.waits) = (now, true);
        self.write()
    }

    /// Does what `event` makes possible. The number of answers that have become whole, all of them right.
    pub(crate) fn on_event(&mut self, event: &Event, script: Script) -> Result<usize, Fault> {
        if !self.waits {
            return Ok(0);
        }
        if self.written < self.requests.len() {
            self.write()?;
        }
        let before = self.seen.answers;
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.waits = !self.read(script)?;
        }
        Ok(self.seen.answers - before)
    }

    /// Whether the answer is overdue.
    pub(crate) fn look(&self, now: Instant) -> Result<(), Fault> {
        let overdue = self.waits && now.saturating_duration_since(self.sent_at) > STALL_AFTER;
        if overdue { Err(self.fault(What::Stalled(self.came))) } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Fault> {
        while self.written < self.requests.len() {
            match self.stream.write(&self.requests[self.written..]) {
                Ok(0) => return Err(self.fault(failed("sending", ErrorKind::WriteZero.into()))),
                Ok(len) => self.written += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault(failed("sending", error))),
            }
        }
        Ok(())
    }

    /// Reads until all answers are whole, or there is no more now. The last one ends it: the server
    /// owes nothing then, and one more read, only to hear that, would cost as much as the first.
    fn read(&mut self, script: Script) -> Result<bool, Fault> {
        loop {
            match self.stream.read(&mut self.inbox[self.came..]) {
                Ok(0) => return Err(self.fault(What::Closed(self.came))),
                Ok(len) => self.came += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(self.fault(failed("receiving", error))),
            }
            let inbox = &self.inbox[..self.came];
            let whole = script.answers(&self.requests, inbox, &mut self.seen);
            if whole.map_err(|wrong| self.fault(What::Wrong(wrong)))? {
                return Ok(true);
            }
        }
    }

    fn fault(&self, what: What) -> Fault {
        Fault { client: self.id, what }
    }
}

fn failed(doing: &'static str, error: io::Error) -> What {
    What::Failed(doing, error)
}
