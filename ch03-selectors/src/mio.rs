//! The `mio` crate, on which tokio stands: edge triggered on every system.
//!
//! Fixes: what edge triggering asks for is the same on epoll and kqueue (`polling`).
//! Still fails: the program is cut into pieces, one for each event, and keeps its place by hand.
//! Next: chapter 4, where the compiler cuts it.

use std::cell::RefCell;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::rc::Rc;
use std::time::Duration;

use ::mio::event::Event as Polled;
use ::mio::unix::SourceFd;
use ladder::{Report, Stop};

use crate::edge;
use crate::event::{Event, Token, Trigger, Watch};
use crate::selector::{Selector, unless_interrupted};

/// Events that one call brings; as many as [`crate::epoll`] takes.
pub const EVENTS_MAX: usize = 1024;

/// Serves over [`Mio`].
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    edge::serve(Rc::new(Mio::new()?), listener, stop)
}

/// A selector by the `mio` crate.
#[derive(Debug)]
pub struct Mio {
    poll: RefCell<::mio::Poll>,
    ready: RefCell<::mio::Events>,
}

impl Mio {
    /// An empty set.
    ///
    /// # Errors
    ///
    /// When there is no descriptor left for it.
    pub fn new() -> io::Result<Mio> {
        let ready = RefCell::new(::mio::Events::with_capacity(EVENTS_MAX));
        Ok(Mio { poll: RefCell::new(::mio::Poll::new()?), ready })
    }
}

impl Selector for Mio {
    fn supports(&self, trigger: Trigger) -> bool {
        trigger == Trigger::Edge
    }

    #[expect(unsafe_code, reason = "the trait's promise; the library asks for none")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let interest = asked(watch)?;
        let poll = self.poll.borrow();
        poll.registry().register(&mut SourceFd(&fd.as_raw_fd()), name(watch.token), interest)
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let interest = asked(watch)?;
        let poll = self.poll.borrow();
        poll.registry().reregister(&mut SourceFd(&fd.as_raw_fd()), name(watch.token), interest)
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.poll.borrow().registry().deregister(&mut SourceFd(&fd.as_raw_fd()))
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let ready = &mut *self.ready.borrow_mut();
        let waited = self.poll.borrow_mut().poll(ready, timeout);
        events.clear();
        if unless_interrupted(waited.map(|()| 1))? > 0 {
            events.extend(ready.iter().map(named));
        }
        Ok(())
    }
}

fn name(token: Token) -> ::mio::Token {
    ::mio::Token(token.to_usize())
}

/// The library knows no empty interest, and no other trigger than edge.
fn asked(watch: Watch) -> io::Result<::mio::Interest> {
    let interest = watch.interest;
    let asked = match (interest.readable, interest.writable) {
        (true, false) => Some(::mio::Interest::READABLE),
        (false, true) => Some(::mio::Interest::WRITABLE),
        (true, true) => Some(::mio::Interest::READABLE | ::mio::Interest::WRITABLE),
        (false, false) => None,
    };
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let asked = asked
        .map(|asked| if interest.readable { asked | ::mio::Interest::PRIORITY } else { asked });
    asked
        .filter(|_| watch.trigger == Trigger::Edge)
        .ok_or_else(|| io::ErrorKind::Unsupported.into())
}

fn named(event: &Polled) -> Event {
    let ended = event.is_read_closed() || event.is_error();
    Event {
        token: Token::from_bits(event.token().0 as u64),
        readable: event.is_readable() || event.is_priority() || ended,
        writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        // Only Linux tells urgent data apart.
        exceptional: ended || event.is_priority() || cfg!(not(target_os = "linux")),
    }
}
