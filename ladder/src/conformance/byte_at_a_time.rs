//! A message that comes in as many pieces as it has bytes.

use crate::client::Noise;

use super::case::{Case, Verdict, Within};

/// Sent one by one, each waiting for the one before.
const AWAITED_BYTES: usize = 256;

/// Sent one by one without waiting.
const RUSHED_BYTES: usize = 4096;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    for (offset, byte) in Noise(1).bytes(AWAITED_BYTES).into_iter().enumerate() {
        client.exchange(&[byte]).within(format_args!("byte {offset}, alone"))?;
    }
    let rushed = Noise(2).bytes(RUSHED_BYTES);
    client.send_each_byte(&rushed)?;
    client.expect(&rushed).within("bytes sent one by one")?;
    Ok(())
}
