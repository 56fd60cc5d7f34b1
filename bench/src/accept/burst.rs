//! Many clients that come at the same moment, say one message each, and leave.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use hdrhistogram::Histogram;
use mio::event::Event;
use mio::{Events, Poll};

use crate::client::Client;
use crate::load::{EVENTS_MAX, STALL_AFTER, histogram, nanoseconds};
use crate::script::Script;

/// Who is served later than this was not heard at first: its SYN came when the queue of the listener was
/// full, was dropped, and was sent again a second later (tcp(7), RFC 6298 section 2).
pub const LATE_AFTER: Duration = Duration::from_millis(900);

/// Makes bursts.
pub(super) struct Bursts {
    script: Script,
    poll: Poll,
    events: Events,
    /// From the attempt to connect to the answer, of all that were served.
    pub(super) latency: Histogram<u64>,
    pub(super) late: u64,
    pub(super) failed: u64,
    /// The first reason for that.
    pub(super) why: Option<String>,
}

/// A client on its way through the server.
struct Visitor {
    client: Client,
    since: Instant,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connects,
    Asks,
    Leaves,
}

impl Bursts {
    pub(super) fn new(script: Script) -> Result<Bursts> {
        Ok(Bursts {
            script,
            poll: Poll::new().context("making the load's selector")?,
            events: Events::with_capacity(EVENTS_MAX),
            latency: histogram(),
            late: 0,
            failed: 0,
            why: None,
        })
    }

    /// One burst of `size` clients. How long it was until the last of them had its answer; when it returns
    /// the server has closed all connections.
    ///
    /// # Errors
    ///
    /// When this process cannot make so many connections.
    pub(super) fn run(&mut self, addr: SocketAddr, size: usize) -> Result<Duration> {
        let start = Instant::now();
        let mut visitors = Vec::with_capacity(size);
        for id in 0..size {
            let since = Instant::now();
            let client = Client::begin_to_connect(addr, id, self.script, &self.poll);
            let client = client.with_context(|| format!("connecting client {id} of {size}"))?;
            visitors.push(Some(Visitor { client, since, stage: Stage::Connects }));
        }
        let mut inside = size;
        let mut last = start;
        while inside > 0 && start.elapsed() < STALL_AFTER {
            match self.poll.poll(&mut self.events, Some(STALL_AFTER)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                outcome => outcome.context("waiting")?,
            }
            for event in &self.events {
                let place = &mut visitors[event.token().0];
                let Some(visitor) = place else { continue };
                let before = visitor.stage;
                let outcome = visitor.on_event(event, self.script);
                if before != Stage::Leaves && visitor.stage == Stage::Leaves {
                    last = Instant::now();
                    let took = last - visitor.since;
                    self.latency.saturating_record(nanoseconds(took));
                    self.late += u64::from(took > LATE_AFTER);
                }
                match outcome {
                    Ok(false) => continue,
                    Ok(true) => {}
                    Err(why) => {
                        self.failed += 1;
                        self.why.get_or_insert(why);
                    }
                }
                *place = None;
                inside -= 1;
            }
        }
        if inside > 0 {
            self.failed += inside as u64;
            self.why.get_or_insert(format!("not served and closed in {STALL_AFTER:?}"));
        }
        Ok(last - start)
    }
}

impl Visitor {
    /// Goes on as far as it can. True: it has left, and the server has closed.
    fn on_event(&mut self, event: &Event, script: Script) -> Result<bool, String> {
        let told = |error: io::Error| error.to_string();
        if self.stage == Stage::Connects && self.client.connected().map_err(told)? {
            self.stage = Stage::Asks;
            self.client.begin(script, Instant::now()).map_err(|fault| fault.to_string())?;
        }
        if self.stage == Stage::Asks {
            let answers = self.client.on_event(event, script).map_err(|fault| fault.to_string())?;
            if answers > 0 {
                self.stage = Stage::Leaves;
                self.client.leave().map_err(told)?;
            }
        }
        if self.stage == Stage::Leaves { self.client.is_left().map_err(told) } else { Ok(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ladder::Protocol;
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    /// A burst of `size` at a server that answers the messages of those whose number is not in `drops`,
    /// and hangs up on the others.
    fn burst(size: usize, drops: &'static [usize]) -> Bursts {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let serving = thread::spawn(move || {
            for number in 0..size {
                let (mut stream, _) = listener.accept().expect("a client");
                let mut message = [0; 64];
                stream.read_exact(&mut message).expect("a message");
                if !drops.contains(&number) {
                    stream.write_all(&message).expect("room");
                    assert_eq!(stream.read(&mut message).expect("its end"), 0);
                }
            }
        });
        let mut bursts = Bursts::new(Script::echo(Protocol::Echo)).expect("a selector");
        let last = bursts.run(addr, size).expect("room for all");
        let longest = Duration::from_nanos(bursts.latency.max());
        assert!(longest <= last + Duration::from_millis(100), "{longest:?} {last:?}");
        serving.join().expect("no panic");
        bursts
    }

    #[test]
    fn all_are_served_and_closed_when_a_burst_is_over() {
        let bursts = burst(30, &[]);
        assert_eq!((bursts.latency.len(), bursts.failed), (30, 0));
        assert_eq!(bursts.why, None);
    }

    #[test]
    fn who_is_hung_up_on_counts_and_the_others_are_served() {
        let bursts = burst(10, &[0, 7]);
        assert_eq!((bursts.latency.len(), bursts.failed), (8, 2));
        assert!(bursts.why.expect("a reason").contains("closed by the server after 0 bytes"));
    }
}
