//! kqueue(2) and kevent(2), and what stands in for them where they are not.
//!
//! The selector knows the two calls by a trait. On macOS and the BSDs [`System`] makes them. On
//! Linux a test makes them over epoll, so that the selector's own lines run there as well; what
//! that proves of the kernels of the others is nothing.

use std::fmt::Debug;
use std::io;
use std::time::Duration;

#[cfg(any(
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "openbsd",
    target_os = "netbsd"
))]
mod system;

/// For systems without: the names and numbers of FreeBSD's `sys/event.h`.
#[cfg(not(any(
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "openbsd",
    target_os = "netbsd"
)))]
#[path = "calls/elsewhere.rs"]
mod system;

pub use system::*;

/// The two calls.
pub trait Calls: Debug + Sized {
    /// Makes an empty queue (kqueue(2)).
    ///
    /// # Errors
    ///
    /// When there is no descriptor left for it, or no such call.
    fn kqueue() -> io::Result<Self>;

    /// Applies `changes`, then sleeps until something has happened or `timeout` is over, and
    /// replaces `events` by what did, as much as it has room for (kevent(2)). A change with
    /// EV_RECEIPT is answered by an event with EV_ERROR, whose `data` is its errno or 0; and those
    /// answers come without a sleep.
    ///
    /// # Errors
    ///
    /// What kevent(2) says of the call; of one change, only if that asks for no receipt.
    fn kevent(
        &self,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        timeout: Option<Duration>,
    ) -> io::Result<()>;
}
