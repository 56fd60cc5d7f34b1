//! The same half-read socket under level, edge and one-shot triggering, and what the latter two
//! cost those who leave something unread.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ch03_selectors::{Interest, Registration, Token, Trigger, Watch, default_selector};

const SOCKET: Token = Token { index: 0, generation: 0 };

/// What is ready, is ready now. A server would wait without end here.
const A_WHILE: Duration = Duration::from_millis(50);

/// What is done after the one read of a report.
#[derive(Clone, Copy, PartialEq)]
enum Then {
    Wait,
    /// Asks to be told again.
    Rearm,
    /// Reads on until there is nothing more.
    Drain,
}

fn main() -> io::Result<()> {
    let level = waits_that_report(Trigger::Level, Then::Wait)?;
    let edge = waits_that_report(Trigger::Edge, Then::Wait)?;
    let drained = waits_that_report(Trigger::Edge, Then::Drain)?;
    let one_shot = waits_that_report(Trigger::OneShot, Then::Wait)?;
    let rearmed = waits_that_report(Trigger::OneShot, Then::Rearm)?;
    println!();
    println!("level:    named {level} times, until all of it was read");
    println!("edge:     named {edge} time; what is left is left: the wake-up for it was spent");
    println!("          named {drained} time, and drained: nothing is left");
    println!("one-shot: named {one_shot} time; not even new input would name it again");
    println!("          named {rearmed} times, because it was armed again after each");
    assert_eq!((level, edge, drained, one_shot, rearmed), (3, 1, 1, 1, 3));
    Ok(())
}

/// Six bytes come at once, and are read two at a time: one read for each report, and then what
/// `then` says. Says how many reports there were.
fn waits_that_report(trigger: Trigger, then: Then) -> io::Result<usize> {
    let habit = match then {
        Then::Wait => "two bytes read for each report",
        Then::Rearm => "two bytes read for each report, and armed again",
        Then::Drain => "read until WouldBlock",
    };
    println!("{trigger:?}, {habit}:");
    let selector = default_selector()?;
    let (stream, mut peer) = UnixStream::pair()?;
    stream.set_nonblocking(true)?;
    // ANCHOR: loop
    let watch = Watch { token: SOCKET, interest: Interest::READABLE, trigger };
    let mut stream = Registration::new(&selector, stream, watch)?;
    peer.write_all(b"abcdef")?;
    let mut events = Vec::new();
    let mut reports = 0;
    loop {
        selector.select(&mut events, Some(A_WHILE))?;
        if events.is_empty() {
            break;
        }
        reports += 1;
        let mut two = [0; 2];
        let read = stream.read(&mut two)?;
        println!("  named, and read {:?}", String::from_utf8_lossy(&two[..read]));
        match then {
            Then::Wait => {}
            Then::Rearm => stream.rearm()?,
            Then::Drain => while_not_empty(&mut stream)?,
        }
    }
    // ANCHOR_END: loop
    println!("  no further report within {A_WHILE:?}");
    let left = unread(&mut stream)?;
    if left > 0 {
        println!("  and {left} bytes unread: both sides wait, each for the other");
    }
    assert_eq!(left, 6 - if then == Then::Drain { 6 } else { 2 * reports }, "read and unread");
    Ok(reports)
}

fn while_not_empty(stream: &mut impl Read) -> io::Result<()> {
    let mut two = [0; 2];
    loop {
        match stream.read(&mut two) {
            Ok(read) => println!("  read on: {:?}", String::from_utf8_lossy(&two[..read])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// How many bytes lie in the socket; they are read to find out.
fn unread(stream: &mut impl Read) -> io::Result<usize> {
    match stream.read(&mut [0; 64]) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        read => read,
    }
}
