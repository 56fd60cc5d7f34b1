//! A full house.
//!
//! The function below lets in all who wait, and takes every error for the end of the server. But a client may have
//! left between its handshake and our `accept`: that is no fault of ours, and others wait behind it. And a process may
//! have no descriptor left. Then the client stays in the queue and the listener stays ready, so trying again at once
//! would spin.
//!
//! Tell three kinds of errors apart: those that concern one client, those that ask for a pause, and those that end the
//! server. Those who were let in before the error stay.
//!
//! Hint: accept(2) lists the errors. Four of them mean that there is no room: in the process, in the system, and two
//! kinds of memory.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};

use rustix::io::Errno;

/// What the loop does about its listener.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// Asks to be told of the next client.
    Wait,
    /// Does not ask, until a client leaves or a while has gone by.
    Pause,
}

/// Lets in all who wait.
fn accept_all(listener: &mut Listener, guests: &mut Vec<&'static str>) -> io::Result<Next> {
    loop {
        match listener.accept() {
            Ok(client) => guests.push(client),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Next::Wait),
            // SOLUTION
            Err(error) => match Errno::from_io_error(&error) {
                Some(Errno::INTR | Errno::CONNABORTED) => {}
                Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => {
                    return Ok(Next::Pause);
                }
                _ => return Err(error),
            },
            // START
            // Err(error) => return Err(error),
            // END
        }
    }
}

/// Plays what `accept` says. The last error stays, as that of a full process does.
struct Listener {
    script: VecDeque<Result<&'static str, Errno>>,
    asked: usize,
}

impl Listener {
    fn new(script: impl IntoIterator<Item = Result<&'static str, Errno>>) -> Listener {
        Listener { script: script.into_iter().collect(), asked: 0 }
    }

    fn accept(&mut self) -> io::Result<&'static str> {
        self.asked += 1;
        assert!(self.asked < 1000, "asked a thousand times: this spins");
        let next = match self.script.len() {
            0 => Err(Errno::AGAIN),
            1 if self.script[0].is_err() => self.script[0],
            _ => self.script.pop_front().expect("at least one"),
        };
        Ok(next?)
    }
}

#[test]
fn who_has_left_in_the_queue_does_not_end_the_evening() {
    let script = [Ok("ann"), Err(Errno::CONNABORTED), Err(Errno::INTR), Ok("bob")];
    let (mut listener, mut guests) = (Listener::new(script), Vec::new());
    let next = accept_all(&mut listener, &mut guests).expect("one client's error is no error");
    assert_eq!((next, guests), (Next::Wait, vec!["ann", "bob"]));
}

#[test]
fn a_full_house_is_a_pause_and_those_inside_stay() {
    for full in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM] {
        let (mut listener, mut guests) = (Listener::new([Ok("ann"), Err(full)]), Vec::new());
        let next = accept_all(&mut listener, &mut guests).expect("it is full, not broken");
        assert_eq!((next, guests), (Next::Pause, vec!["ann"]), "after {full}");
    }
}

#[test]
fn a_broken_listener_is_an_error() {
    let mut listener = Listener::new([Err(Errno::INVAL)]);
    let error = accept_all(&mut listener, &mut Vec::new()).expect_err("it does not listen");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
