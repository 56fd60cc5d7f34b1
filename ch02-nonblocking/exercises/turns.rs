//! Everybody's turn.
//!
//! One thread asks all its clients in turn. The round below asks each client until there is nothing more, and that
//! is a trap: one who never stops sending keeps the thread, and the others are never asked again. Nothing crashes,
//! and no core is burnt in vain. The server is just gone, for all but one.
//!
//! Give each turn a budget of `READS_MAX` reads, and let `round` say how many clients it had to leave with input
//! still there. Why should somebody know that number before going to sleep?
//!
//! Hint: `for` has an end, and `loop` has none.

use std::io::{self, ErrorKind, Read};

/// Reads for one client in one round.
const READS_MAX: usize = 4;

/// A client and how much was heard of it.
struct Client<S> {
    stream: S,
    heard: usize,
}

/// Asks everybody once. How many were not at their end.
fn round<S: Read>(clients: &mut [Client<S>]) -> io::Result<usize> {
    // SOLUTION
    let mut unfinished = 0;
    // START
    // let unfinished = 0;
    // END
    for client in clients {
        // SOLUTION
        let mut finished = false;
        for _ in 0..READS_MAX {
            if !turn(client)? {
                finished = true;
                break;
            }
        }
        unfinished += usize::from(!finished);
        // START
        // while turn(client)? {}
        // END
    }
    Ok(unfinished)
}

/// One read. Whether there may be more.
fn turn<S: Read>(client: &mut Client<S>) -> io::Result<bool> {
    match client.stream.read(&mut [0; 8]) {
        Ok(0) => Ok(false),
        Ok(read) => {
            client.heard += read;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has so many reads of input, and then nothing for now.
struct Speaker {
    reads: usize,
    asked: usize,
}

impl Read for Speaker {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.asked += 1;
        assert!(
            self.asked < 10_000,
            "one client has been asked ten thousand times, and others wait"
        );
        if self.reads == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.reads -= 1;
        Ok(buffer.len())
    }
}

fn clients(reads: &[usize]) -> Vec<Client<Speaker>> {
    let client = |reads: &usize| Client { stream: Speaker { reads: *reads, asked: 0 }, heard: 0 };
    reads.iter().map(client).collect()
}

#[test]
fn one_who_never_stops_keeps_nobody_waiting() {
    let mut clients = clients(&[usize::MAX, 1]);
    assert_eq!(round(&mut clients).expect("no error"), 1, "the first has more to say");
    assert_eq!(clients[1].heard, 8, "the second was heard in the same round");
    assert_eq!(clients[0].stream.asked, READS_MAX);
}

#[test]
fn who_is_left_is_asked_again() {
    let mut clients = clients(&[READS_MAX * 2 + 1, 0]);
    let rounds = [(); 3].map(|()| round(&mut clients).expect("no error"));
    assert_eq!(rounds, [1, 1, 0]);
    assert_eq!(clients[0].heard, 8 * (READS_MAX * 2 + 1));
}

#[test]
fn silence_costs_one_question() {
    let mut clients = clients(&[0, 0, 0]);
    assert_eq!(round(&mut clients).expect("no error"), 0);
    assert!(clients.iter().all(|client| client.stream.asked == 1));
}
