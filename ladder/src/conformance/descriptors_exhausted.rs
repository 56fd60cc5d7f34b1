//! More clients than the server has descriptors.
//!
//! `accept` fails (EMFILE), and the client stays in the queue, so the listener stays ready: a loop
//! that only tries again spins, one that takes the error for fatal ends. Those who are served must
//! not notice, and those who wait must get their turn.

use std::io::ErrorKind;

use crate::client::Client;
use crate::process::Setup;

use super::case::{Case, SEEN_TO_WAIT, Verdict, Within, ensure};

/// What the server may open, all in all.
const DESCRIPTORS: u64 = 64;

const CLIENTS: usize = 100;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let setup = Setup { descriptors: Some(DESCRIPTORS), ..Setup::default() };
    let mut server = case.spawn_with(setup)?;
    let mut answered = Vec::new();
    let mut waiting = Vec::new();
    for number in 0..CLIENTS {
        let mut client = case.connect(&server)?;
        client.ask(&number.to_le_bytes())?;
        // Once one of them waits the later ones do: the queue is in order.
        let waits = !waiting.is_empty() || client.stays_silent(SEEN_TO_WAIT).is_ok();
        if waits { waiting.push((number, client)) } else { answered.push((number, client)) }
    }
    ensure(!answered.is_empty() && !waiting.is_empty(), || {
        let answered = answered.len();
        format!("with {DESCRIPTORS} descriptors and {CLIENTS} clients, {answered} were answered")
    })?;
    // A server may keep a descriptor in reserve, to accept and close those it cannot serve.
    answered.retain_mut(|(number, client)| !was_closed(client, *number));
    for (number, client) in &mut answered {
        client.exchange(b"still").within(format_args!("client {number}, served before"))?;
    }
    case.rests(&mut server, "while clients wait for a descriptor")?;
    drop(answered);
    // The others leave when they have their answer, or were closed.
    for (number, mut client) in waiting {
        let outcome = client.answer(&number.to_le_bytes());
        if let Err(error) = outcome
            && error.kind() == ErrorKind::TimedOut
        {
            return Err(error).within(format_args!("client {number}, after descriptors returned"));
        }
    }
    case.serves_another(&server, "after descriptors returned")?;
    server.stop().within("stopping after descriptors returned").map(|_| ())
}

/// Whether the client's connection ended instead of bringing the answer.
fn was_closed(client: &mut Client, number: usize) -> bool {
    let ended = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
    client.answer(&number.to_le_bytes()).is_err_and(|error| ended.contains(&error.kind()))
}
