//! Errors of sockets: each provoked for real, caught, told apart, and answered.
//!
//! Rust has no exceptions: a call that failed returns an [`io::Error`], and `match` catches it. It
//! carries a *kind*, the same on every system, to decide by; a *number* (errno(3)), the system's
//! own; and a *text* for people. Never decide by the text: it follows the system and the language.

mod pair;
#[path = "mmap/process.rs"]
#[allow(dead_code, reason = "example `mmap` uses the rest of it")]
mod process;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use pair::pair;
use process::Forked;
use rustix::process::Signal;

/// Nothing here waits as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(8);

/// When our connection to a silent peer counts as lost.
const SILENCE_MAX: Duration = Duration::from_millis(500);

/// More connections than a queue for one could hold, whatever a system adds to the asked length.
const KNOCKS_MAX: usize = 64;

fn main() -> io::Result<()> {
    let (kind, number) = (ErrorKind::ConnectionRefused, Errno::CONNREFUSED);
    show("connect to a port where nobody listens", &refused()?, kind, Some(number));
    let (kind, number) = (ErrorKind::ConnectionReset, Errno::CONNRESET);
    show("read when the peer has thrown the connection away", &reset()?, kind, Some(number));
    let (kind, number) = (ErrorKind::BrokenPipe, Errno::PIPE);
    let (error, written) = broken_pipe()?;
    let what = format!("write to a peer that has closed: after {written} that succeeded");
    show(&what, &error, kind, Some(number));
    sigpipe()?;
    let (kind, number) = (ErrorKind::AddrInUse, Errno::ADDRINUSE);
    show("bind to a port that somebody has", &in_use()?, kind, Some(number));
    if let Some((error, number)) = timed_out()? {
        show("connect to a port that does not answer", &error, ErrorKind::TimedOut, number);
    } else {
        println!("connect to a port that does not answer\n  this system found none: it refuses\n");
    }
    let (kind, number) = (ErrorKind::WouldBlock, Errno::WOULDBLOCK);
    show("read when nothing is there, and nobody may wait", &would_block()?, kind, Some(number));
    context()
}

/// Prints what a program can learn from `error`, and checks that it is the promised one.
fn show(what: &str, error: &io::Error, kind: ErrorKind, number: Option<Errno>) {
    println!("{what}");
    println!("  kind     {:?}", error.kind());
    match error.raw_os_error() {
        Some(number) => println!("  number   {number}"),
        None => println!("  number   none: the library says this, not the system"),
    }
    println!("  text     {error}");
    println!("  so       {}\n", what_to_do(error.kind()));
    assert_eq!(error.kind(), kind);
    assert_eq!(error.raw_os_error(), number.map(Errno::raw_os_error));
}

/// Catching: one place, one arm for each kind that is answered differently.
fn what_to_do(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "try its next address, or the same one after a pause",
        // Neither says how much the peer has read. Only its answer would.
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            "end this one connection, and serve the others; what we sent last may be lost"
        }
        ErrorKind::AddrInUse => "say which address it was, and exit: nothing gets better by itself",
        ErrorKind::TimedOut => "give up on this peer, or try again a few times, each time later",
        ErrorKind::WouldBlock => "no failure: do something else, and ask again when it is ready",
        // A signal came first: nothing was done, nothing is lost (signal(7); example `signals`).
        ErrorKind::Interrupted => "call again",
        _ => "report it, with what was being done to what",
    }
}

/// A bound socket that does not listen has a port which nobody else can take, and which refuses.
fn refused() -> io::Result<io::Error> {
    let closed = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    closed.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let addr = closed.local_addr()?.as_socket().expect("an IPv4 address");
    Ok(TcpStream::connect(addr).expect_err("nobody listens"))
}

/// A peer that closes without reading what it has got does not say goodbye (FIN): it says that
/// bytes were lost (RST; RFC 9293, section 3.6.1). Crashed servers, and careless ones, do this.
fn reset() -> io::Result<io::Error> {
    let (mut ours, theirs) = pair(PATIENCE)?;
    ours.write_all(b"never read")?;
    // Only what has arrived can be lost.
    theirs.peek(&mut [0; 16])?;
    drop(theirs);
    Ok(ours.read(&mut [0; 16]).expect_err("the peer lost our bytes"))
}

