//! Clients who send their request a byte now and then ("slow loris") keep only themselves.

use super::super::case::{Case, Verdict, Within};
use super::{GET, HELLO, is_ok};

const SLOW_CLIENTS: usize = 200;

/// Bytes that each of them sends, one after the other, with somebody else's requests in between.
const BYTES: usize = 4;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut slow = case.held(&server, SLOW_CLIENTS.min(case.at_once().saturating_sub(1)))?;
    let (bytes, rest) = GET.split_at(BYTES);
    for number in 0..bytes.len() {
        for client in &mut slow {
            client.send(&bytes[number..=number])?;
        }
        let place = format!("another client, after {} of so many bytes", number + 1);
        case.serves_another(&server, &place)?;
    }
    for (number, client) in slow.iter_mut().enumerate() {
        let place = format!("slow client {number}");
        client.send(rest).within(&place)?;
        is_ok(&client.next_response(false).within(&place)?, HELLO).within(&place)?;
    }
    Ok(())
}
