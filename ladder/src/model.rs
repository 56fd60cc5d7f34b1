//! What a model is: a name, what it says of itself, and a function that serves.

use std::fmt;
use std::io;
use std::net::TcpListener;

use crate::Stop;

/// One way to wait for clients.
///
/// Everything that is said of a model stands here once. The command line, the conformance suite,
/// the bench and the book's tables all read this row.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// As typed on the command line, such as `epoll-edge`.
    pub name: &'static str,
    /// One line: how it waits.
    pub summary: &'static str,
    /// What the model before it could not do.
    pub fixes: &'static str,
    /// What it still cannot do, which leads to the next one.
    pub still_fails: &'static str,
    /// What it is known not to manage; the suite asserts each of these.
    pub limits: Limits,
    /// Serves until asked to stop, closes everything, and says what it did.
    ///
    /// The listener is bound and listening; no model chooses an address. One client's error ends
    /// one connection and is counted in [`Report::lost`].
    ///
    /// # Errors
    ///
    /// Only what leaves nothing to serve with: the selector or the runtime could not be made, or
    /// the listener itself failed.
    pub serve: fn(TcpListener, Stop) -> io::Result<Report>,
}

/// A chapter: its models in reading order.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// The cargo package, such as `ch03-selectors`.
    pub package: &'static str,
    /// What the chapter is about, as its page's title says it.
    pub title: &'static str,
    /// What all of its models speak.
    pub protocol: Protocol,
    /// In reading order. The first one is what the chapter's command runs unasked.
    pub models: &'static [Model],
}

impl Chapter {
    /// The package's first part, such as `ch03`.
    #[must_use]
    pub fn short(&self) -> &'static str {
        self.package.split_once('-').map_or(self.package, |(short, _)| short)
    }

    /// A model's full name, such as `ch03/epoll`: how the bench and the suite call it.
    #[must_use]
    pub fn path(&self, model: &Model) -> String {
        format!("{}/{}", self.short(), model.name)
    }
}

/// What a server and its clients speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Every byte comes back, until the client ends its side (RFC 862).
    Echo,
    /// HTTP/1.1: `GET /` says hello, `POST /echo` sends the body back.
    Http,
}

/// What a model is known not to manage.
///
/// A limit turns a behaviour of the suite around: what is claimed here must be *seen*. So a limit
/// is a test, never a skip, and a model cannot claim one that it has outgrown.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many clients it serves at once; the next one waits until one of them leaves.
    /// `None`: as many as there are descriptors.
    pub clients: Option<usize>,
    /// It can wait only for descriptors with numbers below this one, as select(2) does, whose sets
    /// have FD_SETSIZE bits. A client that gets a higher number is refused: its connection is
    /// closed, and [`Report::refused`] counts it. `None`: a number does not matter.
    pub descriptors: Option<usize>,
    /// What it does while no client sends anything.
    pub idle: Idle,
    /// Input behind an urgent byte (tcp(7), MSG_OOB) may stay unread until more input comes. A
    /// read stops at the urgent mark, so it may bring less than there is; an edge-triggered server
    /// that takes a short read for an empty socket then waits for an edge that was spent already.
    pub stalls_at_urgent_data: bool,
    /// Its reactor belongs to the process: a thread of it, and the few descriptors that it sleeps in,
    /// are still there after `serve` has returned. A second run would use the same.
    pub keeps_reactor: bool,
}

/// What a model does while nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Sleeps in the kernel until something happens: under 1 % of a core, however many clients.
    Waits,
    /// Looks again and again, and naps in between: cheap with few silent clients, but the cost
    /// grows with each.
    Looks,
    /// Never sleeps: a whole core, even for no client at all.
    Burns,
}

impl Limits {
    /// Held to everything.
    pub const NONE: Limits = Limits {
        clients: None,
        descriptors: None,
        idle: Idle::Waits,
        stalls_at_urgent_data: false,
        keeps_reactor: false,
    };

    /// Each limit as a phrase, for tables; empty when there is none.
    #[must_use]
    pub fn phrases(&self) -> Vec<String> {
        let clients = self.clients.map(|clients| match clients {
            1 => "serves one client at a time".to_owned(),
            more => format!("serves {more} clients at a time"),
        });
        let descriptors = self
            .descriptors
            .map(|limit| format!("refuses clients whose descriptor is not below {limit}"));
        let idle = match self.idle {
            Idle::Waits => None,
            Idle::Looks => Some("pays for each silent client".to_owned()),
            Idle::Burns => Some("burns a core while idle".to_owned()),
        };
        let urgent = self
            .stalls_at_urgent_data
            .then(|| "input behind an urgent byte waits for more input".to_owned());
        let reactor =
            self.keeps_reactor.then(|| "its reactor stays when it has stopped".to_owned());
        let limits = clients.into_iter().chain(descriptors).chain(idle);
        limits.chain(urgent).chain(reactor).collect()
    }
}

/// What a server did between its start and its stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Connections accepted.
    pub accepted: u64,
    /// Payload bytes sent back to clients; for HTTP, the bytes of `/echo` bodies.
    pub bytes_echoed: u64,
    /// Connections that ended by an error, such as a reset, and not by the client's end of input.
    pub lost: u64,
    /// Connections that were accepted and closed at once, because the model had no room for them;
    /// none of `lost`.
    pub refused: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { accepted, bytes_echoed, lost, refused } = self;
        write!(f, "{accepted} accepted, {bytes_echoed} bytes echoed, {lost} lost to errors")?;
        if *refused > 0 {
            write!(f, ", {refused} refused: no room for their descriptors")?;
        }
        Ok(())
    }
}