/// The peer closes in good order. From that we cannot see whether it only stopped writing, or
/// reading, too: the first write succeeds, and the answer to it, an RST, fails a later one.
///
/// Such a write also raises a signal: see [`sigpipe`].
fn broken_pipe() -> io::Result<(io::Error, usize)> {
    let (mut ours, theirs) = pair(PATIENCE)?;
    drop(theirs);
    assert_eq!(ours.read(&mut [0; 16])?, 0, "the end of the peer's bytes, and no error");
    ours.write_all(b"!").expect("a first write cannot know");
    let mut written = 1;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match ours.write_all(b"!") {
            Ok(()) => written += 1,
            Err(error) => return Ok((error, written)),
        }
    }
    Err(io::Error::other("a closed peer took all that was written to it"))
}

/// SIGPIPE ends a program that has not asked otherwise. Rust has asked, twice: programs start with it
/// ignored, and std's sockets want none (send(2), MSG_NOSIGNAL). A program in C must do so itself.
/// In a child the first of these is taken back, to see the signal, and what the second is good for.
fn sigpipe() -> io::Result<()> {
    println!("the same write in a program that does not ignore SIGPIPE");
    for (how, by_std) in [("write(2)", false), ("std", true)] {
        let (mut ours, theirs) = pair(PATIENCE)?;
        // Both directions at once: then the first write knows.
        ours.shutdown(Shutdown::Both)?;
        drop(theirs);
        let child = Forked::start(|| {
            mind_sigpipe();
            let error = if by_std {
                ours.write_all(b"!").expect_err("nobody can get it")
            } else {
                rustix::io::write(&ours, b"!").expect_err("nobody can get it").into()
            };
            assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        })?;
        let status = child.wait()?;
        match status.terminating_signal() {
            Some(signal) => println!("  by {how:9} ended by signal {signal}, SIGPIPE"),
            None => println!("  by {how:9} an error, as above"),
        }
        // macOS keeps it per socket, and std has said so when it made this one.
        let ended = !by_std && cfg!(not(target_vendor = "apple"));
        assert_eq!(status.terminating_signal(), ended.then_some(Signal::PIPE.as_raw()));
        assert_eq!(status.exit_status(), (!ended).then_some(0));
    }
    println!();
    Ok(())
}

#[expect(unsafe_code, reason = "std has no signal(2)")]
fn mind_sigpipe() {
    // SAFETY: the default action, and no handler of ours; the process has this one thread.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
}

fn in_use() -> io::Result<io::Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(TcpListener::bind(listener.local_addr()?).expect_err("the port is taken"))
}

/// Somebody who never answers: a full queue of a server that does not accept. Linux would ask it
/// again for two minutes (tcp(7), tcp_syn_retries) unless it is told to give up sooner.
///
/// Also returns which number the error must have. Nothing, if a full queue refuses on this system.
fn timed_out() -> io::Result<Option<(io::Error, Option<Errno>)>> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    listener.listen(1)?;
    let mut queued = Vec::new();
    while queued.len() < KNOCKS_MAX {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        match connect_or_give_up(&socket, &listener.local_addr()?) {
            (Ok(()), _) => queued.push(socket),
            (Err(error), number) if error.kind() == ErrorKind::TimedOut => {
                return Ok(Some((error, number)));
            }
            (Err(_), _) => break,
        }
    }
    Ok(None)
}

/// The system itself gives up, only sooner: so the error has the system's number.
#[cfg(target_os = "linux")]
fn connect_or_give_up(socket: &Socket, addr: &SockAddr) -> (io::Result<()>, Option<Errno>) {
    let connected = socket.set_tcp_user_timeout(Some(SILENCE_MAX));
    (connected.and_then(|()| socket.connect(addr)), Some(Errno::TIMEDOUT))
}

/// The library waits in poll(2) for so long, and makes an error of its own.
#[cfg(not(target_os = "linux"))]
fn connect_or_give_up(socket: &Socket, addr: &SockAddr) -> (io::Result<()>, Option<Errno>) {
    (socket.connect_timeout(addr, SILENCE_MAX), None)
}

fn would_block() -> io::Result<io::Error> {
    let (mut ours, _theirs) = pair(PATIENCE)?;
    ours.set_nonblocking(true)?;
    Ok(ours.read(&mut [0; 16]).expect_err("nobody has written"))
}

/// "Connection refused" alone helps nobody: to what? The kind survives a better text, the number
/// does not; who wants both keeps the first error as the cause.
fn context() -> io::Result<()> {
    println!("an error that says what was being done");
    let bare = in_use()?;
    let kind = bare.kind();
    let told = io::Error::new(kind, format!("binding the port of this example: {bare}"));
    println!("  text     {told}");
    println!("  kind     {:?}, number {:?}", told.kind(), told.raw_os_error());
    assert_eq!((told.kind(), told.raw_os_error()), (ErrorKind::AddrInUse, None));
    Ok(())
}
