//! A client that ended its side still wants its answer.
//!
//! End of input says that no more will come, and nothing else (RFC 9293, section 3.6): the
//! connection is half closed, and everything that is owed must still be sent before our end is.

use crate::client::Noise;

use super::case::{Case, Verdict, Within};
use super::frozen::while_frozen;

/// Several of the server's reads, and little enough for the first packets.
const TOGETHER_BYTES: usize = 40_000;

/// Where a client that fills gives up: no server should take as much.
const FILL_BYTES_MAX: u64 = 64 << 20;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;

    let mut client = case.connect(&server)?;
    client.half_close()?;
    client.expect_eof().within("a client that says nothing and ends")?;

    let mut client = case.connect(&server)?;
    let bytes = Noise(5).bytes(TOGETHER_BYTES);
    client.exchange(b"here")?;
    while_frozen(&server, || {
        client.send(&bytes)?;
        Ok(client.half_close()?)
    })?;
    client.expect(&bytes).within("data and end of input found together")?;
    client.expect_eof().within("data and end of input found together")?;

    let mut client = case.connect_narrow(&server)?;
    let taken = client.fill(Noise(6), FILL_BYTES_MAX)?;
    client.half_close()?;
    // The end of input stays readable for as long as the connection is there (RDHUP, HUP), and
    // nothing can be done about it until the client reads.
    case.rests(&mut server, "while output waits for a client that ended its side")?;
    client.expect_noise(Noise(6), taken).within("output that waited for the client")?;
    client.expect_eof().within("after output that waited for the client")?;
    case.serves_another(&server, "after half-closed ones")
}
