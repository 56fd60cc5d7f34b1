//! One client of the load: a message out, its answer in, whatever pieces they come in.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::event::Event;
use mio::net::TcpStream;
use mio::{Interest, Poll, Token};

use crate::load::{Fault, STALL_AFTER};
use crate::script::{Script, Wrong};

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

/// A connection and the message that is on its way.
#[derive(Debug)]
pub(crate) struct Client {
    id: u32,
    stream: TcpStream,
    /// How many messages were begun.
    sequence: u64,
    request: Vec<u8>,
    written: usize,
    /// Always of the size of the longest answer; `came` says how much of it is meant.
    inbox: Vec<u8>,
    came: usize,
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
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        // Both directions once and for all: mio reports changes only, so room to write, which is
        // nearly always there, costs no event of its own.
        poll.registry().register(
            &mut stream,
            Token(id),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        Ok(Client {
            id: u32::try_from(id).unwrap_or(u32::MAX),
            stream,
            sequence: 0,
            request: script.request(),
            written: 0,
            inbox: vec![0; script.answer_bytes_max()],
            came: 0,
            sent_at: Instant::now(),
            waits: false,
        })
    }

    /// When the message that is on its way, or the last one, was begun.
    pub(crate) fn sent_at(&self) -> Instant {
        self.sent_at
    }

    /// Sends the next message.
    pub(crate) fn begin(&mut self, script: Script, now: Instant) -> Result<(), Fault> {
        self.sequence += 1;
        script.stamp(&mut self.request, self.id, self.sequence);
        (self.written, self.came, self.sent_at, self.waits) = (0, 0, now, true);
        self.write()
    }

    /// Does what `event` makes possible. True once the answer is there, whole and right.
    pub(crate) fn on_event(&mut self, event: &Event, script: Script) -> Result<bool, Fault> {
        if !self.waits {
            return Ok(false);
        }
        if self.written < self.request.len() {
            self.write()?;
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.waits = !self.read(script)?;
        }
        Ok(!self.waits)
    }

    /// Whether the answer is overdue.
    pub(crate) fn look(&self, now: Instant) -> Result<(), Fault> {
        let overdue = self.waits && now.saturating_duration_since(self.sent_at) > STALL_AFTER;
        if overdue { Err(self.fault(What::Stalled(self.came))) } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Fault> {
        while self.written < self.request.len() {
            match self.stream.write(&self.request[self.written..]) {
                Ok(0) => return Err(self.fault(failed("sending", ErrorKind::WriteZero.into()))),
                Ok(len) => self.written += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.fault(failed("sending", error))),
            }
        }
        Ok(())
    }

    /// Reads until the answer is whole, or there is no more now. A whole answer ends it: the server
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
            let answer = script.answer(&self.request, &self.inbox[..self.came]);
            if answer.map_err(|wrong| self.fault(What::Wrong(wrong)))? {
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
