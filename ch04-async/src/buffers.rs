//! Memory for input that is there, and none for input that is not.
//!
//! A task that owns a buffer while it waits keeps 16 KiB for a client that may never say a word;
//! with ten thousand idle clients that is most of a server's memory. Here a buffer is lent when a
//! read is tried, kept while its bytes are in use, and given back.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;

use ladder::socket::READ_BYTES;

/// Buffers kept for the next read. One is in use most of the time; more only when writes wait.
pub const KEPT_MAX: usize = 16;

thread_local! {
    static KEPT: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes that were read. Dropping them gives their buffer back.
pub struct Chunk {
    buffer: Box<[u8]>,
    filled: usize,
}

impl Chunk {
    /// A chunk that `read` fills, and says how far.
    ///
    /// # Errors
    ///
    /// What `read` says; the buffer goes back.
    pub fn fill<E>(read: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<Chunk, E> {
        let kept = KEPT.with_borrow_mut(Vec::pop);
        let buffer = kept.unwrap_or_else(|| vec![0; READ_BYTES].into_boxed_slice());
        let mut chunk = Chunk { buffer, filled: 0 };
        chunk.filled = read(&mut chunk.buffer)?;
        Ok(chunk)
    }

    /// Whether the read brought less than there was room for.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.filled < self.buffer.len()
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk").field("len", &self.filled).finish_non_exhaustive()
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        // At the end of its thread there is no list any more, and the buffer is freed.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < KEPT_MAX {
                kept.push(buffer);
            }
        });
    }
}
