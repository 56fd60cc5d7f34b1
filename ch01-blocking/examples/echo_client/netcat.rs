//! Input to socket, socket to output: two directions, so two threads that block.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use crate::target::{Address, Target};

/// What one read may bring.
const READ_BYTES: usize = 16 * 1024;

/// The longest datagram that is sent; a longer line goes in parts. macOS takes 9216 bytes unless it
/// is told otherwise (`net.inet.udp.maxdgram`).
const SENT_DATAGRAM_BYTES_MAX: u64 = 8 * 1024;

/// The longest datagram that can come: its length has 16 bits (RFC 768).
const DATAGRAM_BYTES_MAX: usize = 64 * 1024;

/// UDP has no end. When the input is over, and nothing has come for so long, nothing will.
const SILENCE: Duration = Duration::from_secs(1);

/// When the other side has ended and our input brings nothing for so long, somebody is thinking what
/// to type, and need not. A file, or a program that goes on writing, still has all of it sent: to
/// have nothing more to say is not to have stopped listening.
const PAUSE: Duration = Duration::from_millis(200);

/// Events that wait to be handled. More datagrams than that are the kernel's to keep, or to drop.
const EVENTS_MAX: usize = 16;

/// Sends `input` to `target`, and writes to `output` what comes back, until the other side ends and
/// has all of the input, or the input pauses then.
///
/// # Errors
///
/// What failed, and why. That nobody takes the output any more is no failure: think of `| head`.
pub(crate) fn run(
    target: &Target,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<()> {
    let connecting = |error| during(&format!("connecting to {target}"), &error);
    let name = target.to_string();
    match target {
        Target::Tcp(Address { host, port }) => {
            // Tries every address that the name has, until one of them answers.
            let stream = TcpStream::connect((host.as_str(), *port)).map_err(connecting)?;
            over_stream(stream, &name, input, output)
        }
        Target::Unix(path) => {
            over_stream(UnixStream::connect(path).map_err(connecting)?, &name, input, output)
        }
        Target::Udp(address) => {
            over_datagrams(&bound_for(address).map_err(connecting)?, &name, input, output)
        }
    }
}

/// A stream whose two directions two threads can have, and end, each by itself.
trait Duplex: Read + Write + Send + Sized + 'static {
    fn second_handle(&self) -> io::Result<Self>;
    fn end(&self, how: Shutdown) -> io::Result<()>;
}

impl Duplex for TcpStream {
    fn second_handle(&self) -> io::Result<TcpStream> {
        self.try_clone()
    }
    fn end(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }
}

impl Duplex for UnixStream {
    fn second_handle(&self) -> io::Result<UnixStream> {
        self.try_clone()
    }
    fn end(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown(how)
    }
}

fn over_stream<S: Duplex>(
    stream: S,
    name: &str,
    input: impl Read + Send + 'static,
    output: impl Write,
) -> io::Result<()> {
    let writer = stream.second_handle()?;
    let (sending, receiving) = (format!("sending to {name}"), format!("receiving from {name}"));
    let (tell, told) = mpsc::channel();
    let turns = Arc::new(AtomicU64::new(0));
    let input = Watched { input, turns: Arc::clone(&turns) };
    // Not joined: when the server ends first, this thread is still waiting for the keyboard.
    thread::spawn(move || {
        let mut writer = writer;
        let (how, failed) = match carry(input, &mut writer) {
            // The end of our input, not of the connection: the rest of the answer is still to come.
            Ok(()) => (Shutdown::Write, None),
            Err(Failed::Writing(error)) => (Shutdown::Write, Some(during(&sending, &error))),
            // What would come back now answers half a question.
            Err(Failed::Reading(error)) => (Shutdown::Both, Some(during("reading input", &error))),
        };
        // Before the end, so that whoever sees the end finds this.
        let _ = tell.send(failed);
        // An error says that the connection is gone already, and the other thread sees that itself.
        let _ = writer.end(how);
    });
    match carry(stream, output) {
        Ok(()) => {}
        Err(Failed::Reading(error)) => return Err(during(&receiving, &error)),
        Err(Failed::Writing(error)) => return unless_unwanted(&error),
    }
    let mut seen = 0;
    loop {
        match told.recv_timeout(PAUSE) {
            Ok(failed) => return failed.map_or(Ok(()), Err),
            Err(_) => match turns.load(Ordering::Relaxed) {
                // Within the same read as a pause ago: the server ended first, and that is its right.
                turns if turns == seen && turns % 2 == 1 => return Ok(()),
                turns => seen = turns,
            },
        }
    }
}

