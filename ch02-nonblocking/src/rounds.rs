//! One thread, which asks every client in turn: anything to read? room to write?
//!
//! The models of this chapter differ only in what they do between two rounds.

use std::io;
use std::net::{TcpListener, TcpStream};

use ladder::socket::{AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};

use crate::connection::{Connection, Drain, Next};

/// Clients accepted in one round: enough for a burst, and those who are here already do not wait
/// for the whole of it.
pub const ACCEPTS_MAX: usize = 64;

/// Reads for one client in one round: 4 × 16 KiB, then it is the next one's turn.
pub const READS_MAX: usize = 4;

/// The open connections and what they share.
#[derive(Debug)]
pub struct Rounds {
    listener: TcpListener,
    stop: Stop,
    clients: Vec<Connection<TcpStream>>,
    buffer: Box<[u8]>,
    report: Report,
}

impl Rounds {
    /// Serves until the stop is requested. After each round calls `pause` with the stop, which may
    /// cut a nap short, and with whether anything moved in the round.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    // ANCHOR: serve
    pub fn serve(
        listener: TcpListener,
        stop: Stop,
        mut pause: impl FnMut(&Stop, bool),
    ) -> io::Result<Report> {
        listener.set_nonblocking(true)?;
        let buffer = vec![0; READ_BYTES].into_boxed_slice();
        let (clients, report) = (Vec::new(), Report::default());
        let mut rounds = Rounds { listener, stop, clients, buffer, report };
        while !rounds.stop.is_requested() {
            let accepted = rounds.accept()?;
            let moved = rounds.ask_everybody();
            pause(&rounds.stop, accepted || moved);
        }
        Ok(rounds.report)
    }

    fn ask_everybody(&mut self) -> bool {
        let mut moved = false;
        let Rounds { clients, buffer, report, .. } = self;
        clients.retain_mut(|client| {
            let before = client.echoed();
            let next = client.turn(buffer, READS_MAX, Drain::ShortRead);
            moved |= client.echoed() != before;
            report.bytes_echoed += client.echoed() - before;
            match next {
                Ok(Next::Close) => false,
                Ok(_) => true,
                Err(_) => {
                    report.lost += 1;
                    false
                }
            }
        });
        moved
    }
    // ANCHOR_END: serve

    /// Accepts those who wait. True if there was anybody.
    fn accept(&mut self) -> io::Result<bool> {
        for accepted in 0..ACCEPTS_MAX {
            match self.listener.accept() {
                Ok((stream, _)) => self.enter(stream),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(accepted > 0),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    // Out of descriptors: the clients we have are served, and the next round tries
                    // again.
                    AcceptError::Pause => return Ok(accepted > 0),
                    AcceptError::Fatal => return Err(error),
                },
            }
        }
        Ok(true)
    }

    fn enter(&mut self, stream: TcpStream) {
        self.report.accepted += 1;
        match stream.set_nonblocking(true).and_then(|()| socket::tune(&stream)) {
            Ok(()) => self.clients.push(Connection::new(stream)),
            Err(_) => self.report.lost += 1,
        }
    }
}
