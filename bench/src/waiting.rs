//! What one wait costs, with many descriptors registered that have nothing to say.
//!
//! No server and no client: a selector, a crowd that is silent, and a few that are ready. What grows
//! with the crowd is paid for in every wait.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch03_selectors::select::FD_SETSIZE;
use ch03_selectors::{Backend, Event, Interest, Registration, Selector, Token, Trigger, Watch};
use serde::Serialize;

use crate::rounds::median;

/// Descriptors that are silent.
pub const CROWDS: [usize; 4] = [10, 100, 1000, 10_000];

/// Descriptors that are ready.
pub const READY: [usize; 2] = [1, 50];

/// How often each cell is measured, in turns with all the others.
pub const ROUNDS: usize = 5;

/// Waits in a round; the median of them counts, which a busy machine moves least.
pub const WAITS: usize = 41;

/// Descriptors that are not of the crowd: standard streams, the selector's, those of this program.
const OTHERS: usize = 24;

/// A selector in which some are ready and many are not.
#[derive(Debug)]
pub struct Crowd {
    selector: Rc<dyn Selector>,
    ready: Vec<Registration<UnixStream>>,
    _silent: Vec<Registration<UnixStream>>,
    /// The other ends. Nobody writes to those of the silent.
    _peers: Vec<UnixStream>,
    events: Vec<Event>,
}

impl Crowd {
    /// Registers `ready` descriptors with a byte to read, and `silent` ones without.
    ///
    /// # Errors
    ///
    /// When there are not so many descriptors, or the selector does not take so many.
    pub fn new(backend: &Backend, silent: usize, ready: usize) -> io::Result<Crowd> {
        let selector = (backend.make)()?;
        // mio knows edges alone.
        let level = selector.supports(Trigger::Level);
        let trigger = if level { Trigger::Level } else { Trigger::Edge };
        let register = |stream: UnixStream, number: usize| {
            let index = u32::try_from(number).unwrap_or(u32::MAX);
            let token = Token { index, generation: 0 };
            let watch = Watch { token, interest: Interest::READABLE, trigger };
            Registration::new(&selector, stream, watch)
        };
        let mut peers = Vec::new();
        let mut speaking = Vec::new();
        for number in 0..ready {
            let (stream, mut peer) = UnixStream::pair()?;
            peer.write_all(b"x")?;
            speaking.push(register(stream, number)?);
            peers.push(peer);
        }
        // A descriptor each, all of the same socket: a pair for each would take twice as many.
        let (idle, peer) = UnixStream::pair()?;
        peers.push(peer);
        let crowd = (0..silent).map(|number| register(idle.try_clone()?, ready + number));
        let crowd = crowd.collect::<io::Result<Vec<_>>>()?;
        Ok(Crowd { selector, ready: speaking, _silent: crowd, _peers: peers, events: Vec::new() })
    }

    /// One wait, and how long it took.
    ///
    /// # Errors
    ///
    /// When the selector fails, or does not name exactly those who are ready.
    pub fn wait(&mut self) -> io::Result<Duration> {
        for ready in &self.ready {
            // An edge is spent by its report, so it is asked for again.
            ready.rearm()?;
        }
        let start = Instant::now();
        self.selector.select(&mut self.events, Some(Duration::from_secs(5)))?;
        let took = start.elapsed();
        if self.events.len() == self.ready.len() {
            Ok(took)
        } else {
            let (named, ready) = (self.events.len(), self.ready.len());
            Err(io::Error::other(format!("{named} were named where {ready} are ready")))
        }
    }
}

/// A selector with a number of silent descriptors.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The selector, under the name of the model that waits in it.
    pub model: String,
    /// `wait`: there is no client, and nothing is spoken.
    pub protocol: &'static str,
    /// Silent descriptors.
    pub connections: usize,
    /// `measured`, or `limit` where the selector does not take so many.
    pub status: &'static str,
    /// The limit.
    pub why: Option<String>,
    /// One wait with one ready, the median, µs.
    pub wait_one_us: Option<f64>,
    /// One wait with fifty ready, the median, µs.
    pub wait_fifty_us: Option<f64>,
    /// Each round's own figures, for one and for fifty.
    pub rounds: Vec<[f64; 2]>,
}

/// Measures all `backends` with all numbers in turns, in a process that may have `descriptors`.
/// `progress` is told of each round that is done.
///
/// # Errors
///
/// When a selector fails.
pub fn measure(
    backends: &[Backend],
    descriptors: usize,
    progress: impl Fn(),
) -> io::Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for backend in backends {
        rows.extend(CROWDS.map(|silent| Row::new(backend.name, silent, descriptors)));
    }
    for _ in 0..ROUNDS {
        let cells = backends.iter().flat_map(|backend| CROWDS.map(|silent| (backend, silent)));
        for (row, (backend, silent)) in rows.iter_mut().zip(cells) {
            if row.why.is_none() {
                let [one, fifty] = READY.map(|ready| round(backend, silent, ready));
                row.rounds.push([one?, fifty?]);
            }
        }
        progress();
    }
    rows.iter_mut().for_each(Row::settle);
    Ok(rows)
}

fn round(backend: &Backend, silent: usize, ready: usize) -> io::Result<f64> {
    let mut crowd = Crowd::new(backend, silent, ready)?;
    let waits = (0..WAITS).map(|_| crowd.wait()).collect::<io::Result<Vec<_>>>()?;
    Ok(median(waits.into_iter().map(|wait| wait.as_secs_f64() * 1e6)))
}

impl Row {
    fn new(backend: &str, silent: usize, descriptors: usize) -> Row {
        let most = silent + READY.into_iter().max().unwrap_or(0) * 2 + OTHERS;
        let why = if backend == "select" && most > FD_SETSIZE {
            Some(format!("takes descriptors below {FD_SETSIZE}"))
        } else if most > descriptors {
            Some(format!("this process may have {descriptors} descriptors"))
        } else {
            None
        };
        Row {
            model: format!("ch03/{backend}"),
            protocol: "wait",
            connections: silent,
            status: if why.is_some() { "limit" } else { "measured" },
            why,
            wait_one_us: None,
            wait_fifty_us: None,
            rounds: Vec::new(),
        }
    }

    fn settle(&mut self) {
        if !self.rounds.is_empty() {
            self.wait_one_us = Some(median(self.rounds.iter().map(|round| round[0])));
            self.wait_fifty_us = Some(median(self.rounds.iter().map(|round| round[1])));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ch03_selectors::BACKENDS;

    #[test]
    fn a_wait_names_those_who_are_ready_again_and_again() {
        for backend in BACKENDS {
            let mut crowd = Crowd::new(backend, 20, 3).expect("a crowd");
            for _ in 0..3 {
                crowd.wait().unwrap_or_else(|error| panic!("{}: {error}", backend.name));
            }
        }
    }

    #[test]
    fn select_and_a_small_process_say_their_limits() {
        assert_eq!(Row::new("select", 10_000, 20_000).status, "limit");
        assert_eq!(Row::new("poll", 10_000, 20_000).status, "measured");
        assert!(Row::new("poll", 10_000, 1024).why.expect("too few").contains("1024"));
    }
}
