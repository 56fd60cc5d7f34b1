//! A small echo server on one thread, right in every respect but the one that is planted.
//!
//! It waits on the `polling` crate, level-triggered. Each fault is one `if` beside the line that
//! would have been right, so this file reads as a list of what can go wrong where.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::thread;
use std::time::{Duration, Instant};

use ladder::socket::{ACCEPT_PAUSE, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};
use polling::{Event, Events, PollMode, Poller};

use crate::fault::Fault;

const LISTENER: usize = 0;
const STOP: usize = 1;
/// Clients' keys are their slots, from here on.
const FIRST_SLOT: usize = 2;

/// How many clients the table of [`Fault::SmallTable`] holds.
const SMALL_TABLE: usize = 256;

/// How many descriptors are in the set of [`Fault::ForgetsBeyondItsSet`] and its kin.
pub(crate) const SET: usize = 1024;

/// Reads that [`Fault::BudgetNeverRefilled`] allows a client, in all its life.
const BUDGET: u32 = 128;

/// How often [`Fault::NapsBeforeStop`] looks: so seldom that a busy machine, which may ask it late,
/// does not ask it at the end of a nap by chance.
const NAP: Duration = Duration::from_secs(1);

/// Serves until asked to stop, with one fault.
pub(crate) fn serve(listener: TcpListener, stop: &Stop, fault: Fault) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let poller = Poller::new()?;
    let listening = match fault {
        Fault::OneAcceptPerEdge => PollMode::Edge,
        _ => PollMode::Level,
    };
    watch(&poller, &listener, Event::readable(LISTENER), listening)?;
    if fault != Fault::NapsBeforeStop {
        watch(&poller, stop, Event::readable(STOP), PollMode::Level)?;
    }
    if fault == Fault::LeavesThread {
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
    }
    let (clients, later, report) = (Vec::new(), VecDeque::new(), Report::default());
    let (paused, forgotten, full) = (None, Vec::new(), false);
    let server =
        Server { fault, poller, listener, clients, report, paused, later, forgotten, full };
    server.run(stop)
}

struct Server {
    fault: Fault,
    poller: Poller,
    listener: TcpListener,
    /// A slot each; a free one is given to the next client.
    clients: Vec<Option<Client>>,
    report: Report,
    /// Descriptors were out: when to accept again.
    paused: Option<Instant>,
    /// What [`Fault::AnswersTheSlot`] puts aside.
    later: VecDeque<(usize, Vec<u8>)>,
    /// Whom [`Fault::ForgetsBeyondItsSet`] neither serves nor closes.
    forgotten: Vec<TcpStream>,
    /// [`Fault::RefusesForGood`] has refused somebody.
    full: bool,
}

struct Client {
    stream: TcpStream,
    /// Read, and not written yet.
    pending: Vec<u8>,
    /// The client ended its side.
    ended: bool,
    /// What it is watched for: readable, writable.
    watched: (bool, bool),
    reads: u32,
}

impl Server {
    fn run(mut self, stop: &Stop) -> io::Result<Report> {
        let mut events = Events::new();
        while !stop.is_requested() {
            events.clear();
            self.poller.wait(&mut events, self.timeout())?;
            for event in events.iter() {
                match event.key {
                    STOP => {}
                    LISTENER => self.accept()?,
                    key => self.turn(key - FIRST_SLOT)?,
                }
            }
            while let Some((slot, bytes)) = self.later.pop_front() {
                if let Some(client) = &mut self.clients[slot] {
                    client.pending.extend(bytes);
                    self.turn(slot)?;
                }
            }
            if self.paused.is_some_and(|until| Instant::now() >= until) {
                self.listen_again()?;
            }
        }
        if self.fault == Fault::LeaksDescriptorAtStop {
            mem::forget(self.listener);
        }
        Ok(self.report)
    }

