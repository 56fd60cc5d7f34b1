//! A message by a certain time.
//!
//! A read timeout is a timeout of one read. Whoever sends a byte now and then starts it anew each time, and can
//! keep a server for as long as he likes. The function below has that fault. Give the whole message a deadline.
//!
//! The clock is an argument, so that the tests need not wait: their stream moves the clock by itself. That is
//! worth copying.
//!
//! Three things to know. A socket refuses a timeout of zero. A read that runs out of time says `WouldBlock` on
//! Unix, and `TimedOut` elsewhere; your caller should see `TimedOut` always. And a stream may end too early.
//!
//! Hint: before each read, ask how much time is left, and give the stream that much.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A stream whose reads can be given a time.
trait Timed: Read {
    fn set_timeout(&mut self, time: Duration) -> io::Result<()>;
}

impl Timed for TcpStream {
    fn set_timeout(&mut self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))
    }
}

/// Fills `message`, or fails: with `TimedOut` when it is not there by the deadline.
fn read_by(
    stream: &mut impl Timed,
    message: &mut [u8],
    now: impl Fn() -> Instant,
    deadline: Instant,
) -> io::Result<()> {
    // SOLUTION
    let mut filled = 0;
    while filled < message.len() {
        let left = deadline.saturating_duration_since(now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        stream.set_timeout(left)?;
        match stream.read(&mut message[filled..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The next look at the clock says whether that was all.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
    // START
    // stream.set_timeout(deadline - now())?;
    // stream.read_exact(message)
    // END
}

/// Gives a byte each `PACE`, by a clock of its own, which moves only while somebody waits.
struct Trickle {
    clock: Rc<Cell<Duration>>,
    timeout: Duration,
    bytes: &'static [u8],
}

const PACE: Duration = Duration::from_secs(30);

impl Read for Trickle {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.clock.set(self.clock.get() + PACE.min(self.timeout));
        if self.timeout < PACE {
            return Err(ErrorKind::WouldBlock.into());
        }
        let end = buffer.len().min(1);
        self.bytes.read(&mut buffer[..end])
    }
}

impl Timed for Trickle {
    fn set_timeout(&mut self, time: Duration) -> io::Result<()> {
        assert!(!time.is_zero(), "a socket refuses a timeout of zero");
        self.timeout = time;
        Ok(())
    }
}

/// What the function says of these bytes, and how much time it took.
fn trickled(bytes: &'static [u8], within: Duration) -> (Result<[u8; 4], ErrorKind>, Duration) {
    let clock = Rc::new(Cell::default());
    let mut stream = Trickle { clock: Rc::clone(&clock), timeout: Duration::MAX, bytes };
    let start = Instant::now();
    let mut message = [0; 4];
    let read = read_by(&mut stream, &mut message, || start + clock.get(), start + within);
    (read.map(|()| message).map_err(|error| error.kind()), clock.get())
}

#[test]
fn a_message_that_comes_in_time_is_whole() {
    assert_eq!(trickled(b"ping", 4 * PACE + PACE / 2).0, Ok(*b"ping"));
}

#[test]
fn a_trickle_does_not_move_the_deadline() {
    let within = 2 * PACE + PACE / 2;
    assert_eq!(trickled(b"ping", within), (Err(ErrorKind::TimedOut), within));
    // At the very end of a wait nothing is left, and nothing is not a timeout.
    assert_eq!(trickled(b"ping", 2 * PACE), (Err(ErrorKind::TimedOut), 2 * PACE));
}

#[test]
fn a_deadline_that_has_passed_is_no_panic() {
    assert_eq!(trickled(b"ping", Duration::ZERO).0, Err(ErrorKind::TimedOut));
}

#[test]
fn an_early_end_is_told_from_a_late_one() {
    assert_eq!(trickled(b"pi", 9 * PACE).0, Err(ErrorKind::UnexpectedEof));
}

#[test]
fn a_silent_peer_on_a_real_socket_runs_out_of_time() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut stream = TcpStream::connect(listener.local_addr().expect("bound")).expect("a peer");
    let deadline = Instant::now() + Duration::from_millis(50);
    let read = read_by(&mut stream, &mut [0; 4], Instant::now, deadline);
    assert_eq!(read.map_err(|error| error.kind()), Err(ErrorKind::TimedOut));
}
