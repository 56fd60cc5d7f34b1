//! The real calls.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

pub use libc::{
    EV_ADD, EV_CLEAR, EV_DELETE, EV_EOF, EV_ERROR, EV_ONESHOT, EV_RECEIPT, EVFILT_READ,
    EVFILT_WRITE, kevent as Kevent,
};

/// What a filter is called by.
#[cfg(not(target_os = "netbsd"))]
pub type Filter = i16;
/// What is asked of it, and what it says.
#[cfg(not(target_os = "netbsd"))]
pub type Flags = u16;

/// What a filter is called by.
#[cfg(target_os = "netbsd")]
pub type Filter = u32;
/// What is asked of it, and what it says.
#[cfg(target_os = "netbsd")]
pub type Flags = u32;

use super::Calls;
use crate::selector::check;

/// The longest timeout: three years. The BSDs refuse longer ones (`itimerfix`).
const TIMEOUT_MAX: Duration = Duration::from_secs(100_000_000);

/// A queue of the kernel.
#[derive(Debug)]
pub struct System(OwnedFd);

impl Calls for System {
    #[expect(unsafe_code, reason = "a system call, and the descriptor it made")]
    fn kqueue() -> io::Result<System> {
        // SAFETY: the call takes nothing.
        let returned = unsafe { libc::kqueue() };
        check(returned)?;
        // SAFETY: the call made this descriptor, so nobody else owns it.
        let queue = unsafe { OwnedFd::from_raw_fd(returned) };
        // A child we start must not hold it. fork(2) does not pass it on, execve(2) alone does.
        // SAFETY: the call takes numbers and no pointer.
        check(unsafe { libc::fcntl(queue.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) })?;
        Ok(System(queue))
    }

    #[expect(unsafe_code, reason = "a system call, and the events that it wrote")]
    fn kevent(
        &self,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        events.clear();
        let timeout = timeout.map(to_timespec);
        // SAFETY: `changes` are as many as we say, `events` has room for as many as we say, and
        // nobody else uses either during the call; the timeout is null or ours.
        let returned = unsafe {
            libc::kevent(
                self.0.as_raw_fd(),
                changes.as_ptr(),
                changes.len() as _,
                events.as_mut_ptr(),
                events.capacity() as _,
                timeout.as_ref().map_or(ptr::null(), ptr::from_ref),
            )
        };
        let count = check(returned)?;
        // SAFETY: the kernel wrote the first `count` events, for which there was room.
        unsafe { events.set_len(count) };
        Ok(())
    }
}

/// A change, or an event, with the fields that all systems have.
#[must_use]
#[expect(unsafe_code, reason = "some systems have fields more, which are to be 0")]
pub fn kevent() -> Kevent {
    // SAFETY: it is numbers and a pointer, all of which may be 0.
    unsafe { mem::zeroed() }
}

fn to_timespec(timeout: Duration) -> libc::timespec {
    let timeout = timeout.min(TIMEOUT_MAX);
    libc::timespec { tv_sec: timeout.as_secs() as _, tv_nsec: timeout.subsec_nanos() as _ }
}
