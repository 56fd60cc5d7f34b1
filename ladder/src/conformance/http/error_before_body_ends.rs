//! An error that is clear before the body has come, to a client that looks only after it has sent
//! it all. A server that answers and just closes resets the connection, and the reset overtakes
//! the answer (RFC 9112, section 9.6).

use crate::client::Noise;

use super::super::case::{Case, Verdict, Within};
use super::has_status;

/// More than a server reads by accident, and less than the kernels' buffers on the way.
const BODY_BYTES: usize = 1 << 20;

/// Each is a chance for the reset to come first.
const ROUNDS: u64 = 10;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    for round in 0..ROUNDS {
        let mut client = case.connect(&server)?;
        let head =
            format!("PUT / HTTP/1.1\r\nHost: ladder\r\nContent-Length: {BODY_BYTES}\r\n\r\n");
        client.send(head.as_bytes())?;
        client.send(&Noise(round).bytes(BODY_BYTES)).within("a body that nobody wants")?;
        let response = client.next_response(false).within("an error before the body's end")?;
        has_status(&response, 405)?;
    }
    case.serves_another(&server, "after unwanted bodies")
}
