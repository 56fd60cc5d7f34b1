//! A buffer for output, which the connections of a thread have in turn.
//!
//! An answer is written at once, mostly, and then its buffer is of no use until there is another one:
//! a connection that kept it would keep it for nothing, and one that made it anew would let it grow
//! from nothing each time.

use std::cell::Cell;

/// A larger one is not kept.
const SPARE_BYTES_MAX: usize = 64 << 10;

/// What a new one has room for: the answers to some dozen small requests.
const BYTES: usize = 4 << 10;

thread_local! {
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer with some room.
#[inline]
pub(super) fn take() -> Vec<u8> {
    // At the end of a thread there may be none left.
    let spare = SPARE.try_with(Cell::take).unwrap_or_default();
    if spare.capacity() == 0 { Vec::with_capacity(BYTES) } else { spare }
}

/// Keeps a buffer for the next one. What is in it is gone.
#[inline]
pub(super) fn give(mut buffer: Vec<u8>) {
    if buffer.capacity() <= SPARE_BYTES_MAX {
        buffer.clear();
        // As above: then it goes the way of all.
        let _ = SPARE.try_with(|spare| spare.set(buffer));
    }
}
