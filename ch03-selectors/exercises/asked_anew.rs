//! The question is the answer.
//!
//! `select` is given the set of those whom we ask for, and writes into the same set who of them is ready. The waiter
//! below gives it the set that it keeps. All goes well as long as everybody is ready each time. Who is silent once is
//! never asked for again.
//!
//! Let the waiter ask for everybody in every wait, and forget nobody but those who have left.
//!
//! Hint: `Set` is `Copy`.

use std::collections::VecDeque;

/// Numbers below 64, a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Set(u64);

impl Set {
    fn of(numbers: &[u32]) -> Set {
        Set(numbers.iter().fold(0, |bits, number| bits | 1 << number))
    }

    fn numbers(self) -> Vec<u32> {
        (0..u64::BITS).filter(|number| self.0 >> number & 1 == 1).collect()
    }
}

/// Stands in for the kernel: it plays who is ready in which wait, and writes down who was asked for.
#[derive(Default)]
struct Script {
    ready: VecDeque<Set>,
    asked: Vec<Set>,
}

impl Script {
    fn of(waits: &[&[u32]]) -> Script {
        Script { ready: waits.iter().map(|ready| Set::of(ready)).collect(), asked: Vec::new() }
    }

    /// As select(2) does: of those in the set it leaves the ready ones. When time is up, none.
    fn select(&mut self, set: &mut Set) {
        self.asked.push(*set);
        set.0 &= self.ready.pop_front().unwrap_or_default().0;
    }
}

struct Waiter {
    /// Everybody who has come and has not left.
    clients: Set,
}

impl Waiter {
    fn enter(&mut self, number: u32) {
        self.clients.0 |= 1 << number;
    }

    fn leave(&mut self, number: u32) {
        self.clients.0 &= !(1 << number);
    }

    /// Who is ready, in the order of their numbers.
    fn wait(&mut self, kernel: &mut Script) -> Vec<u32> {
        // SOLUTION
        let mut ready = self.clients;
        kernel.select(&mut ready);
        ready.numbers()
        // START
        // kernel.select(&mut self.clients);
        // self.clients.numbers()
        // END
    }
}

fn waiter(clients: &[u32]) -> Waiter {
    Waiter { clients: Set::of(clients) }
}

#[test]
fn who_was_silent_is_asked_for_again() {
    let mut kernel = Script::of(&[&[4, 6], &[5], &[4, 5, 6]]);
    let mut waiter = waiter(&[4, 5, 6]);
    assert_eq!(waiter.wait(&mut kernel), [4, 6]);
    assert_eq!(waiter.wait(&mut kernel), [5]);
    assert_eq!(waiter.wait(&mut kernel), [4, 5, 6]);
    assert_eq!(kernel.asked, [Set::of(&[4, 5, 6]); 3]);
}

#[test]
fn a_wait_that_nobody_ended_loses_nobody() {
    let mut kernel = Script::of(&[&[], &[9]]);
    let mut waiter = waiter(&[9]);
    assert_eq!(waiter.wait(&mut kernel), [0; 0], "time was up");
    assert_eq!(waiter.wait(&mut kernel), [9]);
}

#[test]
fn who_has_left_is_not_asked_for_and_who_has_come_is() {
    let mut kernel = Script::of(&[&[3], &[8], &[3, 8]]);
    let mut waiter = waiter(&[3, 7]);
    assert_eq!(waiter.wait(&mut kernel), [3]);
    waiter.leave(3);
    waiter.enter(8);
    assert_eq!(waiter.wait(&mut kernel), [8]);
    assert_eq!(waiter.wait(&mut kernel), [8], "3 is somebody else's number by now");
    assert_eq!(kernel.asked, [Set::of(&[3, 7]), Set::of(&[7, 8]), Set::of(&[7, 8])]);
}
