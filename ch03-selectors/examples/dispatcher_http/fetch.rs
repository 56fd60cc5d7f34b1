//! A page fetched by callbacks: three steps in a row, turned into a state machine by hand.
//!
//! The program's place is [`Step`]. What it knows is in fields. Every callback must ask where we
//! are, and every step must say what comes next, and what becomes of an error just there.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::rc::Rc;

use ch03_selectors::dispatcher::{Channel, Dispatcher};

use crate::page::{self, Head, Page};

/// Where it failed, and how.
pub(crate) type Failure = (&'static str, io::Error);

/// Where the result will be.
pub(crate) type Outcome = Rc<Cell<Option<Result<Page, Failure>>>>;

/// Where we are.
enum Step {
    Connecting,
    /// So many bytes of the request have gone out.
    Requesting(usize),
    /// As much of the head as has come.
    ReadingHead(Vec<u8>),
    /// As much of the body as has come.
    ReadingBody(Head, Vec<u8>),
    Over,
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Step::Connecting => "connecting",
            Step::Requesting(_) => "sending the request",
            Step::ReadingHead(_) => "reading the head",
            Step::ReadingBody(..) => "reading the body",
            Step::Over => "over",
        }
    }
}

pub(crate) struct Fetch {
    step: Step,
    /// Addresses that were not tried yet.
    left: VecDeque<SocketAddr>,
    request: Vec<u8>,
    outcome: Outcome,
}

impl Fetch {
    /// Fetches from the first of `addrs` that answers. `connect` begins a connection.
    pub(crate) fn start(
        mut left: VecDeque<SocketAddr>,
        request: &[u8],
        outcome: &Outcome,
        mut connect: impl FnMut(SocketAddr, Fetch) -> io::Result<()>,
    ) {
        let mut error = ErrorKind::AddrNotAvailable.into();
        while let Some(addr) = left.pop_front() {
            let (left, outcome) = (left.clone(), Rc::clone(outcome));
            let fetch = Fetch { step: Step::Connecting, left, request: request.to_vec(), outcome };
            match connect(addr, fetch) {
                Ok(()) => return,
                Err(failed) => error = failed,
            }
        }
        outcome.set(Some(Err(("connecting", error))));
    }

    fn finish(&mut self, channel: &mut Channel<'_>, result: Result<Page, io::Error>) {
        let name = self.step.name();
        self.step = Step::Over;
        self.outcome.set(Some(result.map_err(|error| (name, error))));
        channel.close();
    }

    /// Looks whether what has come is enough for the next step.
    fn advance(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        if let Step::ReadingHead(bytes) = &mut self.step
            && let Some((head, rest)) = page::parse_head(bytes)?
        {
            self.step = Step::ReadingBody(head, rest);
        }
        if let Step::ReadingBody(head, body) = &mut self.step
            && body.len() >= head.length
        {
            body.truncate(head.length);
            let page = Page { status: head.status, body: std::mem::take(body) };
            self.finish(channel, Ok(page));
        }
        Ok(())
    }
}

impl Dispatcher for Fetch {
    fn readable(&self) -> bool {
        matches!(self.step, Step::ReadingHead(_) | Step::ReadingBody(..))
    }

    fn writable(&self) -> bool {
        matches!(self.step, Step::Requesting(_))
    }

    fn handle_connect(&mut self, _channel: &mut Channel<'_>) -> io::Result<()> {
        self.step = Step::Requesting(0);
        Ok(())
    }

    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let Step::Requesting(sent) = &mut self.step else { return Ok(()) };
        *sent += channel.send(&self.request[*sent..])?;
        if *sent == self.request.len() {
            self.step = Step::ReadingHead(Vec::new());
        }
        Ok(())
    }

    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        let mut buffer = [0; 1024];
        let read = channel.recv(&mut buffer)?;
        match &mut self.step {
            Step::ReadingHead(bytes) | Step::ReadingBody(_, bytes) => {
                bytes.extend_from_slice(&buffer[..read]);
            }
            Step::Connecting | Step::Requesting(_) | Step::Over => {}
        }
        self.advance(channel)
    }

    fn handle_close(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        if !matches!(self.step, Step::Over) {
            self.finish(channel, Err(ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }

    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        if matches!(self.step, Step::Connecting) && !self.left.is_empty() {
            // The next address needs another socket, and so another dispatcher: we begin again.
            Fetch::start(self.left.clone(), &self.request, &self.outcome, |addr, fetch| {
                channel.connect(addr, fetch)
            });
            self.step = Step::Over;
            channel.close();
        } else {
            self.finish(channel, Err(error));
        }
    }
}
