//! How to end a thread that is blocked in `accept` or in `read`: what works here, and what does not.
//!
//! A thread that sleeps in the kernel looks at no flag. Something must happen that the kernel wakes
//! it for. Which things those are differs between the two calls, and between systems: what is only
//! known of Linux is asserted on Linux, and elsewhere shown as it is.

#[path = "../signals/posix.rs"]
#[allow(dead_code, reason = "example `signals` uses the rest of it")]
mod posix;
mod sleeper;

use std::io::{self, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;

use ladder::Stop;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use socket2::SockRef;

use sleeper::{Outcome, Sleeper, accept, accept_by_std, read};

fn main() -> io::Result<()> {
    println!("a thread is blocked in accept, and another one");
    sets_a_flag()?;
    closes_the_listener()?;
    let listener = listener()?;
    sends_a_signal(Sleeper::start(&listener, accept)?)?;
    sends_a_signal_to_std()?;
    shuts_down_the_listener()?;
    connects_to_it()?;

    println!("\na thread is blocked in read, and another one");
    closes_the_stream()?;
    let (stream, _client) = connected()?;
    sends_a_signal(Sleeper::start(&stream, read)?)?;
    shuts_down_the_stream()?;

    println!("\na thread is blocked in poll, for its socket and for a stop, and another one");
    asks_for_the_stop("asks it to stop (a listener)", &listener)?;
    asks_for_the_stop("asks it to stop (a stream)", &stream)
}

/// Prints one line, and checks it where it is known.
fn show(way: &str, outcome: Outcome, known: Option<Outcome>) {
    println!("  {way:28}  {outcome}");
    if let Some(known) = known {
        assert_eq!(outcome, known, "{way}");
    }
}

/// What is known of Linux, and of no other system.
fn on_linux(outcome: Outcome) -> Option<Outcome> {
    cfg!(target_os = "linux").then_some(outcome)
}

fn listener() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
}

/// Both ends of a connection.
fn connected() -> io::Result<(TcpStream, TcpStream)> {
    let listener = listener()?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    Ok((listener.accept()?.0, client))
}

fn sets_a_flag() -> io::Result<()> {
    let listener = listener()?;
    let stop = Stop::new()?;
    let sleeper = Sleeper::start(&listener, accept)?;
    stop.request();
    let sleeper = sleeper.watch().expect_err("nothing has happened to its socket");
    show("sets a flag", Outcome::Blocked, None);
    // Only a client brings it to where it could look at the flag.
    let _client = TcpStream::connect(listener.local_addr()?)?;
    assert_eq!(sleeper.join(), Outcome::Came);
    Ok(())
}

/// Close takes a number out of a table. The thread has found what is behind the number before it
/// went to sleep, and holds it (close(2), "Multithreaded processes and close()").
fn closes_the_listener() -> io::Result<()> {
    let listener = listener()?;
    let addr = listener.local_addr()?;
    let sleeper = Sleeper::start(&listener, accept)?;
    drop(listener);
    sleeper.close_its_descriptor()?;
    match sleeper.watch() {
        Ok(woken) => show("closes the listener", woken, on_linux(Outcome::Blocked)),
        Err(sleeper) => {
            show("closes the listener", Outcome::Blocked, None);
            // What has no descriptor any more still listens, until the call is over.
            let _client = TcpStream::connect(addr)?;
            show("  then, when a client comes", sleeper.join(), on_linux(Outcome::Came));
        }
    }
    Ok(())
}

/// The handler was set without SA_RESTART, so the call ends with EINTR (signal(7)). A signal that
/// comes just before the call is missed: who relies on it sends it again and again.
fn sends_a_signal(sleeper: Sleeper) -> io::Result<()> {
    sleeper.signal()?;
    show("sends a signal", sleeper.join(), Some(Outcome::Failed(Errno::INTR)));
    Ok(())
}

/// The library hides EINTR in `accept`: it calls again, and nobody looks at a flag in between.
fn sends_a_signal_to_std() -> io::Result<()> {
    let listener = listener()?;
    let sleeper = Sleeper::start(&listener, accept_by_std)?;
    sleeper.signal()?;
    let sleeper = sleeper.watch().expect_err("std asks again");
    show("  the same, and std's accept", Outcome::Blocked, None);
    let _client = TcpStream::connect(listener.local_addr()?)?;
    assert_eq!(sleeper.join(), Outcome::Came);
    Ok(())
}

/// POSIX gives shutdown to connections. Linux takes it for a listener, too; macOS says ENOTCONN, and
/// the thread sleeps on.
fn shuts_down_the_listener() -> io::Result<()> {
    let listener = listener()?;
    let sleeper = Sleeper::start(&listener, accept)?;
    if let Err(error) = SockRef::from(&listener).shutdown(Shutdown::Both) {
        println!("  (shutdown says: {error})");
    }
    match sleeper.watch() {
        Ok(woken) => {
            show("shuts the listener down", woken, on_linux(Outcome::Failed(Errno::INVAL)));
        }
        Err(sleeper) => {
            show(
                "shuts the listener down",
                Outcome::Blocked,
                on_linux(Outcome::Failed(Errno::INVAL)),
            );
            let _client = TcpStream::connect(listener.local_addr()?)?;
            assert_eq!(sleeper.join(), Outcome::Came);
        }
    }
    Ok(())
}

/// It is what the thread waits for, after all. The servers of this chapter are stopped by it.
fn connects_to_it() -> io::Result<()> {
    let listener = listener()?;
    let sleeper = Sleeper::start(&listener, accept)?;
    let _ourselves = TcpStream::connect(listener.local_addr()?)?;
    show("connects to it", sleeper.join(), Some(Outcome::Came));
    Ok(())
}

fn closes_the_stream() -> io::Result<()> {
    let (stream, mut client) = connected()?;
    let sleeper = Sleeper::start(&stream, read)?;
    drop(stream);
    sleeper.close_its_descriptor()?;
    match sleeper.watch() {
        Ok(woken) => show("closes the stream", woken, on_linux(Outcome::Blocked)),
        Err(sleeper) => {
            show("closes the stream", Outcome::Blocked, None);
            client.write_all(b"?")?;
            show("  then, when a byte comes", sleeper.join(), on_linux(Outcome::Came));
        }
    }
    Ok(())
}

/// Works on every system. `clients.rs` ends those who are served by it.
fn shuts_down_the_stream() -> io::Result<()> {
    let (stream, _client) = connected()?;
    let sleeper = Sleeper::start(&stream, read)?;
    stream.shutdown(Shutdown::Both)?;
    show("shuts the stream down", sleeper.join(), Some(Outcome::Ended));
    Ok(())
}

/// No trick at all: the stop is one more descriptor to wait for. Chapter 3 knows nothing else.
fn asks_for_the_stop(way: &str, socket: &impl AsFd) -> io::Result<()> {
    let stop = Stop::new()?;
    let stopping = stop.clone();
    let sleeper = Sleeper::start(socket, move |socket| {
        let mut both = [PollFd::new(&socket, PollFlags::IN), PollFd::new(&stopping, PollFlags::IN)];
        match poll(&mut both, None) {
            Ok(_) if both[1].revents().is_empty() => Outcome::Came,
            Ok(_) => Outcome::Stopped,
            Err(errno) => Outcome::Failed(errno),
        }
    })?;
    stop.request();
    show(way, sleeper.join(), Some(Outcome::Stopped));
    Ok(())
}
