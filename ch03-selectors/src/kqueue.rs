//! kqueue(2): what epoll is to Linux, on macOS and the BSDs, where it was first.
//!
//! Fixes: a wait costs what is ready, not what is registered, there as well (`poll`).
//! Still fails: it is not on Linux, so a program for all systems is written twice.
//! Next: `polling` and `mio` hide the system.
//!
//! Its unit is not the descriptor but the *filter*: reading and writing are registered apart, and
//! reported apart. And adding what is there already is no error but a change. So this selector
//! keeps a table of what it asked for, where epoll needs none.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::ptr;
use std::rc::Rc;
use std::time::Duration;

use ladder::{Report, Stop};

use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::level;
use crate::selector::{Selector, unless_interrupted};

mod calls;

pub use calls::*;

/// Events that one call brings; as many as epoll takes.
pub const EVENTS_MAX: usize = 1024;

/// Changes that one call makes: each filter deleted, and added anew.
const CHANGES_MAX: usize = 4;

/// Serves over [`Kqueue`], level triggered.
///
/// # Errors
///
/// When the selector or the listener fails; everywhere but on macOS and the BSDs, at once.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    level::serve(Rc::new(Kqueue::<System>::new()?), listener, stop)
}

/// A selector by kqueue(2), whose two calls are `C`'s.
#[derive(Debug)]
pub struct Kqueue<C> {
    calls: C,
    watches: RefCell<HashMap<RawFd, Watch>>,
    /// Where the kernel writes what has happened. Empty but for its room.
    happened: RefCell<Vec<Kevent>>,
    /// And what became of changes.
    receipts: RefCell<Vec<Kevent>>,
    /// Somebody registered a one-shot, so events must be looked through for them.
    one_shots: Cell<bool>,
}

impl<C: Calls> Kqueue<C> {
    /// An empty queue.
    ///
    /// # Errors
    ///
    /// When there is no descriptor left for it, or the system has no such call.
    pub fn new() -> io::Result<Kqueue<C>> {
        Ok(Kqueue {
            calls: C::kqueue()?,
            watches: RefCell::default(),
            happened: RefCell::new(Vec::with_capacity(EVENTS_MAX)),
            receipts: RefCell::new(Vec::with_capacity(CHANGES_MAX)),
            one_shots: Cell::new(false),
        })
    }

    /// From `before` to `after`: filters that are not wanted any more are deleted, and the others
    /// added. Adding one again changes whom it names, and looks at once whether it is ready; but not
    /// how often it reports, so for another trigger it is deleted first.
    fn change(&self, fd: RawFd, before: Option<Watch>, after: Option<Watch>) -> io::Result<()> {
        let mut changes = Vec::with_capacity(CHANGES_MAX);
        for filter in [EVFILT_READ, EVFILT_WRITE] {
            let before = before.filter(|watch| wants(watch.interest, filter));
            let after = after.filter(|watch| wants(watch.interest, filter));
            let same = |after: Watch| before.is_some_and(|before| before.trigger == after.trigger);
            if before.is_some() && !after.is_some_and(same) {
                changes.push(Kevent { flags: EV_DELETE | EV_RECEIPT, ..named(fd, filter) });
            }
            if let Some(Watch { trigger, token, .. }) = after {
                let flags = EV_ADD | EV_RECEIPT | flags(trigger);
                let udata = ptr::without_provenance_mut(token.to_usize());
                changes.push(Kevent { flags, udata, ..named(fd, filter) });
            }
        }
        self.apply(&changes)
    }

    /// Every change is made, or tried; the first that failed is the error.
    fn apply(&self, changes: &[Kevent]) -> io::Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let receipts = &mut *self.receipts.borrow_mut();
        loop {
            // With a receipt for each, nothing is left undone by an interruption but the waiting.
            match self.calls.kevent(changes, receipts, Some(Duration::ZERO)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        }
        for (change, receipt) in changes.iter().zip(&*receipts) {
            match i32::try_from(receipt.data).unwrap_or(libc::EINVAL) {
                0 => {}
                // A one-shot that fired has deleted itself.
                libc::ENOENT if change.flags & EV_DELETE != 0 => {}
                errno => return Err(io::Error::from_raw_os_error(errno)),
            }
        }
        Ok(())
    }

