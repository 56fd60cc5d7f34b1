//! Stands in for kqueue(2) and kevent(2) on Linux, where they are not: their shape, over epoll(7).
//!
//! Over this the lines of [`kqueue`](ch03_selectors::kqueue) run in tests on Linux: which changes
//! it asks for, what it makes of receipts, of filters that fire apart, and of one-shots that delete
//! themselves. What the kernels of macOS and the BSDs do is not tried by it.
//!
//! One thing cannot be had from epoll: a trigger for each filter. Both filters of a descriptor must
//! have the same, as they have in the selector.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

use ch03_selectors::kqueue::{
    Calls, EV_ADD, EV_CLEAR, EV_DELETE, EV_EOF, EV_ERROR, EV_ONESHOT, EV_RECEIPT, EVFILT_READ,
    EVFILT_WRITE, Filter, Kevent,
};

/// A queue that is an epoll, and the filters that were added to it.
#[derive(Debug)]
pub(crate) struct StandIn {
    epoll: OwnedFd,
    filters: RefCell<BTreeMap<(RawFd, Filter), Kevent>>,
}

impl Calls for StandIn {
    #[expect(unsafe_code, reason = "a system call, and the descriptor it made")]
    fn kqueue() -> io::Result<StandIn> {
        // SAFETY: the call takes a flag and no pointer.
        let returned = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the call made this descriptor, so nobody else owns it.
        let epoll = unsafe { OwnedFd::from_raw_fd(returned) };
        Ok(StandIn { epoll, filters: RefCell::default() })
    }

    fn kevent(
        &self,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        events.clear();
        for change in changes {
            let errno = self.apply(*change).err().map(|error| error.raw_os_error());
            let errno = errno.map_or(0, |errno| errno.expect("of a system call"));
            assert!(change.flags & EV_RECEIPT != 0, "the selector wants to know of each change");
            events.push(Kevent { flags: EV_ERROR, data: errno as isize, ..*change });
        }
        if events.is_empty() { self.wait(events, timeout) } else { Ok(()) }
    }
}

impl StandIn {
    fn apply(&self, change: Kevent) -> io::Result<()> {
        let fd = RawFd::try_from(change.ident).expect("a descriptor");
        let key = (fd, change.filter);
        let before = self.of(fd);
        let old = if change.flags & EV_DELETE != 0 {
            let old = self.filters.borrow_mut().remove(&key);
            Some(old.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?)
        } else {
            assert!(change.flags & EV_ADD != 0, "{change:?}");
            self.filters.borrow_mut().insert(key, change)
        };
        // Adding again changes whom the filter names, not how it reports.
        if let (Some(old), Some(new)) = (old, self.filters.borrow_mut().get_mut(&key)) {
            new.flags = old.flags;
        }
        self.tell(fd, !before.is_empty()).inspect_err(|_| {
            self.filters.borrow_mut().remove(&key);
        })
    }

    /// The filters of a descriptor.
    fn of(&self, fd: RawFd) -> Vec<Kevent> {
        let filters = self.filters.borrow();
        [EVFILT_READ, EVFILT_WRITE].iter().filter_map(|f| filters.get(&(fd, *f)).copied()).collect()
    }

    /// Makes epoll wait for what the filters of a descriptor want.
    #[expect(unsafe_code, reason = "a system call")]
    fn tell(&self, fd: RawFd, known: bool) -> io::Result<()> {
        let filters = self.of(fd);
        let what = match (known, filters.is_empty()) {
            (false, true) => return Ok(()),
            (false, false) => libc::EPOLL_CTL_ADD,
            (true, false) => libc::EPOLL_CTL_MOD,
            (true, true) => libc::EPOLL_CTL_DEL,
        };
        let bits = filters.iter().map(|filter| {
            let edge = if filter.flags & EV_CLEAR != 0 { libc::EPOLLET } else { 0 };
            edge | match filter.filter {
                EVFILT_READ => libc::EPOLLIN | libc::EPOLLRDHUP,
                _ => libc::EPOLLOUT,
            }
        });
        let bits = bits.fold(0, |all, bits| all | bits);
        let mut event =
            libc::epoll_event { events: bits.cast_unsigned(), u64: fd.unsigned_abs().into() };
        // SAFETY: the event is ours, and the kernel copies it before it returns.
        check(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd, &raw mut event) })?;
        Ok(())
    }

    #[expect(unsafe_code, reason = "a system call")]
    fn wait(&self, events: &mut Vec<Kevent>, timeout: Option<Duration>) -> io::Result<()> {
        let millis = timeout.map_or(-1, |timeout| {
            i32::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
        });
        let mut ready = [libc::epoll_event { events: 0, u64: 0 }; 64];
        let room = i32::try_from(ready.len()).expect("64");
        // SAFETY: `ready` has room for `room` events, and nobody else uses it during the call.
        let returned =
            unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), ready.as_mut_ptr(), room, millis) };
        let count = usize::try_from(check(returned)?).expect("not negative");
        for event in &ready[..count] {
            let (fd, bits) =
                (RawFd::try_from(event.u64).expect("a descriptor"), event.events.cast_signed());
            for filter in self.of(fd).into_iter().filter(|filter| fires(*filter, bits)) {
                let ended = libc::EPOLLERR | libc::EPOLLHUP | reading(filter, libc::EPOLLRDHUP);
                let flags = if bits & ended != 0 { EV_EOF } else { 0 };
                events.push(Kevent { flags, ..filter });
                if filter.flags & EV_ONESHOT != 0 {
                    self.apply(Kevent { flags: EV_DELETE, ..filter })?;
                }
            }
        }
        Ok(())
    }
}

fn fires(filter: Kevent, bits: libc::c_int) -> bool {
    let own = reading(filter, libc::EPOLLIN | libc::EPOLLRDHUP);
    let own = if filter.filter == EVFILT_WRITE { libc::EPOLLOUT } else { own };
    bits & (own | libc::EPOLLERR | libc::EPOLLHUP) != 0
}

fn reading(filter: Kevent, bits: libc::c_int) -> libc::c_int {
    if filter.filter == EVFILT_READ { bits } else { 0 }
}

fn check(returned: libc::c_int) -> io::Result<libc::c_int> {
    if returned < 0 { Err(io::Error::last_os_error()) } else { Ok(returned) }
}
