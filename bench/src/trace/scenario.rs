//! What the clients do: the same for every model, so that the timelines can be compared.
//!
//! Three of them come one after the other. A holds a conversation. B is slow: its message comes in two
//! pieces, with a long silence between them. C says one thing, hears it, and leaves. A message is a word, or a
//! request that has the word as its body.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ladder::Protocol;

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
    /// Sends a message, and does not wait.
    Say,
    /// Sends the beginning of one.
    Begin,
    /// Sends the rest of it.
    End,
    /// Waits until what was said has come back.
    Hear,
    Leave,
}

/// What all of them say.
const WORD: &[u8; 5] = b"hello";

/// A message, and after how many bytes one that comes in two pieces is cut.
struct Message {
    bytes: Vec<u8>,
    cut: usize,
    /// How the answer is called.
    answer: &'static str,
}

impl Message {
    fn of(protocol: Protocol) -> Message {
        match protocol {
            Protocol::Echo => Message { bytes: WORD.to_vec(), cut: 3, answer: "echo" },
            Protocol::Http => {
                let head = format!(
                    "POST /echo HTTP/1.1\r\nHost: bench\r\nContent-Length: {}\r\n\r\n",
                    WORD.len()
                );
                // In the middle of its head.
                let cut = head.len() / 2;
                Message { bytes: [head.as_bytes(), WORD].concat(), cut, answer: "answer" }
            }
        }
    }

    fn of_act(&self, act: Act) -> &[u8] {
        match act {
            Act::Begin => &self.bytes[..self.cut],
            Act::End => &self.bytes[self.cut..],
            _ => &self.bytes,
        }
    }

    /// Reads what comes back, and says how much that was.
    fn hear(stream: &mut TcpStream) -> Result<usize> {
        let mut came = Vec::new();
        // An echo is the word; an answer of HTTP ends with it, for its fields have none that does.
        while !came.ends_with(WORD) {
            let mut some = [0; 1024];
            let read = stream.read(&mut some)?;
            ensure!(read > 0, "the server hung up after {:?}", came.escape_ascii().to_string());
            came.extend_from_slice(&some[..read]);
        }
        let text = str::from_utf8(&came).unwrap_or_default();
        let fine = came == WORD || text.starts_with("HTTP/1.1 200 ");
        ensure!(fine, "the server answered {text:?}");
        Ok(came.len())
    }
}

const CLIENTS: [Script; 3] = [
    Script {
        name: 'A',
        arrives_ms: 10,
        acts: &[
            (25, Act::Say),
            (25, Act::Hear),
            (70, Act::Say),
            (70, Act::Hear),
            (115, Act::Say),
            (115, Act::Hear),
            (130, Act::Leave),
        ],
    },
    Script {
        name: 'B',
        arrives_ms: 20,
        acts: &[(35, Act::Begin), (95, Act::End), (95, Act::Hear), (145, Act::Leave)],
    },
    Script {
        name: 'C',
        arrives_ms: 40,
        acts: &[(50, Act::Say), (50, Act::Hear), (50, Act::Leave)],
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
pub(super) fn play(addr: SocketAddr, protocol: Protocol) -> Result<Played> {
    let message = &Message::of(protocol);
    let (origin_us, start) = (now_us(), Instant::now());
    let played: Vec<Result<(Lane, u16, char)>> = thread::scope(|scope| {
        let clients: Vec<_> = CLIENTS
            .iter()
            .map(|script| {
                scope.spawn(move || Client::play(script, message, addr, origin_us, start))
            })
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
        message: &Message,
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
        let mut unheard = false;
        for (at_ms, act) in script.acts {
            until(start, *at_ms);
            match act {
                Act::Say | Act::Begin | Act::End => {
                    client.ended(What::Quiet, "says nothing");
                    let bytes = message.of_act(*act);
                    stream.write_all(bytes).with_context(doing)?;
                    client.mark(What::Says, &format!("sends {} bytes", bytes.len()));
                    unheard = true;
                }
                Act::Hear => {
                    let bytes = Message::hear(&mut stream).with_context(doing)?;
                    client.ended(What::Hopes, &format!("waits for its {}", message.answer));
                    client.mark(What::Hears, &format!("has its {}, {bytes} bytes", message.answer));
                    unheard = false;
                }
                Act::Leave => {
                    client.ended(What::Quiet, "says nothing");
                    ensure!(!unheard, "client {name} leaves before it has heard everything");
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
