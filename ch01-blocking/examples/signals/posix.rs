//! The calls on signals that std lacks, behind safe functions: a handler, a mask, and a signal to
//! one thread.
//!
//! A handler may run between any two instructions, also in the middle of `malloc` or of a lock. So
//! it may neither allocate nor lock nor print (signal-safety(7)): this one stores two numbers.

use std::io;
use std::mem;
use std::os::unix::thread::{JoinHandleExt, RawPthread};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use libc::c_int;
use rustix::process::Signal;

/// What a blocked system call does when a handler has run beside it (sigaction(2)).
pub(crate) enum Then {
    /// It fails, with EINTR.
    Fail,
    /// It goes on (`SA_RESTART`). Some never do: poll, select and sleeps (signal(7)).
    Restart,
}

/// How often the handler has run.
static RUNS: AtomicUsize = AtomicUsize::new(0);
/// On which thread it ran last.
static RAN_ON: AtomicUsize = AtomicUsize::new(0);

// ANCHOR: note
/// The whole handler.
extern "C" fn note(_signal: c_int) {
    RAN_ON.store(this_thread(), Ordering::SeqCst);
    RUNS.fetch_add(1, Ordering::SeqCst);
}
// ANCHOR_END: note

/// How often the handler has run so far.
pub(crate) fn runs() -> usize {
    RUNS.load(Ordering::SeqCst)
}

/// The thread on which it ran last; compare with [`this_thread`] and [`thread_of`].
pub(crate) fn ran_on() -> usize {
    RAN_ON.load(Ordering::SeqCst)
}

/// Makes [`note`] the handler of `signal`, in all threads: handlers belong to the process.
#[expect(unsafe_code, reason = "std has no sigaction")]
pub(crate) fn handle(signal: Signal, then: &Then) -> io::Result<()> {
    // SAFETY: a C struct of integers, for which zero is "default action, empty mask, no flags".
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(c_int) = note;
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    action.sa_flags = match then {
        Then::Fail => 0,
        Then::Restart => libc::SA_RESTART,
    };
    // SAFETY: `action` is complete and lives through the call; `note` does only what a handler may.
    let result = unsafe { libc::sigaction(signal.as_raw(), &raw const action, ptr::null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Sends `signal` to one thread, and not to just any of the process.
#[expect(unsafe_code, reason = "std has no pthread_kill")]
pub(crate) fn send<T>(thread: &JoinHandle<T>, signal: Signal) {
    // SAFETY: a thread's number is valid until it is joined, and joining takes the handle.
    let result = unsafe { libc::pthread_kill(thread.as_pthread_t(), signal.as_raw()) };
    // It fails on some systems for a thread that has ended: whoever waits for it will see.
    debug_assert!(result == 0 || result == libc::ESRCH);
}

/// Keeps `signal` from this thread while `work` runs. One that comes meanwhile stays pending.
#[expect(unsafe_code, reason = "std has no pthread_sigmask")]
pub(crate) fn without<T>(signal: Signal, work: impl FnOnce() -> T) -> T {
    // SAFETY: a set of bits, of which none is set.
    let mut set: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: likewise; it is overwritten below.
    let mut before: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: `set` is a valid set, and `Signal` is a valid signal.
    let added = unsafe { libc::sigaddset(&raw mut set, signal.as_raw()) };
    // SAFETY: both sets live through the call; the mask is this thread's own.
    let blocked =
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, &raw mut before) };
    assert_eq!((added, blocked), (0, 0), "no argument of these can be wrong");
    let result = work();
    // SAFETY: `before` is what the call above wrote.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    result
}

/// This thread, as a number.
#[expect(unsafe_code, reason = "std tells the number of other threads only")]
pub(crate) fn this_thread() -> usize {
    // SAFETY: always succeeds, also in a handler (POSIX.1-2016, 2.4.3).
    number(unsafe { libc::pthread_self() })
}

/// That thread, as a number.
pub(crate) fn thread_of<T>(thread: &JoinHandle<T>) -> usize {
    number(thread.as_pthread_t())
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::unnecessary_cast,
    reason = "an integer or a pointer, as the system likes; of a pointer's size on each"
)]
fn number(thread: RawPthread) -> usize {
    thread as usize
}