    fn watch(&self, fd: BorrowedFd<'_>) -> io::Result<Watch> {
        let watches = self.watches.borrow();
        watches.get(&fd.as_raw_fd()).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// A one-shot is spent for both directions, but the kernel's is a filter's: the one that fired
    /// is deleted, and the other one still there. True: this is the second of both, and the first
    /// has been reported in the same wait.
    fn disarm(&self, happened: &Kevent, reported: &mut [Event]) -> io::Result<bool> {
        let fd = RawFd::try_from(happened.ident).unwrap_or(-1);
        let watch = self.watches.borrow().get(&fd).copied();
        let both =
            |watch: &Watch| watch.trigger == Trigger::OneShot && watch.interest == Interest::BOTH;
        let Some(watch) = watch.filter(both) else { return Ok(false) };
        let other = if happened.filter == EVFILT_READ { EVFILT_WRITE } else { EVFILT_READ };
        self.apply(&[Kevent { flags: EV_DELETE | EV_RECEIPT, ..named(fd, other) }])?;
        let Some(first) = reported.iter_mut().rev().find(|event| event.token == watch.token) else {
            return Ok(false);
        };
        first.readable |= happened.filter == EVFILT_READ;
        first.writable |= happened.filter == EVFILT_WRITE;
        first.exceptional |= event(happened).exceptional;
        Ok(true)
    }
}

impl<C: Calls> Selector for Kqueue<C> {
    fn supports(&self, _trigger: Trigger) -> bool {
        true
    }

    #[expect(unsafe_code, reason = "the trait's promise; the kernel itself forgets a closed file")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        if self.watch(fd).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = fd.as_raw_fd();
        if let Err(error) = self.change(number, None, Some(watch)) {
            // One of two filters may be there.
            let _ = self.change(number, Some(watch), None);
            return Err(error);
        }
        self.one_shots.set(self.one_shots.get() || watch.trigger == Trigger::OneShot);
        self.watches.borrow_mut().insert(number, watch);
        Ok(())
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        let before = self.watch(fd)?;
        let number = fd.as_raw_fd();
        if let Err(error) = self.change(number, Some(before), Some(watch)) {
            let _ = self.change(number, Some(watch), Some(before));
            return Err(error);
        }
        self.one_shots.set(self.one_shots.get() || watch.trigger == Trigger::OneShot);
        self.watches.borrow_mut().insert(number, watch);
        Ok(())
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        let before = self.watch(fd)?;
        self.watches.borrow_mut().remove(&fd.as_raw_fd());
        self.change(fd.as_raw_fd(), Some(before), None)
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        let happened = &mut *self.happened.borrow_mut();
        let waited = self.calls.kevent(&[], happened, timeout);
        events.clear();
        if unless_interrupted(waited.map(|()| 1))? == 0 {
            return Ok(());
        }
        for happened in &*happened {
            if !(self.one_shots.get() && self.disarm(happened, events)?) {
                events.push(event(happened));
            }
        }
        Ok(())
    }
}

/// A change of this filter, or its report, with nothing else in it.
fn named(fd: RawFd, filter: Filter) -> Kevent {
    let ident = usize::try_from(fd).expect("a descriptor that is open");
    Kevent { ident, filter, ..kevent() }
}

fn wants(interest: Interest, filter: Filter) -> bool {
    if filter == EVFILT_READ { interest.readable } else { interest.writable }
}

fn flags(trigger: Trigger) -> Flags {
    match trigger {
        Trigger::Level => 0,
        Trigger::Edge => EV_CLEAR,
        // Deletes the filter when it fires. EV_DISPATCH would keep it, disabled; not all have it.
        Trigger::OneShot => EV_ONESHOT,
    }
}

fn event(happened: &Kevent) -> Event {
    let readable = happened.filter == EVFILT_READ;
    // The end of input stands beside the last bytes (EV_EOF), urgent data is not told at all. So
    // there may always be more than bytes.
    let exceptional = readable || happened.flags & EV_EOF != 0;
    let token = Token::from_bits(happened.udata.addr() as u64);
    Event { token, readable, writable: !readable, exceptional }
}
