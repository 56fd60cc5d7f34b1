//! What the mailbox is made of: the standard library's, or loom's in `tests/loom.rs`.

pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard};
