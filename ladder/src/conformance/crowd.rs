//! A thousand silent clients and one that talks.
//!
//! A model that serves only so many at once is held to its word from both sides: so many it does
//! serve, and the next one is seen to wait until one of them leaves.

use super::case::{Case, Verdict, Within};

const SILENT_CLIENTS: usize = 1000;

const EXCHANGES: usize = 100;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut silent = case.held(&server, SILENT_CLIENTS)?;
    if case.at_once() <= SILENT_CLIENTS {
        let mut waiting = case.another_waits(&server)?;
        for (number, client) in silent.iter_mut().enumerate() {
            client.exchange(b"still here").within(format_args!("client {number}, held"))?;
        }
        silent.pop();
        return waiting.answer(b"another").within("the one that waited, after another left");
    }
    let mut active = case.connect(&server)?;
    for number in 0..EXCHANGES {
        let place = format_args!("exchange {number} beside {SILENT_CLIENTS} silent clients");
        active.exchange(&number.to_le_bytes()).within(place)?;
    }
    for (number, client) in silent.iter_mut().enumerate() {
        client.exchange(b"at last").within(format_args!("client {number}, long silent"))?;
    }
    Ok(())
}
