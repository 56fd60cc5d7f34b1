//! A server that has no descriptor left for the next client: three ways to take it.
//!
//! `accept` fails (EMFILE), and the client stays in the backlog, so the listener stays ready. Who
//! only tries again, spins. Who pauses, lets the client wait. Who keeps a descriptor in reserve, can
//! accept it after all, to close it: the client knows at once.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use ch03_selectors::slots::Slots;
use ch03_selectors::{
    Interest, KQUEUE, Registration, Selector, Token, Trigger, Watch, default_selector,
};
use ladder::process::{Server, Setup, serve_if_asked};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Chapter, Model, Report, Stop};

/// Descriptors that each server may have, all in all.
const DESCRIPTORS: u64 = 32;

/// Clients that come: more than that.
const CLIENTS: usize = 40;

/// How long the server's processor time is looked at while clients wait.
const WINDOW: Duration = Duration::from_millis(300);

/// A client that is not answered by then counts as waiting.
const WAITS: Duration = Duration::from_millis(200);

const LISTENER: Token = Token { index: u32::MAX, generation: 0 };
const STOP: Token = Token { index: u32::MAX - 1, generation: 0 };

#[derive(Clone, Copy, PartialEq)]
enum Way {
    TryAgain,
    Pause,
    Reserve,
}

const CHAPTER: Chapter =
    Chapter { package: "example-1", models: MODELS, ..ch03_selectors::CHAPTER };

const MODELS: &[Model] = &[
    Model { name: "again", serve: |l, stop| serve(l, &stop, Way::TryAgain), ..KQUEUE },
    Model { name: "pause", serve: |l, stop| serve(l, &stop, Way::Pause), ..KQUEUE },
    Model { name: "reserve", serve: |l, stop| serve(l, &stop, Way::Reserve), ..KQUEUE },
];

