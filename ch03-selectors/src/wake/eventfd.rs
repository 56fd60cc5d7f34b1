//! eventfd(2): a counter with a descriptor, readable while it is not 0. Linux has it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::FromRawFd;
use std::sync::Arc;

use crate::selector::check;

/// Both ends are one descriptor.
pub(super) type Receiver = Arc<File>;
pub(super) type Sender = Arc<File>;

#[expect(unsafe_code, reason = "a system call, and the descriptor it made")]
pub(super) fn pair() -> io::Result<(Sender, Receiver)> {
    // SAFETY: the call takes numbers and no pointer.
    let returned = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    check(returned)?;
    // SAFETY: the call made this descriptor, so nobody else owns it.
    let counter = Arc::new(unsafe { File::from_raw_fd(returned) });
    Ok((Arc::clone(&counter), counter))
}

/// Adds one. It could only fail at 2^64 - 2 rings that nobody heard.
pub(super) fn ring(sender: &Sender) {
    let _ = (&**sender).write(&1_u64.to_ne_bytes());
}

/// Takes the whole count.
pub(super) fn silence(receiver: &Receiver) {
    let _ = (&**receiver).read(&mut [0; 8]);
}
