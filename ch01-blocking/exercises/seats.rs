//! No more than so many.
//!
//! A server with a thread for each client should bound their number: whoever comes when all seats are taken is
//! told so, and may come back later. The code below does that, and has a leak. The seat of a client that is lost
//! by an error is never given back. One day the server is full, and nobody is there.
//!
//! Give the seat back in every case: after an orderly end, after an error, and after a panic.
//!
//! Look at `take` as well. Why does it not look first, and then count one more?
//!
//! Hint: what runs whenever a function is left, however it is left? Let a value own the seat.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use ch01_blocking::echo::echo;

/// Clients at a time.
const SEATS: usize = 2;

/// How many clients there are.
#[derive(Default)]
struct Seats {
    taken: AtomicUsize,
}

impl Seats {
    /// Takes a seat if there is one; looks and counts in one step. Of two threads that first look and then
    /// count, both might find the last seat free.
    fn take(&self) -> bool {
        let more = |taken| (taken < SEATS).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
    }

    fn give_back(&self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

// SOLUTION
/// A seat that is taken for as long as this value is alive.
struct Seat<'a> {
    seats: &'a Seats,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.seats.give_back();
    }
}

// START
// END
/// What each client's thread does. `stream` is closed at its end.
fn serve_one(mut stream: impl Read + Write, seats: &Seats) -> io::Result<()> {
    if !seats.take() {
        return stream.write_all(b"busy, come back later\n");
    }
    // SOLUTION
    let _seat = Seat { seats };
    echo(stream, &mut 0)
    // START
    // echo(stream, &mut 0)?;
    // seats.give_back();
    // Ok(())
    // END
}

/// Plays back what its reads are to find, and keeps what is written.
#[derive(Default)]
struct Script {
    reads: VecDeque<io::Result<&'static [u8]>>,
    written: Vec<u8>,
    panics: bool,
}

impl Read for Script {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(!self.panics, "a fault in the code that serves");
        let bytes = self.reads.pop_front().unwrap_or(Ok(b""))?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        Ok(bytes.len())
    }
}

impl Write for Script {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_client_holds_its_seat_while_it_is_served() {
    let seats = Seats::default();
    assert!(seats.take(), "the first of two seats");
    serve_one(Script::default(), &seats).expect("the second seat is free");
    assert!(seats.take(), "it was given back");

    let mut late = Script::default();
    serve_one(&mut late, &seats).expect("it is told so, which is no error");
    assert_eq!(String::from_utf8_lossy(&late.written), "busy, come back later\n");
    assert_eq!(seats.taken.into_inner(), 2, "who got no seat gives none back");
}

#[test]
fn a_lost_client_gives_its_seat_back() {
    let seats = Seats::default();
    for _ in 0..3 {
        let reset = Err(ErrorKind::ConnectionReset.into());
        let lost =
            Script { reads: VecDeque::from([Ok(&b"hello"[..]), reset]), ..Script::default() };
        let error = serve_one(lost, &seats).expect_err("the reset, which the caller counts");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    assert_eq!(seats.taken.into_inner(), 0, "seats that nobody sits on");
}

#[test]
fn a_panic_gives_the_seat_back() {
    let seats = Seats::default();
    let broken = Script { panics: true, ..Script::default() };
    catch_unwind(AssertUnwindSafe(|| serve_one(broken, &seats))).expect_err("the panic goes on");
    assert_eq!(seats.taken.into_inner(), 0, "seats that nobody sits on");
}
