//! What a server says it did is what it did.

use crate::Report;
use crate::client::Noise;

use super::case::{Case, Verdict, Within, ensure};

/// Sizes of one message each, by clients that come in turn and leave in order.
const SIZES: [usize; 5] = [1, 100, 16_384, 100_000, 300_000];

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let mut expected = Report::default();
    for size in SIZES {
        let mut client = case.connect(&server)?;
        client.exchange(&Noise(size as u64).bytes(size))?;
        client.half_close()?;
        client.expect_eof().within("a client that left in order")?;
        expected.accepted += 1;
        expected.bytes_echoed += size as u64;
    }
    // Those who are still here at the stop did nothing wrong either.
    let staying = case.held(&server, 3)?;
    expected.accepted += staying.len() as u64;
    expected.bytes_echoed += staying.len() as u64 * "here".len() as u64;
    let report = server.stop()?.report;
    ensure(report == expected, || format!("expected the report '{expected}', got '{report}'"))
}
