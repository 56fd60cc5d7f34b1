//! What the clients do: the same for every model, so that the timelines can be compared.
//!
//! Three of them come one after the other. A holds a conversation. B is slow: its message comes in two
//! pieces, with a long silence between them. C says one thing, hears it, and leaves.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Kind, Lane, Span, What, now_us};

/// For an echo to come back, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client's script: what it does, and not before which millisecond.
struct Script {
    name: char,
    /// Not at once: the server has just begun to listen.
    arrives_ms: u64,
    acts: &'static [(u64, Act)],
}

#[derive(Clone, Copy)]
enum Act {
    /// Sends so many bytes, and does not wait.
    Say(usize),
    /// Waits until all that was sent has come back.
    Hear,
    Leave,
}

const CLIENTS: [Script; 3] = [
    Script {
        name: 'A',
        arrives_ms: 10,
        acts: &[
            (25, Act::Say(5)),
            (25, Act::Hear),
            (70, Act::Say(5)),
            (70, Act::Hear),
            (115, Act::Say(5)),
            (115, Act::Hear),
            (130, Act::Leave),
        ],
    },
    Script {
        name: 'B',
        arrives_ms: 20,
        acts: &[(35, Act::Say(3)), (95, Act::Say(2)), (95, Act::Hear), (145, Act::Leave)],
    },
    Script {
        name: 'C',
        arrives_ms: 40,
        acts: &[(50, Act::Say(5)), (50, Act::Hear), (50, Act::Leave)],
    },
];

/// What the clients did.
#[derive(Debug)]
pub(super) struct Played {
    /// The time of day at which the first one set out, in microseconds.
    pub(super) origin_us: i64,
    pub(super) lanes: Vec<Lane>,
    /// Each client's port, by which the server's calls are known, and its name.
    pub(super) ports: Vec<(u16, char)>,
}

impl Played {
    pub(super) fn took_us(&self) -> i64 {
        let ends = self.lanes.iter().flat_map(|lane| lane.spans.iter().map(|span| span.to_us));
        ends.max().unwrap_or(0)
    }

    pub(super) fn client(&self, port: u16) -> Option<char> {
        self.ports.iter().find(|(known, _)| *known == port).map(|(_, name)| *name)
    }
}

/// Plays all scripts at once. A server of one client is no exception: the others wait, and that is
/// what there is to see.
pub(super) fn play(addr: SocketAddr) -> Result<Played> {
    let (origin_us, start) = (now_us(), Instant::now());
    let played: Vec<Result<(Lane, u16, char)>> = thread::scope(|scope| {
        let clients: Vec<_> = CLIENTS
            .iter()
            .map(|script| scope.spawn(move || Client::play(script, addr, origin_us, start)))
            .collect();
        clients
            .into_iter()
            .map(|client| {
                client.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a client's thread failed")))
            })
            .collect()
    });
    let (mut lanes, mut ports) = (Vec::new(), Vec::new());
    for client in played {
        let (lane, port, name) = client?;
        lanes.push(lane);
        ports.push((port, name));
    }
    Ok(Played { origin_us, lanes, ports })
}

struct Client {
    name: char,
    origin_us: i64,
    spans: Vec<Span>,
    /// Since when the present span lasts.
    since_us: i64,
}

impl Client {
    fn play(
        script: &Script,
        addr: SocketAddr,
        origin_us: i64,
        start: Instant,
    ) -> Result<(Lane, u16, char)> {
        let name = script.name;
        let doing = || format!("client {name}");
        until(start, script.arrives_ms);
        let mut client = Client { name, origin_us, spans: Vec::new(), since_us: 0 };
        client.since_us = client.at();
        let mut stream = TcpStream::connect(addr).with_context(doing)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        client.ended(What::Hopes, "connects");
        client.mark(What::Says, "is connected");
        let (mut sent, mut heard) = (0, 0);
        for (at_ms, act) in script.acts {
            until(start, *at_ms);
            match act {
                Act::Say(bytes) => {
                    client.ended(What::Quiet, "says nothing");
                    stream.write_all(&b"hello"[..*bytes]).with_context(doing)?;
                    client.mark(What::Says, &format!("sends {bytes} bytes"));
                    sent += bytes;
                }
                Act::Hear => {
                    let mut echo = vec![0; sent - heard];
                    stream.read_exact(&mut echo).with_context(doing)?;
                    client.ended(What::Hopes, "waits for its echo");
                    client.mark(What::Hears, &format!("has its echo, {} bytes", echo.len()));
                    heard = sent;
                }
                Act::Leave => {
                    client.ended(What::Quiet, "says nothing");
                    ensure!(sent == heard, "client {name} leaves before it has heard everything");
                    client.mark(What::Leaves, "leaves");
                }
            }
        }
        let port = stream.local_addr()?.port();
        Ok((
            Lane { name: format!("client {name}"), kind: Kind::Client, spans: client.spans },
            port,
            name,
        ))
    }

    fn at(&self) -> i64 {
        now_us() - self.origin_us
    }

    /// The present span ends now, and was this.
    fn ended(&mut self, what: What, text: &str) {
        let (from_us, to_us) = (self.since_us, self.at());
        self.spans.push(Span { from_us, to_us, what, text: format!("{} {text}", self.name) });
        self.since_us = to_us;
    }

    fn mark(&mut self, what: What, text: &str) {
        let at = self.at();
        let text = format!("{} {text}", self.name);
        self.spans.push(Span { from_us: at, to_us: at, what, text });
    }
}

/// Sleeps until so many milliseconds after `start`.
fn until(start: Instant, at_ms: u64) {
    let at = start + Duration::from_millis(at_ms);
    thread::sleep(at.saturating_duration_since(Instant::now()));
}
