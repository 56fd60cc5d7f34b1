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
    let mut clients: Vec<_> = case.held(&server, CLIENTS)?.into_iter().map(Some).collect();
    for round in 0..ROUNDS {
        // All of this is found by the server in one look, in this order.
        while_frozen(&server, || {
            for (number, client) in clients.iter_mut().flatten().enumerate() {
                client.ask(&said(round, number))?;
            }
            for (number, client) in clients.iter_mut().enumerate() {
                if leaves(round, number) {
                    client.take().map_or(Ok(()), |client| leave(client, round, number))?;
                }
            }
            for (number, client) in clients.iter_mut().enumerate() {
                if client.is_none() {
                    let newcomer = client.insert(case.connect(&server)?);
                    newcomer.ask(&said(round, number + CLIENTS))?;
                }
            }
            Ok(())
        })?;
        for (number, client) in clients.iter_mut().flatten().enumerate() {
            let speaker = if leaves(round, number) { number + CLIENTS } else { number };
            let place = format_args!("client {number} of round {round}");
            client.answer(&said(round, speaker)).within(place)?;
        }
    }
    Ok(())
}

fn leaves(round: u64, number: usize) -> bool {
    (round + number as u64).is_multiple_of(2)
}

/// What a client says in a round: every one, and every time, something else.
fn said(round: u64, number: usize) -> Vec<u8> {
    Noise(round << 32 | number as u64).bytes(MESSAGE_BYTES)
}

/// Half of those who leave are reset, with their bytes on the way; the others' bytes arrive.
fn leave(client: Client, round: u64, number: usize) -> Result<(), Failure> {
    if (round / 2 + number as u64 / 2).is_multiple_of(2) { Ok(()) } else { Ok(client.reset()?) }
}