/// An input of which another thread can see whether it is waited for: `turns` is odd then, and has
/// grown since if it was another time.
struct Watched<R> {
    input: R,
    turns: Arc<AtomicU64>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.turns.fetch_add(1, Ordering::Relaxed);
        let outcome = self.input.read(buffer);
        self.turns.fetch_add(1, Ordering::Relaxed);
        outcome
    }
}

/// Which side of [`carry`] failed.
enum Failed {
    Reading(io::Error),
    Writing(io::Error),
}

/// Carries bytes until the input ends. Each read is written at once: a prompt has no end of line.
fn carry(mut from: impl Read, mut to: impl Write) -> Result<(), Failed> {
    let mut buffer = [0; READ_BYTES];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => to.write_all(&buffer[..count]).map_err(Failed::Writing)?,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failed::Reading(error)),
        }
        to.flush().map_err(Failed::Writing)?;
    }
}

/// A UDP socket for `address` only: it sends there without being told each time, takes datagrams
/// from nowhere else, and hears of a port that refuses (udp(7)).
fn bound_for(address: &Address) -> io::Result<UdpSocket> {
    let mut failed = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for addr in (address.host.as_str(), address.port).to_socket_addrs()? {
        let any = match addr {
            SocketAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            SocketAddr::V6(_) => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
        };
        match UdpSocket::bind(any).and_then(|socket| socket.connect(addr).map(|()| socket)) {
            Ok(socket) => return Ok(socket),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

/// What the two threads of [`over_datagrams`] tell the one that waits for both.
enum Event {
    Received(Vec<u8>),
    InputEnded,
    Failed(io::Error),
}

fn over_datagrams(
    socket: &UdpSocket,
    name: &str,
    input: impl Read + Send + 'static,
    mut output: impl Write,
) -> io::Result<()> {
    let (events, coming) = mpsc::sync_channel(EVENTS_MAX);
    let (sending, receiving) = (format!("sending to {name}"), format!("receiving from {name}"));
    let (sender, receiver) = (socket.try_clone()?, socket.try_clone()?);
    let told = events.clone();
    // Neither is joined: nothing ends a thread that waits for the keyboard, or for a datagram.
    thread::spawn(move || {
        let last = send_lines(BufReader::new(input), &sender, &sending);
        let _ = told.send(last.map_or_else(Event::Failed, |()| Event::InputEnded));
    });
    thread::spawn(move || {
        let error = receive(&receiver, &events);
        let _ = events.send(Event::Failed(during(&receiving, &error)));
    });
    let mut input_ended = false;
    loop {
        let event = if input_ended {
            coming.recv_timeout(SILENCE)
        } else {
            coming.recv().map_err(|_| RecvTimeoutError::Disconnected)
        };
        match event {
            Ok(Event::Received(datagram)) => {
                if let Err(error) = output.write_all(&datagram).and_then(|()| output.flush()) {
                    return unless_unwanted(&error);
                }
            }
            Ok(Event::InputEnded) => input_ended = true,
            Ok(Event::Failed(error)) => return Err(error),
            Err(_) => return Ok(()),
        }
    }
}

/// Sends each line as a datagram, with its end of line.
fn send_lines(mut input: impl BufRead, socket: &UdpSocket, sending: &str) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut part = (&mut input).take(SENT_DATAGRAM_BYTES_MAX);
        let read = part.read_until(b'\n', &mut line);
        if read.map_err(|error| during("reading input", &error))? == 0 {
            return Ok(());
        }
        socket.send(&line).map_err(|error| during(sending, &error))?;
    }
}

/// Receives until that fails, or until nobody listens to `events`.
fn receive(socket: &UdpSocket, events: &SyncSender<Event>) -> io::Error {
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        match socket.recv(&mut buffer) {
            Ok(count) => {
                if events.send(Event::Received(buffer[..count].to_vec())).is_err() {
                    return ErrorKind::BrokenPipe.into();
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return error,
        }
    }
}

/// A reader of ours who has seen enough is no failure.
fn unless_unwanted(error: &io::Error) -> io::Result<()> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(during("writing output", error)),
    }
}

/// `error`, with what was being done.
fn during(what: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

#[cfg(test)]
#[path = "netcat_tests.rs"]
mod tests;