fn main() -> ExitCode {
    // The servers are processes of their own, because the limit is a process's.
    if let Some(code) = serve_if_asked(&[CHAPTER]) {
        return code;
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("descriptors_exhausted: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> io::Result<()> {
    println!("{CLIENTS} clients, and a server that may have {DESCRIPTORS} descriptors:");
    let again = visit("again", "tries again")?;
    let pause = visit("pause", "pauses")?;
    let reserve = visit("reserve", "has a reserve")?;
    assert!(again.closed == 0 && pause.closed == 0, "who has no descriptor can close nobody");
    assert!(reserve.closed > 0 && reserve.waiting == 0, "with a reserve, nobody waits");
    for quiet in [pause.tries, reserve.tries] {
        assert!(again.tries > 5 * quiet, "trying again spins: {}, {quiet}", again.tries);
    }
    Ok(())
}

struct Seen {
    waiting: usize,
    closed: usize,
    /// How often `accept` said EMFILE.
    tries: u64,
}

fn visit(name: &str, way: &str) -> io::Result<Seen> {
    let setup = Setup { descriptors: Some(DESCRIPTORS), ..Setup::default() };
    let mut server = Server::spawn(&format!("{}/{name}", CHAPTER.short()), setup)?;
    let (mut held, mut waiting, mut closed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..CLIENTS {
        let mut client = TcpStream::connect(server.addr())?;
        // The queue is in order: behind one that waits, all wait.
        let time = if waiting.is_empty() { WAITS } else { Duration::from_millis(1) };
        match greeting(&mut client, time)? {
            Greeting::Served => held.push(client),
            Greeting::Waiting => waiting.push(client),
            Greeting::Closed => closed += 1,
        }
    }
    let before = server.cpu()?;
    thread::sleep(WINDOW);
    let cpu = server.cpu()?.saturating_sub(before);
    println!("{way}:");
    println!("  {} served, {} waiting, {closed} closed at once", held.len(), waiting.len());
    println!(
        "  meanwhile it used {:.1} % of a core",
        100.0 * cpu.as_secs_f64() / WINDOW.as_secs_f64()
    );

    drop(held);
    let in_line = waiting.len();
    let start = Instant::now();
    for client in &mut waiting {
        let greeting = greeting(client, Duration::from_secs(20))?;
        assert!(matches!(greeting, Greeting::Served), "descriptors are back");
    }
    if waiting.is_empty() {
        println!("  the closed ones must come again");
        while !comes_again(&server)? {
            assert!(start.elapsed() < Duration::from_secs(20), "descriptors are back");
        }
    } else {
        println!("  the others left, and those who waited are served, without coming again");
    }
    let report = server.stop()?.report;
    println!("  `accept` failed {} times", report.lost);
    assert!(report.refused >= closed as u64, "{report}");
    Ok(Seen { waiting: in_line, closed, tries: report.lost })
}

enum Greeting {
    Served,
    Waiting,
    Closed,
}

/// What becomes of a client in this time.
fn greeting(client: &mut TcpStream, time: Duration) -> io::Result<Greeting> {
    client.set_read_timeout(Some(time))?;
    match client.read(&mut [0]) {
        Ok(0) => Ok(Greeting::Closed),
        Ok(_) => Ok(Greeting::Served),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => Ok(Greeting::Closed),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(Greeting::Waiting)
        }
        Err(error) => Err(error),
    }
}

fn comes_again(server: &Server) -> io::Result<bool> {
    let mut client = TcpStream::connect(server.addr())?;
    Ok(matches!(greeting(&mut client, Duration::from_secs(20))?, Greeting::Served))
}

/// Greets each client with a byte, and holds it until it leaves.
fn serve(listener: TcpListener, stop: &Stop, way: Way) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let selector = default_selector()?;
    let input = |token| Watch { token, interest: Interest::READABLE, trigger: Trigger::Level };
    let listener = Registration::new(&selector, listener, input(LISTENER))?;
    let _stop = Registration::new(&selector, stop.clone(), input(STOP))?;
    let reserve = if way == Way::Reserve { Some(File::open("/dev/null")?) } else { None };
    let mut door = Door { selector, listener, way, reserve, resume_at: None };
    let (mut clients, mut report, mut events) = (Slots::default(), Report::default(), Vec::new());
    while !stop.is_requested() {
        let timeout = door.resume_at.map(|at| at.saturating_duration_since(Instant::now()));
        door.selector.select(&mut events, timeout)?;
        for event in &events {
            if event.token == LISTENER {
                door.accept(&mut clients, &mut report)?;
            } else if let Some(client) = clients.get_mut(event.token)
                && leaves(client)
            {
                clients.remove(event.token);
            }
        }
        if door.resume_at.is_some_and(|at| at <= Instant::now()) {
            door.resume_at = None;
            door.listener.set_interest(Interest::READABLE)?;
        }
    }
    Ok(report)
}

fn leaves(client: &mut Registration<TcpStream>) -> bool {
    match client.read(&mut [0; 64]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

struct Door {
    selector: Rc<dyn Selector>,
    listener: Registration<TcpListener>,
    way: Way,
    reserve: Option<File>,
    resume_at: Option<Instant>,
}

impl Door {
    fn accept(
        &mut self,
        clients: &mut Slots<Registration<TcpStream>>,
        report: &mut Report,
    ) -> io::Result<()> {
        loop {
            match self.listener.source().accept() {
                Ok((stream, _)) => {
                    report.accepted += 1;
                    // One that is gone already is noticed by its end of input.
                    let _ = self.enter(stream, clients);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Fatal => return Err(error),
                    AcceptError::Pause => {
                        // Nobody is lost by it; it is a number to compare.
                        report.lost += 1;
                        match self.way {
                            // The next wait returns at once: the listener is ready.
                            Way::TryAgain => return Ok(()),
                            Way::Pause => {
                                self.resume_at = Some(Instant::now() + ACCEPT_PAUSE);
                                return self.listener.set_interest(Interest::NONE);
                            }
                            Way::Reserve => {
                                if !self.turn_away(report)? {
                                    return Ok(());
                                }
                            }
                        }
                    }
                },
            }
        }
    }

    /// Gives the reserve for a moment: one descriptor, for one client that is told at once. False:
    /// nobody waits. Linux takes a descriptor before it looks at the queue, so `accept` alone says
    /// EMFILE in either case, and a loop until WouldBlock would never end.
    fn turn_away(&mut self, report: &mut Report) -> io::Result<bool> {
        self.reserve = None;
        let accepted = self.listener.source().accept();
        let nobody = accepted.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        if let Ok((stream, _)) = accepted {
            report.accepted += 1;
            report.refused += 1;
            drop(stream);
        }
        // Nobody else opens anything in this process, or it would have to be tried again.
        self.reserve = Some(File::open("/dev/null")?);
        Ok(!nobody)
    }

    fn enter(
        &self,
        stream: TcpStream,
        clients: &mut Slots<Registration<TcpStream>>,
    ) -> io::Result<()> {
        stream.set_nonblocking(true)?;
        (&stream).write_all(b"!")?;
        clients.try_insert(|token| {
            let watch = Watch { token, interest: Interest::READABLE, trigger: Trigger::Level };
            Registration::new(&self.selector, stream, watch)
        })?;
        Ok(())
    }
}
