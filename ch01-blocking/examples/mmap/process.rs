//! A second process and a page that both see: fork(2), and mmap(2) with `MAP_SHARED`.

use std::io;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{self, NonNull};
use std::sync::atomic::AtomicU64;

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::{Pid, WaitOptions, WaitStatus, waitpid};

/// A copy of this process, which does one thing and ends.
pub(crate) struct Forked(Pid);

impl Forked {
    /// Starts it. To be called while this process has one thread: of several, only the calling one
    /// lives on in the child, and a lock that another one held is held for ever.
    #[expect(unsafe_code, reason = "std starts programs, and makes no copies of a process")]
    pub(crate) fn start(work: impl FnOnce()) -> io::Result<Forked> {
        // SAFETY: there is one thread, so the child finds every lock and the heap as it may use them.
        let pid = unsafe { libc::fork() };
        if pid < 0 {
            return Err(io::Error::last_os_error());
        }
        if let Some(pid) = Pid::from_raw(pid) {
            return Ok(Forked(pid));
        }
        // A panic must not run on into the parent's code, of which this is a copy, either.
        let status = i32::from(catch_unwind(AssertUnwindSafe(work)).is_err());
        // SAFETY: ends the child at once: it flushes nothing and drops nothing that is its parent's.
        unsafe { libc::_exit(status) }
    }

    /// Waits for its end, and says how it came.
    pub(crate) fn wait(self) -> io::Result<WaitStatus> {
        let ended = waitpid(Some(self.0), WaitOptions::empty())?;
        Ok(ended.expect("without NOHANG it waits").1)
    }
}

/// A counter in a page of its own, which a forked child does not copy.
pub(crate) struct Shared(NonNull<AtomicU64>);

impl Shared {
    /// A counter at 0. The mapping is anonymous: no file is behind it, and it starts as zeros.
    #[expect(unsafe_code, reason = "a shared mapping has no safe wrapper")]
    pub(crate) fn new() -> io::Result<Shared> {
        let access = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: without MAP_FIXED the kernel picks a place where nothing is.
        let at = unsafe { mmap_anonymous(ptr::null_mut(), LEN, access, MapFlags::SHARED) }?;
        Ok(Shared(NonNull::new(at.cast()).expect("the first page is never given")))
    }
}

const LEN: usize = size_of::<AtomicU64>();

impl Deref for Shared {
    type Target = AtomicU64;

    #[expect(unsafe_code, reason = "a shared mapping has no safe wrapper")]
    fn deref(&self) -> &AtomicU64 {
        // SAFETY: mapped until drop, aligned to a page, zeros are a valid AtomicU64; and atomics are
        // all that either process reaches it by.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for Shared {
    #[expect(unsafe_code, reason = "a shared mapping has no safe wrapper")]
    fn drop(&mut self) {
        // SAFETY: mapped by `new` with this length, and no reference outlives `self`.
        let unmapped = unsafe { munmap(self.0.as_ptr().cast(), LEN) };
        debug_assert!(unmapped.is_ok());
    }
}
