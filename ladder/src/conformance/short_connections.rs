//! Thousands of clients, one after the other, each for one exchange.
//!
//! What is not given back at the end of a connection adds up: descriptors, threads, slots.

use crate::usage;

use super::case::{Case, Verdict, Within, ensure};
use super::descriptors;

const CLIENTS: usize = 2000;

/// A server whose threads end with their clients may have some that are just ending.
const THREADS_LEFT_MAX: u64 = 16;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let before = descriptors::baseline(case, &server)?;
    let threads = usage::threads_of(server.id())?;
    for number in 0..CLIENTS {
        let mut client = case.connect(&server)?;
        client.exchange(&number.to_le_bytes()).within(format_args!("client {number} in turn"))?;
    }
    descriptors::wait_until_back(case, &server, before).within("2000 clients in turn")?;
    let left = usage::threads_of(server.id())?.saturating_sub(threads);
    ensure(left <= THREADS_LEFT_MAX, || {
        format!("{left} threads are left of {CLIENTS} clients in turn")
    })
}