    fn timeout(&self) -> Option<Duration> {
        match self.fault {
            Fault::NeverWaits => Some(Duration::ZERO),
            Fault::NapsBeforeStop => Some(NAP),
            _ => self.paused.map(|until| until.saturating_duration_since(Instant::now())),
        }
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => self.enter(stream)?,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Pause => return self.pause(error),
                    AcceptError::Fatal => return Err(error),
                },
            }
            if self.fault == Fault::OneAcceptPerEdge {
                return Ok(());
            }
        }
    }

    /// Descriptors are out. The listener stays ready, so nobody must wait for it.
    fn pause(&mut self, error: io::Error) -> io::Result<()> {
        match self.fault {
            Fault::SpinsOnEmfile => return Ok(()),
            Fault::EndsOnEmfile => return Err(error),
            Fault::DeafAfterEmfile => {}
            _ => self.paused = Some(Instant::now() + ACCEPT_PAUSE),
        }
        self.poller.modify_with_mode(&self.listener, Event::none(LISTENER), PollMode::Level)
    }

    fn listen_again(&mut self) -> io::Result<()> {
        self.paused = None;
        self.poller.modify_with_mode(&self.listener, Event::readable(LISTENER), PollMode::Level)
    }

    fn enter(&mut self, stream: TcpStream) -> io::Result<()> {
        self.report.accepted += 1;
        if self.fault == Fault::AsksForTheAddressOfTheDead {
            stream.peer_addr().expect("a client has an address");
        }
        if self.fault == Fault::UrgentInline {
            socket2::SockRef::from(&stream).set_out_of_band_inline(true)?;
        }
        if socket::tune(&stream).and_then(|()| stream.set_nonblocking(true)).is_err() {
            self.report.lost += 1;
            return Ok(());
        }
        if self.full || usize::try_from(stream.as_raw_fd()).is_ok_and(|number| number >= SET) {
            match self.fault {
                Fault::ForgetsBeyondItsSet => {
                    self.forgotten.push(stream);
                    return Ok(());
                }
                Fault::EndsBeyondItsSet => return Err(ErrorKind::InvalidInput.into()),
                Fault::RefusesForGood => {
                    (self.full, self.report.refused) = (true, self.report.refused + 1);
                    return Ok(());
                }
                Fault::CountsRefusedAsLost => {
                    self.report.lost += 1;
                    return Ok(());
                }
                _ => {}
            }
        }
        let free = self.clients.iter().position(Option::is_none);
        let slot = free.unwrap_or(self.clients.len());
        if self.fault == Fault::SmallTable && slot == SMALL_TABLE {
            return Ok(());
        }
        if free.is_none() {
            self.clients.push(None);
        }
        watch(&self.poller, &stream, Event::readable(slot + FIRST_SLOT), self.mode())?;
        let (pending, watched) = (Vec::new(), (true, false));
        self.clients[slot] = Some(Client { stream, pending, ended: false, watched, reads: 0 });
        Ok(())
    }

    fn mode(&self) -> PollMode {
        match self.fault {
            Fault::EdgeWithoutDraining | Fault::EdgeStopsAtShortRead => PollMode::Edge,
            _ => PollMode::Level,
        }
    }

    /// A client is ready: one read, one write, and then it is the next one's turn.
    fn turn(&mut self, slot: usize) -> io::Result<()> {
        // An event of one look may be about a client that left in the same look.
        let Some(mut client) = self.clients[slot].take() else { return Ok(()) };
        let outcome = self.echo(slot, &mut client);
        match outcome {
            Ok(true) => {
                let interest = self.interest(&client);
                if interest != client.watched {
                    let event = Event::new(slot + FIRST_SLOT, interest.0, interest.1);
                    self.poller.modify_with_mode(&client.stream, event, self.mode())?;
                    client.watched = interest;
                }
                self.clients[slot] = Some(client);
                return Ok(());
            }
            Ok(false) if self.fault == Fault::CountsTheEndAsLoss => self.report.lost += 1,
            Ok(false) => {}
            Err(error) => {
                self.report.lost += 1;
                if self.fault == Fault::EndsOnOneClientsError {
                    return Err(error);
                }
            }
        }
        self.poller.delete(&client.stream)?;
        if self.fault == Fault::LeaksClients {
            client.stream.shutdown(std::net::Shutdown::Both).ok();
            mem::forget(client.stream);
        }
        Ok(())
    }

    /// What the client is waited for next: room while something is owed, else input.
    fn interest(&self, client: &Client) -> (bool, bool) {
        let owes = !client.pending.is_empty();
        let reads_on = match self.fault {
            Fault::ReadabilityLeftOn | Fault::UnboundedOutput | Fault::EdgeWithoutDraining => true,
            _ => !owes,
        };
        (reads_on && !client.ended, owes || self.fault == Fault::WritabilityLeftOn)
    }

    /// Writes what is owed, then reads once and writes that. False: this client is done.
    fn echo(&mut self, slot: usize, client: &mut Client) -> io::Result<bool> {
        self.write(client)?;
        let reads_on = match self.fault {
            Fault::ClosesOnHalfClose | Fault::UnboundedOutput => true,
            _ => client.pending.is_empty(),
        };
        while reads_on && !client.ended {
            let read = self.read(client)?;
            match read {
                Some(0) => client.ended = true,
                Some(_) => match self.fault {
                    Fault::ClosesOnHalfClose => continue,
                    Fault::AnswersTheSlot => {
                        self.later.push_back((slot, mem::take(&mut client.pending)));
                    }
                    _ => self.write(client)?,
                },
                None => break,
            }
            match self.fault {
                Fault::AnswersTheSlot => {}
                Fault::DrainsOneClient if client.pending.is_empty() => {}
                Fault::EdgeStopsAtShortRead
                    if client.pending.is_empty() && read == Some(READ_BYTES) => {}
                _ => break,
            }
        }
        if client.ended && self.fault == Fault::ClosesOnHalfClose {
            return Ok(false);
        }
        self.write(client)?;
        Ok(!client.ended || !client.pending.is_empty())
    }

    fn read(&mut self, client: &mut Client) -> io::Result<Option<usize>> {
        client.reads += 1;
        if self.fault == Fault::BudgetNeverRefilled && client.reads > BUDGET {
            return Ok(None);
        }
        let mut buffer = [0; READ_BYTES];
        match client.stream.read(&mut buffer) {
            Ok(read) => {
                client.pending.extend_from_slice(&buffer[..read]);
                if self.fault == Fault::CountsTwice {
                    self.report.bytes_echoed += read as u64;
                }
                Ok(Some(read))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(error) if self.fault == Fault::PanicsOnReset => panic!("read: {error}"),
            Err(error) => Err(error),
        }
    }

    fn write(&mut self, client: &mut Client) -> io::Result<()> {
        while !client.pending.is_empty() {
            match client.stream.write(&client.pending) {
                Ok(written) => {
                    self.report.bytes_echoed += written as u64;
                    match self.fault {
                        Fault::WriteTakenForWriteAll => client.pending.clear(),
                        Fault::ResendsTheWhole if written < client.pending.len() => {}
                        _ => _ = client.pending.drain(..written),
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => match self.fault {
                    Fault::BlocksOnOneClient => thread::sleep(Duration::from_millis(1)),
                    _ => return Ok(()),
                },
                Err(error) if self.fault == Fault::PanicsOnBrokenPipe => panic!("write: {error}"),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

#[expect(unsafe_code, reason = "polling asks its caller to delete a source before it is closed")]
fn watch(poller: &Poller, source: &impl AsFd, interest: Event, mode: PollMode) -> io::Result<()> {
    // SAFETY: clients are deleted before they are dropped, and the listener and the stop live as
    // long as the poller.
    unsafe { poller.add_with_mode(source.as_fd().as_raw_fd(), interest, mode) }
}
