//! poll(2): the whole list, on every call.
//!
//! Fixes: no nap and no spin (`backoff`); the thread sleeps until somebody is ready.
//! Still fails: the kernel walks the whole list on every call, and so do we, to find who it was.
//! Next: `epoll` leaves the list with the kernel.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::rc::Rc;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::level;
use crate::selector::{Selector, check, to_millis, unless_interrupted};

/// Serves over [`Poll`].
///
/// # Errors
///
/// When the selector or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    level::serve(Rc::new(Poll::default()), listener, stop)
}

/// A selector by poll(2). POSIX; every Unix has it.
#[derive(Debug, Default)]
pub struct Poll {
    table: RefCell<Table>,
}

/// Two lists of the same length and order, and where in them a descriptor is.
#[derive(Debug, Default)]
struct Table {
    watched: Vec<libc::pollfd>,
    tokens: Vec<Token>,
    places: HashMap<RawFd, usize>,
}

impl Selector for Poll {
    fn supports(&self, trigger: Trigger) -> bool {
        trigger == Trigger::Level
    }

    #[expect(unsafe_code, reason = "the trait's promise; the body makes no system call")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        if !self.supports(watch.trigger) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let table = &mut *self.table.borrow_mut();
        let fd = fd.as_raw_fd();
        if table.places.contains_key(&fd) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        table.places.insert(fd, table.watched.len());
        table.watched.push(libc::pollfd { fd, events: bits(watch.interest), revents: 0 });
        table.tokens.push(watch.token);
        Ok(())
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        let place = *table.places.get(&fd.as_raw_fd()).ok_or(io::ErrorKind::NotFound)?;
        table.watched[place].events = bits(watch.interest);
        table.tokens[place] = watch.token;
        Ok(())
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        let place = table.places.remove(&fd.as_raw_fd()).ok_or(io::ErrorKind::NotFound)?;
        // The last one takes the empty place, so that nothing has to be moved up.
        table.watched.swap_remove(place);
        table.tokens.swap_remove(place);
        if let Some(moved) = table.watched.get(place) {
            table.places.insert(moved.fd, place);
        }
        Ok(())
    }

    // ANCHOR: select
    #[expect(unsafe_code, reason = "a system call")]
    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let Table { watched, tokens, .. } = &mut *self.table.borrow_mut();
        let count = libc::nfds_t::try_from(watched.len()).expect("as many as descriptors at most");
        // SAFETY: the pointer and the count are those of one vector, which is borrowed and so
        // neither moves nor shrinks during the call (poll(2)).
        let returned = unsafe { libc::poll(watched.as_mut_ptr(), count, to_millis(timeout)) };
        let ready = unless_interrupted(check(returned))?;
        events.clear();
        // The kernel says how many are ready. Who they are, we have to look up, one by one.
        let found = watched.iter().zip(&*tokens).filter(|(watched, _)| watched.revents != 0);
        events.extend(found.take(ready).map(|(watched, token)| event(*token, watched.revents)));
        Ok(())
    }
    // ANCHOR_END: select
}

fn bits(interest: Interest) -> libc::c_short {
    let mut bits = 0;
    if interest.readable {
        bits |= libc::POLLIN;
    }
    if interest.writable {
        bits |= libc::POLLOUT;
    }
    bits
}

fn event(token: Token, revents: libc::c_short) -> Event {
    // These three come unasked. The next read or write says what is wrong.
    let ended = revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0;
    let readable = ended || revents & libc::POLLIN != 0;
    let writable = ended || revents & libc::POLLOUT != 0;
    Event { token, readable, writable, exceptional: readable }
}
