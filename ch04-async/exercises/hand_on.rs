//! A turn that is handed on.
//!
//! A gate lets one in at a time, and keeps the others in line. Who leaves gives the gate to the first in line, who is
//! woken. Between being woken and being polled, that one may be dropped: a timeout, an abort. Below it then takes the
//! gate along, and nobody is ever let in again.
//!
//! Let whoever is dropped with the gate in hand give it to the next.
//!
//! Hint: `Line::leave` says whether the ticket was still in line.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use ch04_async::sync::line::{Line, Ticket};

struct Gate {
    is_free: Cell<bool>,
    line: Line,
}

impl Gate {
    fn new() -> Gate {
        Gate { is_free: Cell::new(true), line: Line::default() }
    }

    fn enter(&self) -> Enter<'_> {
        Enter { gate: self, ticket: None }
    }

    /// To the first in line, whose it is from now on; free only when there is no line.
    fn hand_on(&self) {
        if !self.line.serve_first() {
            self.is_free.set(true);
        }
    }
}

/// Waits at the gate.
struct Enter<'g> {
    gate: &'g Gate,
    /// While it waits.
    ticket: Option<Ticket>,
}

impl<'g> Future for Enter<'g> {
    type Output = Inside<'g>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Inside<'g>> {
        let gate = self.gate;
        match self.ticket {
            None if gate.is_free.replace(false) => {}
            None => {
                self.ticket = Some(gate.line.join(context.waker()));
                return Poll::Pending;
            }
            Some(ticket) if gate.line.poll_served(ticket, context).is_pending() => {
                return Poll::Pending;
            }
            Some(_) => self.ticket = None,
        }
        Poll::Ready(Inside(gate))
    }
}

impl Drop for Enter<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        // SOLUTION
        if !self.gate.line.leave(ticket) {
            self.gate.hand_on();
        }
        // START
        // let _was_in_line = self.gate.line.leave(ticket);
        // END
    }
}

/// Has the gate, until it is dropped.
struct Inside<'g>(&'g Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.hand_on();
    }
}

/// One poll.
fn poll<F: Future>(future: Pin<&mut F>) -> Option<F::Output> {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn first_come_first_served() {
    let gate = Gate::new();
    let inside = poll(pin!(gate.enter())).expect("nobody is there");
    let (mut ann, mut bob) = (pin!(gate.enter()), pin!(gate.enter()));
    assert!(poll(ann.as_mut()).is_none() && poll(bob.as_mut()).is_none());
    drop(inside);
    assert!(poll(bob.as_mut()).is_none(), "ann came first");
    drop(poll(ann.as_mut()).expect("her turn"));
    drop(poll(bob.as_mut()).expect("his turn"));
}

#[test]
fn who_leaves_the_line_takes_nothing_along() {
    let gate = Gate::new();
    let inside = poll(pin!(gate.enter())).expect("nobody is there");
    let (mut ann, mut bob) = (Box::pin(gate.enter()), pin!(gate.enter()));
    assert!(poll(ann.as_mut()).is_none() && poll(bob.as_mut()).is_none());
    drop(ann);
    drop(inside);
    assert!(poll(bob.as_mut()).is_some(), "his turn");
}

#[test]
fn who_is_dropped_with_the_gate_in_hand_hands_it_on() {
    let gate = Gate::new();
    let inside = poll(pin!(gate.enter())).expect("nobody is there");
    let (mut ann, mut bob) = (Box::pin(gate.enter()), pin!(gate.enter()));
    assert!(poll(ann.as_mut()).is_none() && poll(bob.as_mut()).is_none());
    drop(inside);
    // It is hers, and she has not been polled.
    drop(ann);
    assert!(poll(bob.as_mut()).is_some(), "nobody is inside, and bob waits for ever");
}

#[test]
fn the_gate_is_free_when_the_last_one_is_dropped() {
    let gate = Gate::new();
    let inside = poll(pin!(gate.enter())).expect("nobody is there");
    let mut ann = Box::pin(gate.enter());
    assert!(poll(ann.as_mut()).is_none());
    drop(inside);
    drop(ann);
    assert!(poll(pin!(gate.enter())).is_some(), "nobody is inside, and nobody in line");
}
