//! poll(2): the whole list, on every call.
//!
//! Fixes: a list instead of sets of bits, so a descriptor's number does not matter (`select`).
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
    watches: Vec<Watch>,
    places: HashMap<RawFd, usize>,
}

impl Table {
    fn place(&self, fd: BorrowedFd<'_>) -> io::Result<usize> {
        Ok(*self.places.get(&fd.as_raw_fd()).ok_or(io::ErrorKind::NotFound)?)
    }
}

impl Selector for Poll {
    fn supports(&self, trigger: Trigger) -> bool {
        trigger != Trigger::Edge
    }

    #[expect(unsafe_code, reason = "the trait's promise; the body makes no system call")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let wanted = asked(fd, watch)?;
        let table = &mut *self.table.borrow_mut();
        if table.places.contains_key(&wanted.fd) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        table.places.insert(wanted.fd, table.watched.len());
        table.watched.push(wanted);
        table.watches.push(watch);
        Ok(())
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        let place = table.place(fd)?;
        table.watched[place] = asked(fd, watch)?;
        table.watches[place] = watch;
        Ok(())
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let table = &mut *self.table.borrow_mut();
        let place = table.place(fd)?;
        table.places.remove(&fd.as_raw_fd());
        // The last one takes the empty place, so that nothing has to be moved up.
        table.watched.swap_remove(place);
        table.watches.swap_remove(place);
        if let Some(moved) = table.watched.get(place) {
            table.places.insert(moved.fd.max(!moved.fd), place);
        }
        Ok(())
    }

    // ANCHOR: select
    #[expect(unsafe_code, reason = "a system call")]
    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let Table { watched, watches, .. } = &mut *self.table.borrow_mut();
        let count = libc::nfds_t::try_from(watched.len()).expect("as many as descriptors at most");
        // SAFETY: the pointer and the count are those of one vector, which is borrowed and so
        // neither moves nor shrinks during the call (poll(2)).
        let returned = unsafe { libc::poll(watched.as_mut_ptr(), count, to_millis(timeout)) };
        let ready = unless_interrupted(check(returned))?;
        events.clear();
        // The kernel says how many are ready. Who they are, we have to look up, one by one.
        let found = watched.iter_mut().zip(&*watches).filter(|(watched, _)| watched.revents != 0);
        events.extend(found.take(ready).map(|(watched, watch)| {
            if watch.trigger == Trigger::OneShot {
                disarm(watched);
            }
            event(watch.token, watched.revents)
        }));
        Ok(())
    }
    // ANCHOR_END: select
}

fn asked(fd: BorrowedFd<'_>, watch: Watch) -> io::Result<libc::pollfd> {
    if watch.trigger == Trigger::Edge {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(libc::pollfd { fd: fd.as_raw_fd(), events: bits(watch.interest), revents: 0 })
}

/// A negative number is passed over (poll(2)), also by errors and hang-ups, for which `events = 0`
/// would not do. Zero is a descriptor, so it is not the minus that makes it negative.
fn disarm(watched: &mut libc::pollfd) {
    watched.fd = !watched.fd;
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
