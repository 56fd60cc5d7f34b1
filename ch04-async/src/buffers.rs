//! Memory for input that is there, and none for input that is not.
//!
//! A task that owns a buffer while it waits keeps 16 KiB for a client that may never say a word;
//! with ten thousand idle clients that is most of a server's memory. Here a buffer is lent when a
//! read is tried, kept while its bytes are in use, and given back.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;

use ladder::socket::READ_BYTES;

/// Buffers kept for the next read. One is in use most of the time; more only when writes wait.
pub const KEPT_MAX: usize = 16;

type Buffer = Box<[u8; READ_BYTES]>;

thread_local! {
    /// Empty while no runtime runs on the thread, and so at its end: there is nothing to drop, and what
    /// has no destructor is found at once.
    static KEPT: ManuallyDrop<Kept> = const {
        ManuallyDrop::new(Kept {
            open: Cell::new(false),
            next: Cell::new(None),
            more: RefCell::new(Vec::new()),
        })
    };
}

/// From now on, buffers are kept on this thread: a runtime runs on it.
pub(crate) fn keep() {
    KEPT.with(|kept| kept.open.set(true));
}

/// It does no more. Those that are kept are freed.
pub(crate) fn free_kept() {
    KEPT.with(|kept| {
        kept.open.set(false);
        drop((kept.next.take(), kept.more.take()));
    });
}

/// The buffers of a thread that are not in use.
struct Kept {
    /// Whether to keep any.
    open: Cell<bool>,
    /// The one that is taken first, and nearly always the only one.
    next: Cell<Option<Buffer>>,
    more: RefCell<Vec<Buffer>>,
}

impl Kept {
    #[inline]
    fn take(&self) -> Option<Buffer> {
        self.next.take().or_else(|| self.more.borrow_mut().pop())
    }

    #[inline]
    fn put(&self, buffer: Buffer) {
        if !self.open.get() {
            drop(buffer);
        } else if let Some(buffer) = self.next.replace(Some(buffer)) {
            self.put_beside(buffer);
        }
    }

    #[cold]
    fn put_beside(&self, buffer: Buffer) {
        let mut more = self.more.borrow_mut();
        if more.len() < KEPT_MAX {
            more.push(buffer);
        }
    }
}

/// Bytes that were read. Dropping them gives their buffer back.
pub struct Chunk {
    /// Absent only while it is dropped.
    buffer: Option<Buffer>,
    filled: usize,
}

impl Chunk {
    /// A chunk that `read` fills, and says how far.
    ///
    /// # Errors
    ///
    /// What `read` says; the buffer goes back.
    pub fn fill<E>(read: impl FnOnce(&mut [u8]) -> Result<usize, E>) -> Result<Chunk, E> {
        let mut buffer = KEPT.with(|kept| kept.take()).unwrap_or_else(fresh);
        let filled = read(&mut buffer[..]);
        let mut chunk = Chunk { buffer: Some(buffer), filled: 0 };
        chunk.filled = filled?;
        Ok(chunk)
    }

    /// Whether the read brought less than there was room for.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.filled < READ_BYTES
    }
}

/// Made on the heap, and not first on the stack.
fn fresh() -> Buffer {
    vec![0; READ_BYTES].into_boxed_slice().try_into().expect("of this length")
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.buffer.as_ref().map_or(&[], |buffer| &buffer[..self.filled])
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunk").field("len", &self.filled).finish_non_exhaustive()
    }
}

impl Drop for Chunk {
    #[inline]
    fn drop(&mut self) {
        if let Some(buffer) = self.buffer.take() {
            KEPT.with(|kept| kept.put(buffer));
        }
    }
}
