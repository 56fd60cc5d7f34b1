//! select(2): a bit for each descriptor, on every call. The oldest of them, from 4.2BSD of 1983.
//!
//! Fixes: no nap and no spin (`backoff`); the thread sleeps until somebody is ready.
//! Still fails: a set has FD_SETSIZE bits, and whoever gets a higher number cannot be served.
//! Next: `poll` hands over a list instead of sets.

use std::cell::RefCell;
use std::io;
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::event::{Event, Trigger, Watch};
use crate::level;
use crate::selector::{Selector, check, unless_interrupted};

/// Descriptors have to be below this. It is a constant of the C library, not of the kernel: the
/// sets are arrays of this many bits, and FD_SET(3) with a higher number writes behind them.
pub const FD_SETSIZE: usize = libc::FD_SETSIZE;

/// The longest timeout: three years. The BSDs refuse longer ones (`itimerfix`).
const TIMEOUT_MAX: Duration = Duration::from_secs(100_000_000);

/// Serves over [`Select`].
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    level::serve(Rc::new(Select::default()), listener, stop)
}

/// A selector by select(2). POSIX; every Unix has it, and so has Windows, for sockets.
#[derive(Debug, Default)]
pub struct Select {
    table: RefCell<Table>,
}

/// What is asked, in the form in which it is asked, and whose numbers these are.
#[derive(Debug, Default)]
struct Table {
    readable: Set,
    writable: Set,
    /// By number. It ends with the highest one that is registered, which bounds the search.
    watches: Vec<Option<Watch>>,
}

impl Table {
    fn watch(&mut self, fd: BorrowedFd<'_>) -> io::Result<&mut Option<Watch>> {
        let watch = usize::try_from(fd.as_raw_fd()).ok().and_then(|fd| self.watches.get_mut(fd));
        watch.filter(|watch| watch.is_some()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Puts the descriptor's bits as `watch` says, or takes them out.
    fn arm(&mut self, fd: RawFd, watch: Option<Watch>) {
        let interest = watch.map(|watch| watch.interest);
        self.readable.put(fd, interest.is_some_and(|interest| interest.readable));
        self.writable.put(fd, interest.is_some_and(|interest| interest.writable));
    }
}

impl Selector for Select {
    fn supports(&self, trigger: Trigger) -> bool {
        trigger != Trigger::Edge
    }

    #[expect(unsafe_code, reason = "the trait's promise; the body makes no system call")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        refuse_edges(watch)?;
        let table = &mut *self.table.borrow_mut();
        let number = within_a_set(fd)?;
        if table.watches.len() <= number {
            table.watches.resize(number + 1, None);
        }
        if table.watches[number].is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        table.watches[number] = Some(watch);
        table.arm(fd.as_raw_fd(), Some(watch));
        Ok(())
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        refuse_edges(watch)?;
        let table = &mut *self.table.borrow_mut();
        *table.watch(fd)? = Some(watch);
        table.arm(fd.as_raw_fd(), Some(watch));
        Ok(())
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        *table.watch(fd)? = None;
        table.arm(fd.as_raw_fd(), None);
        while table.watches.last().is_some_and(Option::is_none) {
            table.watches.pop();
        }
        Ok(())
    }

    #[expect(unsafe_code, reason = "a system call")]
    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        // The call leaves in the sets who is ready, so it gets copies.
        let (mut readable, mut writable) = (table.readable, table.writable);
        let count = libc::c_int::try_from(table.watches.len()).expect("FD_SETSIZE at most");
        let mut timeout = timeout.map(to_timeval);
        let timeout = timeout.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        // SAFETY: the sets are ours and whole, and the call looks at their first `count` bits, of
        // which there are FD_SETSIZE; the timeout is null or ours. A null set is an empty one.
        let returned = unsafe {
            libc::select(count, &raw mut readable.0, &raw mut writable.0, ptr::null_mut(), timeout)
        };
        // Bits, not descriptors. After an error the sets are as they were.
        let mut ready = unless_interrupted(check(returned))?;
        events.clear();
        for (fd, watch) in (0..count).zip(0..table.watches.len()) {
            if ready == 0 {
                break;
            }
            let Some(watch) = table.watches[watch] else { continue };
            let (readable, writable) = (readable.has(fd), writable.has(fd));
            ready -= usize::from(readable) + usize::from(writable);
            if readable || writable {
                // It does not tell an end of input from input.
                events.push(Event {
                    token: watch.token,
                    readable,
                    writable,
                    exceptional: readable,
                });
                if watch.trigger == Trigger::OneShot {
                    table.arm(fd, None);
                }
            }
        }
        Ok(())
    }
}

fn refuse_edges(watch: Watch) -> io::Result<()> {
    if watch.trigger == Trigger::Edge { Err(io::ErrorKind::Unsupported.into()) } else { Ok(()) }
}

/// The descriptor's number, if a set has a bit for it.
fn within_a_set(fd: BorrowedFd<'_>) -> io::Result<usize> {
    let number = usize::try_from(fd.as_raw_fd()).unwrap_or(usize::MAX);
    if number < FD_SETSIZE {
        return Ok(number);
    }
    let text =
        format!("descriptor {number} is beyond select, which takes those below {FD_SETSIZE}");
    Err(io::Error::new(io::ErrorKind::InvalidInput, text))
}

/// Rounded up, as all timeouts are.
fn to_timeval(timeout: Duration) -> libc::timeval {
    let timeout = timeout.min(TIMEOUT_MAX);
    let micros = timeout.as_nanos().div_ceil(1000);
    let part = |micros: u128| micros.try_into().expect("three years in seconds fit 32 bits");
    libc::timeval {
        tv_sec: part(micros / 1_000_000),
        tv_usec: (micros % 1_000_000).try_into().expect("less than a million"),
    }
}

/// A set of descriptors below [`FD_SETSIZE`].
#[derive(Clone, Copy, Debug)]
struct Set(libc::fd_set);

impl Default for Set {
    #[expect(unsafe_code, reason = "the C library empties the set")]
    fn default() -> Set {
        let mut set = MaybeUninit::uninit();
        // SAFETY: the pointer is to room for a set, and the call writes all of it.
        unsafe { libc::FD_ZERO(set.as_mut_ptr()) };
        // SAFETY: it was just written.
        Set(unsafe { set.assume_init() })
    }
}

impl Set {
    #[expect(unsafe_code, reason = "the C library's macros on its own type")]
    fn put(&mut self, fd: RawFd, member: bool) {
        if member {
            // SAFETY: the set is ours, and who registers is asked for a number below FD_SETSIZE.
            unsafe { libc::FD_SET(fd, &raw mut self.0) };
        } else {
            // SAFETY: as above.
            unsafe { libc::FD_CLR(fd, &raw mut self.0) };
        }
    }

    #[expect(unsafe_code, reason = "the C library's macros on its own type")]
    fn has(&self, fd: RawFd) -> bool {
        // SAFETY: the set is ours, and numbers come from the table, which has none of FD_SETSIZE.
        unsafe { libc::FD_ISSET(fd, &raw const self.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_rounded_up_and_never_overflow() {
        let parts = |timeout| {
            let libc::timeval { tv_sec, tv_usec } = to_timeval(timeout);
            (tv_sec, tv_usec)
        };
        assert_eq!(parts(Duration::ZERO), (0, 0));
        assert_eq!(parts(Duration::from_nanos(1)), (0, 1));
        assert_eq!(parts(Duration::new(2, 999_999_001)), (3, 0));
        assert_eq!(parts(Duration::MAX), (100_000_000, 0));
    }
}
