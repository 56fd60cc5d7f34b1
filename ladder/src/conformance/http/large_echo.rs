//! A large body up and down at once, on a connection that goes on afterwards.

use crate::client::Noise;

use super::super::case::{Case, Verdict, Within};
use super::{chunked, is_ok, sized, still_serves};

/// More than all buffers on the way.
const BODY_BYTES: usize = 16 << 20;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    let body = Noise(16).bytes(BODY_BYTES);
    is_ok(&client.request(&sized(&body)).within("with a length")?, &body)?;
    is_ok(&client.request(&chunked(&body, 64 << 10)).within("in chunks")?, &body)?;
    still_serves(&mut client).within("after large bodies")
}
