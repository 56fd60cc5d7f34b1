//! Clients that leave and come while their neighbours talk: whose bytes are whose?
//!
//! A descriptor's number, and a slot in a table, is given to the next client as soon as it is
//! free. What was found about the old one and is acted on later meets the new one: a stale event,
//! or an answer that was put aside.

use crate::client::{Client, Noise};

use super::case::{Case, Failure, Verdict, Within};
use super::frozen::while_frozen;

const CLIENTS: usize = 64;
const ROUNDS: u64 = 30;
const MESSAGE_BYTES: usize = 1000;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut clients = case.held(&server, CLIENTS)?;
    for round in 0..ROUNDS {
        let said = |number: usize| Noise(round << 32 | number as u64).bytes(MESSAGE_BYTES);
        // All of this is found by the server in one look.
        while_frozen(&server, || {
            for (number, client) in clients.iter_mut().enumerate() {
                client.ask(&said(number))?;
                if leaves(round, number) {
                    let leaver = std::mem::replace(client, case.connect(&server)?);
                    leave(leaver, number)?;
                    client.ask(&said(number + CLIENTS))?;
                }
            }
            Ok(())
        })?;
        for (number, client) in clients.iter_mut().enumerate() {
            let mine = if leaves(round, number) { number + CLIENTS } else { number };
            let place = format_args!("client {number} of round {round}");
            client.answer(&said(mine)).within(place)?;
        }
    }
    Ok(())
}

fn leaves(round: u64, number: usize) -> bool {
    (round + number as u64).is_multiple_of(2)
}

/// Half of those who leave are reset, with their bytes on the way; the others' bytes arrive.
fn leave(client: Client, number: usize) -> Result<(), Failure> {
    if number % 4 < 2 { Ok(client.reset()?) } else { Ok(()) }
}
