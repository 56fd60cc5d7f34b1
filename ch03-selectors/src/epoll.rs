//! epoll(7): the kernel keeps the list, and names those who are ready.
//!
//! Fixes: a wait costs what is ready, not what is registered (`poll`).
//! Still fails: it is Linux alone; the BSDs and macOS have kqueue(2), which is another program.
//! Next: `epoll-edge` asks to be told once, and `polling` and `mio` hide the system.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::event::{Event, Token, Trigger, Watch};
use crate::selector::{Selector, check, to_millis, unless_interrupted};
use crate::{edge, level};

/// Events that one call brings. More wait for the next call; the kernel takes turns among them.
pub const EVENTS_MAX: usize = 1024;

/// Serves over [`Epoll`], level triggered.
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    level::serve(Rc::new(Epoll::new()?), listener, stop)
}

/// Serves over [`Epoll`], edge triggered.
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve_edge(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    edge::serve(Rc::new(Epoll::new()?), listener, stop)
}

/// A selector by epoll(7).
#[derive(Debug)]
pub struct Epoll {
    epoll: OwnedFd,
    /// Where the kernel writes what is ready: room, and what the last call wrote.
    ready: RefCell<Vec<libc::epoll_event>>,
}

impl Epoll {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// When there is no descriptor or memory left for it (`epoll_create(2)`).
    #[expect(unsafe_code, reason = "a system call, and the descriptor it made")]
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: the call takes a flag and no pointer. CLOEXEC: a child we start must not hold it.
        let returned = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        check(returned)?;
        // SAFETY: the call made this descriptor, so nobody else owns it.
        let epoll = unsafe { OwnedFd::from_raw_fd(returned) };
        Ok(Epoll { epoll, ready: RefCell::new(Vec::with_capacity(EVENTS_MAX)) })
    }

    #[expect(unsafe_code, reason = "a system call")]
    fn control(
        &self,
        what: libc::c_int,
        fd: RawFd,
        event: *mut libc::epoll_event,
    ) -> io::Result<()> {
        // SAFETY: `event` points to an event that the caller holds, or is null where the kernel
        // does not look (EPOLL_CTL_DEL, epoll_ctl(2)). The kernel copies it before it returns.
        let returned = unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd, event) };
        check(returned).map(drop)
    }
}

impl Selector for Epoll {
    fn supports(&self, _trigger: Trigger) -> bool {
        true
    }

    #[expect(unsafe_code, reason = "the trait's promise; the kernel itself forgets a closed file")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let mut event = asked(watch);
        self.control(libc::EPOLL_CTL_ADD, fd.as_raw_fd(), &raw mut event)
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let mut event = asked(watch);
        self.control(libc::EPOLL_CTL_MOD, fd.as_raw_fd(), &raw mut event)
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd.as_raw_fd(), ptr::null_mut())
    }

    // ANCHOR: select
    #[expect(unsafe_code, reason = "a system call, and the events that it wrote")]
    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let ready = &mut *self.ready.borrow_mut();
        let room = libc::c_int::try_from(ready.capacity()).unwrap_or(libc::c_int::MAX);
        let (epoll, timeout) = (self.epoll.as_raw_fd(), to_millis(timeout));
        // SAFETY: `ready` has room for `room` events, and nobody else uses it during the call.
        let returned = unsafe { libc::epoll_wait(epoll, ready.as_mut_ptr(), room, timeout) };
        let count = unless_interrupted(check(returned))?;
        // SAFETY: the kernel wrote the first `count` events, which is at most `room`.
        unsafe { ready.set_len(count) };
        events.clear();
        events.extend(ready.iter().map(named));
        Ok(())
    }
    // ANCHOR_END: select
}

const MORE_THAN_BYTES: libc::c_int = libc::EPOLLRDHUP | libc::EPOLLPRI;

fn asked(watch: Watch) -> libc::epoll_event {
    let mut bits = 0;
    if watch.interest.readable {
        bits |= libc::EPOLLIN;
    }
    if watch.interest.writable {
        bits |= libc::EPOLLOUT;
    }
    bits |= match watch.trigger {
        Trigger::Level => 0,
        // Who is told once must be told whether there is more than bytes: the end of input, or
        // urgent data. Under level triggering these would be reported again and again while nobody
        // reads.
        Trigger::Edge => libc::EPOLLET | MORE_THAN_BYTES,
        Trigger::OneShot => libc::EPOLLONESHOT | MORE_THAN_BYTES,
    };
    libc::epoll_event { events: bits.cast_unsigned(), u64: watch.token.to_bits() }
}

fn named(event: &libc::epoll_event) -> Event {
    let has = |bits: libc::c_int| event.events & bits.cast_unsigned() != 0;
    // The last two come unasked. The next read or write says what is wrong.
    let exceptional = MORE_THAN_BYTES | libc::EPOLLERR | libc::EPOLLHUP;
    Event {
        token: Token::from_bits(event.u64),
        readable: has(libc::EPOLLIN | exceptional),
        writable: has(libc::EPOLLOUT | libc::EPOLLERR | libc::EPOLLHUP),
        exceptional: has(exceptional),
    }
}
