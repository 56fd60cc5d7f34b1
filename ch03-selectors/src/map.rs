//! What is registered: Python's `get_map` and `get_key`.
//!
//! A server has its own table, and the kernel has another; a third one in every selector would be
//! paid for by all, and asked by few. So it is a wrapper for those who want it: it writes down what
//! passes through, and its `select` is the inner one's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::rc::Rc;
use std::time::Duration;

use crate::event::{Event, Trigger, Watch};
use crate::selector::Selector;

/// A selector that knows what is registered in it. Hand it out in the place of the inner one: what
/// is registered there directly, it does not see.
#[derive(Debug)]
pub struct Mapped {
    inner: Rc<dyn Selector>,
    map: RefCell<BTreeMap<RawFd, Watch>>,
}

impl Mapped {
    /// Writes down what is registered from now on.
    #[must_use]
    pub fn new(inner: Rc<dyn Selector>) -> Mapped {
        Mapped { inner, map: RefCell::default() }
    }

    /// What each descriptor waits for, in the order of their numbers; as it is at this moment.
    #[must_use]
    pub fn get_map(&self) -> BTreeMap<RawFd, Watch> {
        self.map.borrow().clone()
    }

    /// What this one waits for, if it is registered.
    #[must_use]
    pub fn get(&self, source: &impl AsFd) -> Option<Watch> {
        self.map.borrow().get(&source.as_fd().as_raw_fd()).copied()
    }
}

impl Selector for Mapped {
    fn supports(&self, trigger: Trigger) -> bool {
        self.inner.supports(trigger)
    }

    #[expect(unsafe_code, reason = "the trait's promise, passed on")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        // SAFETY: the promise is our caller's.
        unsafe { self.inner.register(fd, watch)? };
        self.map.borrow_mut().insert(fd.as_raw_fd(), watch);
        Ok(())
    }

    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()> {
        self.inner.modify(fd, watch)?;
        self.map.borrow_mut().insert(fd.as_raw_fd(), watch);
        Ok(())
    }

    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.inner.unregister(fd)?;
        self.map.borrow_mut().remove(&fd.as_raw_fd());
        Ok(())
    }

    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()> {
        self.inner.select(events, timeout)
    }
}
