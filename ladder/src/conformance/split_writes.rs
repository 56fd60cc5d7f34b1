//! A message cut in two at every offset: one read is not one message.

use crate::client::Noise;

use super::case::{Case, Verdict, Within};

const MESSAGE_BYTES: usize = 64;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    let message = Noise(3).bytes(MESSAGE_BYTES);
    for cut in 1..MESSAGE_BYTES {
        let (first, second) = message.split_at(cut);
        // The first half's echo proves that it was a read of its own.
        client.exchange(first).within(format_args!("cut at {cut}, first half"))?;
        client.exchange(second).within(format_args!("cut at {cut}, second half"))?;
        // Now the halves may arrive as one or as two.
        client.send(first)?;
        client.send(second)?;
        client.expect(&message).within(format_args!("cut at {cut}, sent at once"))?;
    }
    Ok(())
}
