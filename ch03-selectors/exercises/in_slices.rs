//! A long job in slices.
//!
//! A callback keeps the loop until it comes back. The one below adds up a long list in one go, and all others wait for
//! it: sockets, timers, and whoever called `call_soon`.
//!
//! Do it in slices of `SLICE` numbers, and let the others have their turn after each. When all is added up, `done` is
//! called, on the loop as before.
//!
//! Hint: what a callback asks for by `call_soon` is called in the next iteration.

use std::cell::Cell;
use std::rc::Rc;

use ch03_selectors::event_loop::EventLoop;

/// Numbers that are added up in one callback.
const SLICE: usize = 100;

/// Adds them up, and calls `done` with the sum.
fn add_up(event_loop: &EventLoop, numbers: Vec<u64>, done: impl FnOnce(&EventLoop, u64) + 'static) {
    // SOLUTION
    go_on(event_loop, numbers, 0, 0, done);
    // START
    // event_loop.call_soon(move |event_loop| done(event_loop, numbers.iter().sum()));
    // END
}

// SOLUTION
/// Adds up from the number at `at`, when it is our turn.
fn go_on(
    event_loop: &EventLoop,
    numbers: Vec<u64>,
    at: usize,
    sum: u64,
    done: impl FnOnce(&EventLoop, u64) + 'static,
) {
    event_loop.call_soon(move |event_loop| {
        let end = numbers.len().min(at + SLICE);
        let sum = sum + numbers[at..end].iter().sum::<u64>();
        if end == numbers.len() {
            done(event_loop, sum);
        } else {
            go_on(event_loop, numbers, end, sum, done);
        }
    });
}
// START
// END

/// Somebody who is called once in each iteration, and counts.
fn neighbour(event_loop: &EventLoop, turns: Rc<Cell<usize>>) {
    event_loop.call_soon(move |event_loop| {
        turns.set(turns.get() + 1);
        neighbour(event_loop, turns);
    });
}

/// The sum of `0..count`, and how many turns a neighbour had meanwhile.
fn run(count: u64) -> (u64, usize) {
    let event_loop = EventLoop::new().expect("a loop");
    let (sum, turns) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(0)));
    let told = (Rc::clone(&sum), Rc::clone(&turns));
    let at_the_end = Rc::new(Cell::new(0));
    let noted = Rc::clone(&at_the_end);
    add_up(&event_loop, (0..count).collect(), move |event_loop, sum| {
        told.0.set(Some(sum));
        noted.set(told.1.get());
        event_loop.stop();
    });
    assert_eq!(sum.get(), None, "`done` is called on the loop, and not before");
    neighbour(&event_loop, turns);
    event_loop.run_forever().expect("the selector works");
    (sum.get().expect("it was called"), at_the_end.get())
}

#[test]
fn the_sum_is_right() {
    for count in [0, 1, 99, 100, 101, 1000] {
        assert_eq!(run(count).0, (0..count).sum::<u64>(), "of {count} numbers");
    }
}

#[test]
fn the_others_have_their_turn_after_each_slice() {
    let (_, turns) = run(10 * SLICE as u64);
    assert!(turns >= 9, "ten slices, and the others had {turns} turns between them");
}
