//! The `polling` crate: epoll, kqueue, event ports or IOCP, whichever the system has.
//!
//! Fixes: one source for every system (`epoll`).
//! Still fails: the program is still a loop that hands out events.
//! Next: `mio`, which is edge triggered everywhere.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::rc::Rc;
use std::time::Duration;

use ::polling::{Event as Polled, Events, PollMode, Poller};
use ladder::{Report, Stop};

use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::level;
use crate::selector::{Selector, unless_interrupted};

/// Serves over [`Polling`].
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    level::serve(Rc::new(Polling::new()?), listener, stop)
}

/// A selector by the `polling` crate.
#[derive(Debug)]
pub struct Polling {
    poller: Poller,
    ready: RefCell<Events>,
}

impl Polling {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn new() -> io::Result<Polling> {
        Ok(Polling { poller: Poller::new()?, ready: RefCell::new(Events::new()) })
    }
}

impl Selector for Polling {
    fn supports(&self, trigger: Trigger) -> bool {
        match trigger {
            Trigger::Level => self.poller.supports_level(),
            Trigger::Edge => self.poller.supports_edge(),
            // All that the library asks of a system.
            Trigger::OneShot => true,
        }
    }

    #[expect(unsafe_code, reason = "the trait's promise, passed on to the library")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        // SAFETY: the library wants the source to be deleted before it is closed, and that is our
        // own caller's promise.
        unsafe { self.poller.add_with_mode(fd.as_raw_fd(), asked(watch), mode(watch.trigger)) }
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        self.poller.modify_with_mode(fd, asked(watch), mode(watch.trigger))
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.poller.delete(fd)
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let ready = &mut *self.ready.borrow_mut();
        ready.clear();
        unless_interrupted(self.poller.wait(ready, timeout))?;
        events.clear();
        events.extend(ready.iter().map(named));
        Ok(())
    }
}

fn asked(watch: Watch) -> Polled {
    let Interest { readable, writable } = watch.interest;
    Polled::new(watch.token.to_usize(), readable, writable)
}

fn mode(trigger: Trigger) -> PollMode {
    match trigger {
        Trigger::Level => PollMode::Level,
        Trigger::Edge => PollMode::Edge,
        // What it does if it is not told otherwise.
        Trigger::OneShot => PollMode::Oneshot,
    }
}

fn named(event: Polled) -> Event {
    Event {
        token: Token::from_bits(event.key as u64),
        readable: event.readable,
        writable: event.writable,
        // The library does not tell an end of input from input.
        exceptional: event.readable,
    }
}
