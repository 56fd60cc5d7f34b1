//! More than all buffers between client and server hold, so that both must read while they write.

use crate::client::Noise;

use super::case::{Case, Verdict, Within};

/// Linux lets a socket's buffers grow to some 10 MiB for both directions together
/// (`net.ipv4.tcp_rmem`, `tcp_wmem`).
const PAYLOAD_BYTES: usize = 16 << 20;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut client = case.connect(&server)?;
    client.exchange(&Noise(4).bytes(PAYLOAD_BYTES)).within("16 MiB at once")?;
    client.exchange(b"and on").within("after 16 MiB")?;
    drop(client);
    // One that is quick to read may save the server from ever writing short. A late one does not.
    let mut late = case.connect_narrow(&server)?;
    let taken = late.fill(Noise(4), PAYLOAD_BYTES as u64)?;
    late.expect_noise(Noise(4), taken).within("16 MiB, read late")
}
