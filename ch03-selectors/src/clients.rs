//! What every server of this chapter keeps, and what it does for one event.
//!
//! The loops in [`level`](crate::level) and [`edge`](crate::edge) differ in when they call this,
//! and in what they do about the answer.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch02_nonblocking::connection::{Connection, Drain, Next};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};

use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::selector::{Registration, Selector};
use crate::slots::Slots;

/// Clients accepted in one turn: enough for a burst, and those who are here already do not wait
/// for the whole of it.
pub const ACCEPTS_MAX: usize = 64;

/// Reads for one client in one turn: 4 × 16 KiB, then it is the next one's.
pub const READS_MAX: usize = 4;

/// The listener's name. No client's: a table never grows to this index.
pub const LISTENER: Token = Token { index: u32::MAX, generation: 0 };

/// The stop's name.
pub const STOP: Token = Token { index: u32::MAX - 1, generation: 0 };

/// A client, and what the edge loop has to remember of it.
#[derive(Debug)]
pub struct Client {
    /// What is owed to it.
    pub connection: Connection<Registration<TcpStream>>,
    /// An event said that there is more to its input than bytes: a short read is not the last one
    /// any more.
    pub exceptional: bool,
    /// It is in the edge loop's queue.
    pub queued: bool,
}

/// How accepting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nobody waits any more.
    All,
    /// The turn is over, and somebody may still wait.
    Some,
    /// There are no descriptors: nothing more until a client leaves, or a while has gone by.
    Paused,
}

/// The listener, the stop and the clients, all in one selector.
#[derive(Debug)]
pub struct Clients {
    selector: Rc<dyn Selector>,
    /// What each client is registered for at first.
    interest: Interest,
    trigger: Trigger,
    listener: Registration<TcpListener>,
    stop: Registration<Stop>,
    slots: Slots<Client>,
    /// When accepting may go on, if it is paused.
    resume_at: Option<Instant>,
    buffer: Box<[u8]>,
    report: Report,
}

impl Clients {
    /// Registers the listener and the stop.
    ///
    /// # Errors
    ///
    /// When the selector does not take them.
    pub fn new(
        selector: Rc<dyn Selector>,
        listener: TcpListener,
        stop: Stop,
        interest: Interest,
        trigger: Trigger,
    ) -> io::Result<Clients> {
        listener.set_nonblocking(true)?;
        let input = |token| Watch { token, interest: Interest::READABLE, trigger };
        let listener = Registration::new(&selector, listener, input(LISTENER))?;
        let stop = Registration::new(&selector, stop, input(STOP))?;
        Ok(Clients {
            selector,
            interest,
            trigger,
            listener,
            stop,
            slots: Slots::default(),
            resume_at: None,
            buffer: vec![0; READ_BYTES].into_boxed_slice(),
            report: Report::default(),
        })
    }

    /// Waits for events; no longer than until accepting may go on. False: the stop was requested.
    ///
    /// # Errors
    ///
    /// When the selector fails.
    pub fn wait(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<bool> {
        let until_resume = self.resume_at.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = timeout.into_iter().chain(until_resume).min();
        self.selector.select(events, timeout)?;
        Ok(!self.stop.source().is_requested())
    }

    /// The client of this name, if it is still here.
    pub fn get_mut(&mut self, token: Token) -> Option<&mut Client> {
        self.slots.get_mut(token)
    }

    /// The listener, for those who change its interest.
    #[must_use]
    pub fn listener(&self) -> &Registration<TcpListener> {
        &self.listener
    }

    /// What was done so far.
    #[must_use]
    pub fn report(&self) -> Report {
        self.report
    }

    /// One turn for one client: moves what can be moved, and closes it when it is done or lost.
    /// What it waits for now; `None` when it is not here any more.
    // ANCHOR: turn
    pub fn turn(&mut self, token: Token) -> Option<Next> {
        let Client { connection, exceptional, .. } = self.slots.get_mut(token)?;
        let drain = if *exceptional { Drain::WouldBlock } else { Drain::ShortRead };
        let before = connection.echoed();
        let next = connection.turn(&mut self.buffer, READS_MAX, drain);
        self.report.bytes_echoed += connection.echoed() - before;
        match next {
            Ok(Next::Close) => self.leave(token),
            Ok(next) => return Some(next),
            Err(_) => self.lose(token),
        }
        None
    }
    // ANCHOR_END: turn

    /// Closes a client that an error ended.
    pub fn lose(&mut self, token: Token) {
        self.report.lost += 1;
        self.leave(token);
    }

    fn leave(&mut self, token: Token) {
        // Dropping it unregisters it, and then closes it.
        drop(self.slots.remove(token));
        if let Some(at) = &mut self.resume_at {
            // Its descriptor is free.
            *at = Instant::now();
        }
    }

    /// Accepts those who wait, [`ACCEPTS_MAX`] of them at most.
    ///
    /// # Errors
    ///
    /// When the listener is no use any more.
    // ANCHOR: accept
    pub fn accept(&mut self) -> io::Result<Accepted> {
        self.resume_at = None;
        for _ in 0..ACCEPTS_MAX {
            match self.listener.source().accept() {
                Ok((stream, _)) => self.enter(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Accepted::All);
                }
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Pause => {
                        self.resume_at = Some(Instant::now() + ACCEPT_PAUSE);
                        return Ok(Accepted::Paused);
                    }
                    AcceptError::Fatal => return Err(error),
                },
            }
        }
        Ok(Accepted::Some)
    }
    // ANCHOR_END: accept

    /// Whether accepting was paused, and may go on now.
    #[must_use]
    pub fn may_resume(&self) -> bool {
        self.resume_at.is_some_and(|at| at <= Instant::now())
    }

    fn enter(&mut self, stream: TcpStream) {
        self.report.accepted += 1;
        if stream.set_nonblocking(true).and_then(|()| socket::tune(&stream)).is_err() {
            self.report.lost += 1;
            return;
        }
        let (selector, interest, trigger) = (&self.selector, self.interest, self.trigger);
        let entered = self.slots.try_insert(|token| {
            let stream = Registration::new(selector, stream, Watch { token, interest, trigger })?;
            let connection = Connection::new(stream);
            io::Result::Ok(Client { connection, exceptional: false, queued: false })
        });
        match entered {
            Ok(_) => {}
            // Its descriptor has a number for which the selector cannot wait.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => self.report.refused += 1,
            Err(_) => self.report.lost += 1,
        }
    }
}
