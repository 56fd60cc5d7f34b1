//! What is sent comes back: every value of a byte, in sizes around the server's buffer.

use crate::client::Noise;
use crate::socket::READ_BYTES;

use super::case::{Case, Verdict, Within};

/// Messages of noise, each of another size up to four buffers.
const ROUNDS: u64 = 20;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    let every_value: Vec<u8> = (0..=u8::MAX).collect();
    client.exchange(&every_value).within("all 256 values")?;
    for size in [1, READ_BYTES - 1, READ_BYTES, READ_BYTES + 1, 2 * READ_BYTES] {
        client.exchange(&Noise(size as u64).bytes(size)).within(format_args!("{size} bytes"))?;
    }
    for round in 0..ROUNDS {
        let bytes = Noise(round).bytes(4 * READ_BYTES);
        let size = 1 + (usize::from(bytes[0]) << 8 | usize::from(bytes[1]));
        client.exchange(&bytes[..size]).within(format_args!("round {round}, {size} bytes"))?;
    }
    Ok(())
}
