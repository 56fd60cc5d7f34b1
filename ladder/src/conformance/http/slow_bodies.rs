//! Clients who send a body a byte now and then keep only themselves.

use super::super::case::{Case, Verdict, Within};
use super::{is_ok, post};

const SLOW_CLIENTS: usize = 100;

/// What each of them sends, a byte at a time, with somebody else's requests in between.
const BODY: &[u8] = b"slow";

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut slow = case.held(&server, SLOW_CLIENTS.min(case.at_once().saturating_sub(1)))?;
    let sized = post(&format!("Content-Length: {}\r\n", BODY.len()), b"");
    let chunked = post("Transfer-Encoding: chunked\r\n", b"");
    for pair in slow.chunks_mut(2) {
        for (client, head) in pair.iter_mut().zip([&sized, &chunked]) {
            client.send(head)?;
        }
    }
    for (number, byte) in BODY.iter().enumerate() {
        let chunk = [b'1', b'\r', b'\n', *byte, b'\r', b'\n'];
        for pair in slow.chunks_mut(2) {
            for (client, bytes) in pair.iter_mut().zip([&[*byte][..], &chunk]) {
                client.send(bytes)?;
            }
        }
        let place = format!("another client, after {} of so many bodies' bytes", number + 1);
        case.serves_another(&server, &place)?;
    }
    for (number, client) in slow.iter_mut().enumerate() {
        let place = format!("slow client {number}");
        if number % 2 == 1 {
            client.send(b"0\r\n\r\n").within(&place)?;
        }
        is_ok(&client.next_response(false).within(&place)?, BODY).within(&place)?;
    }
    Ok(())
}
