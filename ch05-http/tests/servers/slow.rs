//! Clients that are slow for ever, in each way there is: every server ends every one of them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use ch05_http::background::Background;
use ch05_http::settings::Settings;

use super::all::{PATIENCE, SERVERS, client};

/// What a slow client has.
const BOUND: Duration = Duration::from_millis(100);

/// Each time too long to be the one that ends a test.
fn unbounded() -> Settings {
    const NEVER: Duration = Duration::from_secs(3600);
    Settings {
        idle: NEVER,
        head: NEVER,
        body: NEVER,
        write: NEVER,
        total: NEVER,
        linger: BOUND,
        ..Settings::default()
    }
}

/// A way to be slow.
struct Slow {
    name: &'static str,
    /// Only what should end it is short.
    settings: Settings,
    /// What it says at first.
    first: &'static str,
    /// What it goes on to say, again and again, and how long it waits before each.
    then: Option<(&'static [u8], Duration)>,
    /// Whether it takes what is answered.
    reads: bool,
    /// How what it was answered begins: for our own servers, and for those on hyper.
    answered: [&'static str; 2],
    /// Whether it counts as lost: who was told why, and left in order, does not.
    lost: u64,
}

const PAUSE: Duration = Duration::from_millis(1);
const MUCH: &[u8] = &[b'a'; 64 << 10];

fn all() -> [Slow; 8] {
    [
        Slow {
            name: "says nothing",
            settings: Settings { idle: BOUND, head: BOUND, ..unbounded() },
            first: "",
            then: None,
            reads: true,
            answered: ["", ""],
            lost: 1,
        },
        Slow {
            name: "says nothing more after an answer",
            settings: Settings { idle: BOUND, head: BOUND, ..unbounded() },
            first: "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            then: None,
            reads: true,
            answered: ["HTTP/1.1 200 ", "HTTP/1.1 200 "],
            lost: 1,
        },
        Slow {
            name: "sends a head for ever",
            settings: Settings { idle: BOUND, head: BOUND, ..unbounded() },
            first: "GET / HTTP/1.1\r\nHost: a\r\nA: ",
            then: Some((b"a", PAUSE)),
            reads: true,
            answered: ["HTTP/1.1 408 ", ""],
            lost: 1,
        },
        Slow {
            name: "does not begin its body",
            settings: Settings { body: BOUND, ..unbounded() },
            first: "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
            then: None,
            reads: true,
            answered: ["HTTP/1.1 408 ", "HTTP/1.1 408 "],
            lost: 0,
        },
        Slow {
            name: "does not go on with its body",
            settings: Settings { body: BOUND, ..unbounded() },
            first: "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody",
            then: None,
            reads: true,
            answered: ["HTTP/1.1 200 ", "HTTP/1.1 200 "],
            lost: 1,
        },
        Slow {
            name: "sends a body for ever, bit by bit",
            settings: Settings { total: BOUND, ..unbounded() },
            first: "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n",
            then: Some((b"a", PAUSE)),
            reads: true,
            answered: ["HTTP/1.1 200 ", "HTTP/1.1 200 "],
            lost: 1,
        },
        Slow {
            name: "sends a body for ever, as fast as it can",
            settings: Settings { total: BOUND, ..unbounded() },
            first: "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n",
            then: Some((MUCH, Duration::ZERO)),
            reads: true,
            answered: ["HTTP/1.1 200 ", "HTTP/1.1 200 "],
            lost: 1,
        },
        Slow {
            name: "takes nothing of its answer",
            settings: Settings { write: BOUND, ..unbounded() },
            first: "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n",
            then: Some((MUCH, Duration::ZERO)),
            reads: false,
            answered: ["", ""],
            lost: 1,
        },
    ]
}

/// Is slow in this way until the server ends it, for which it has so long, and says what was
/// answered.
fn be(slow: &Slow, server: &Background, patience: Duration) -> io::Result<Vec<u8>> {
    let client = &client(server, patience)?;
    let mut writer = client;
    writer.write_all(slow.first.as_bytes())?;
    let start = Instant::now();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let sending = scope.spawn(|| match slow.then {
            Some((more, pause)) => {
                go_on(client, more, pause, &|| over.load(SeqCst) || start.elapsed() > patience)
            }
            None => Ok(()),
        });
        let answer = if slow.reads { read_on(client, patience) } else { Ok(Vec::new()) };
        // Whoever is not ended by now is not ended at all.
        over.store(answer.is_err(), SeqCst);
        sending.join().expect("no panic")?;
        answer
    })
}

/// Sends until nobody takes it.
fn go_on(
    mut client: &TcpStream,
    more: &[u8],
    pause: Duration,
    over: &dyn Fn() -> bool,
) -> io::Result<()> {
    while !over() {
        match client.write_all(more) {
            Ok(()) => thread::sleep(pause),
            Err(error) => return ended(error),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

/// Reads until there is nothing more, which must be soon. Of what was answered, the begin is kept.
fn read_on(mut client: &TcpStream, patience: Duration) -> io::Result<Vec<u8>> {
    let start = Instant::now();
    let (mut answer, mut buffer) = (Vec::new(), vec![0; 64 << 10]);
    while start.elapsed() < patience {
        match client.read(&mut buffer) {
            Ok(0) => return Ok(answer),
            Ok(some) if answer.len() < 1024 => answer.extend_from_slice(&buffer[..some]),
            Ok(_) => {}
            // A reset may overtake an end.
            Err(error) => return ended(error).map(|()| answer),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

/// A reset is an end, and a call that took too long is none.
fn ended(error: io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Err(error),
        _ => Ok(()),
    }
}

#[test]
fn every_server_ends_every_one_of_them() {
    thread::scope(|scope| {
        for (name, start) in SERVERS {
            scope.spawn(move || {
                for slow in &all() {
                    let who = format!("{name}, whose client {}", slow.name);
                    let server = start(slow.settings).expect("a server");
                    let since = Instant::now();
                    let answer = be(slow, &server, PATIENCE).unwrap_or_else(|error| {
                        panic!("{who}: not ended: {error}");
                    });
                    assert!(since.elapsed() >= BOUND, "{who}: ended after {:?}", since.elapsed());
                    let text = String::from_utf8_lossy(&answer);
                    let [ours, of_hyper] = slow.answered;
                    let expected =
                        if matches!(name, "threads" | "executor") { ours } else { of_hyper };
                    assert!(text.starts_with(expected), "{who}: {text}");
                    assert_eq!(text.is_empty(), expected.is_empty(), "{who}: {text}");
                    let report = server.stop().expect("an orderly end");
                    assert_eq!((report.accepted, report.lost), (1, slow.lost), "{who}");
                }
            });
        }
    });
}

#[test]
fn a_server_that_ends_nobody_is_found_out() {
    thread::scope(|scope| {
        for (name, start) in SERVERS {
            scope.spawn(move || {
                for slow in &all() {
                    let server = start(unbounded()).expect("a server");
                    let seen = be(slow, &server, BOUND);
                    assert!(seen.is_err(), "{name} has ended a client that {}", slow.name);
                }
            });
        }
    });
}
