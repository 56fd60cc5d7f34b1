//! A large body up and down at once, on a connection that goes on afterwards.

use crate::client::Noise;

use super::super::case::{Case, Verdict, Within};
use super::{chunked, is_ok, post, sized, still_serves};

/// More than all buffers on the way.
const BODY_BYTES: usize = 16 << 20;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let body = Noise(16).bytes(BODY_BYTES);

    // Reads nothing until the server cannot write any more: its writes get short.
    let mut client = case.connect_narrow(&server)?;
    client.send(&post(&format!("Content-Length: {BODY_BYTES}\r\n"), b""))?;
    let taken = client.fill(Noise(16), BODY_BYTES as u64)?;
    let rest = usize::try_from(taken).map_or(BODY_BYTES, |taken| taken.min(BODY_BYTES));
    is_ok(&client.request(&body[rest..]).within("to a client that reads late")?, &body)?;

    let mut client = case.connect(&server)?;
    is_ok(&client.request(&sized(&body)).within("with a length")?, &body)?;
    is_ok(&client.request(&chunked(&body, 64 << 10)).within("in chunks")?, &body)?;
    still_serves(&mut client).within("after large bodies")
}
