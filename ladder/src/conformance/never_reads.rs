//! A client that writes without end and reads nothing.
//!
//! The server cannot send, so it must stop reading: then the kernel's buffers fill, and TCP makes
//! the client wait (RFC 9293, section 3.8.6). A server that goes on reading keeps the bytes itself,
//! without bound; one that waits in `write` keeps everybody else waiting.

use crate::client::Noise;
use crate::usage;

use super::case::{Case, Verdict, Within, ensure};

/// What the client tries to send.
const FILL_BYTES_MAX: u64 = 64 << 20;

/// By how much the server may grow: its buffer for this client is a few KiB, an allocator takes
/// its memory in larger pieces.
const GROWTH_BYTES_MAX: u64 = 4 << 20;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;
    case.serves_another(&server, "first of all")?;
    let mut neighbours = case.held(&server, case.at_once().saturating_sub(2).min(3))?;
    let before = usage::memory_of(server.id())?;

    let mut hog = case.connect_narrow(&server)?;
    let taken = hog.fill(Noise(7), FILL_BYTES_MAX)?;
    let grown = usage::memory_of(server.id())?.saturating_sub(before);
    ensure(grown < GROWTH_BYTES_MAX, || {
        format!(
            "the server's memory grew by {grown} bytes for a client that sent {taken} and reads none"
        )
    })?;
    case.rests(&mut server, "while a client does not read")?;

    // The one that does not read is served, too: it takes a place.
    if case.at_once() == 1 {
        let mut waiting = case.another_waits(&server)?;
        hog.reset()?;
        waiting.answer(b"another").within("the one that waited, after the first one left")?;
    } else {
        for neighbour in &mut neighbours {
            neighbour.exchange(b"neighbour").within("another client, while one does not read")?;
        }
        case.serves_another(&server, "while one does not read")?;
        hog.reset()?;
    }
    case.serves_another(&server, "after the one that never read was reset")
}
