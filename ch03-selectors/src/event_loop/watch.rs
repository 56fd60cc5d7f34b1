//! A callback for a descriptor that is readable, and one for a writable one.
//!
//! In Python the loop is given a number, and whoever closes the descriptor before taking it out
//! leaves the number behind: it may be somebody else's by then. Here the loop is given a share of
//! the owner. While it watches, the descriptor is open.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::panic::Location;
use std::rc::Rc;

use super::EventLoop;
use super::handle::Handle;
use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::selector::{Registration, Selector, Source};
use crate::slots::Slots;

/// Which of the two callbacks of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Reader,
    Writer,
}

/// All that a loop watches.
#[derive(Default)]
pub(crate) struct Watches {
    slots: RefCell<Slots<Watched>>,
    by_number: RefCell<HashMap<RawFd, Token>>,
}

struct Watched {
    registration: Registration<Rc<dyn Source>>,
    reader: Option<Handle>,
    writer: Option<Handle>,
}

impl Watched {
    fn side(&mut self, side: Side) -> &mut Option<Handle> {
        match side {
            Side::Reader => &mut self.reader,
            Side::Writer => &mut self.writer,
        }
    }

    fn interest(&self) -> Interest {
        Interest { readable: self.reader.is_some(), writable: self.writer.is_some() }
    }
}

impl Watches {
    /// Sets a callback. One that was there is cancelled.
    pub(crate) fn set(
        &self,
        selector: &Rc<dyn Selector>,
        source: Rc<dyn Source>,
        side: Side,
        handle: Handle,
    ) -> io::Result<()> {
        let number = source.as_fd().as_raw_fd();
        let known = self.by_number.borrow().get(&number).copied();
        let mut slots = self.slots.borrow_mut();
        if let Some(watched) = known.and_then(|token| slots.get_mut(token)) {
            let replaced = watched.side(side).replace(handle);
            let set = watched.registration.set_interest(watched.interest());
            if set.is_err() {
                *watched.side(side) = None;
            }
            // Cancelling drops what the callback holds, which may want to come here.
            drop(slots);
            if let Some(replaced) = replaced {
                replaced.cancel();
            }
            return set;
        }
        let token = slots.try_insert(|token| {
            let (reader, writer) = match side {
                Side::Reader => (Some(handle), None),
                Side::Writer => (None, Some(handle)),
            };
            let interest = Interest { readable: reader.is_some(), writable: writer.is_some() };
            let watch = Watch { token, interest, trigger: Trigger::Level };
            let registration = Registration::new(selector, source, watch)?;
            io::Result::Ok(Watched { registration, reader, writer })
        })?;
        self.by_number.borrow_mut().insert(number, token);
        Ok(())
    }

    /// Takes a callback out, and cancels it. False: there was none.
    pub(crate) fn remove(&self, source: &impl AsFd, side: Side) -> bool {
        let known = self.by_number.borrow().get(&source.as_fd().as_raw_fd()).copied();
        known.is_some_and(|token| self.remove_named(token, side))
    }

    fn remove_named(&self, token: Token, side: Side) -> bool {
        let mut slots = self.slots.borrow_mut();
        let Some(watched) = slots.get_mut(token) else { return false };
        let Some(removed) = watched.side(side).take() else { return false };
        let interest = watched.interest();
        // With nothing to wait for it must leave the selector: there is no way to mask a hang-up,
        // and one that nobody reads would be reported for ever.
        let unused = if interest == Interest::NONE {
            let number = watched.registration.source().as_fd().as_raw_fd();
            self.by_number.borrow_mut().remove(&number);
            slots.remove(token)
        } else {
            // It is registered, and less than before is asked of it: this does not fail.
            let _ = watched.registration.set_interest(interest);
            None
        };
        drop(slots);
        removed.cancel();
        // Maybe the last owner of the descriptor, whose drop may do anything.
        drop(unused);
        true
    }

    /// The callbacks that an event is for. One that was cancelled by its handle is taken out here.
    pub(crate) fn ready(&self, event: &Event, mut push: impl FnMut(Handle)) {
        for (is_ready, side) in [(event.readable, Side::Reader), (event.writable, Side::Writer)] {
            if !is_ready {
                continue;
            }
            let handle = {
                let mut slots = self.slots.borrow_mut();
                slots.get_mut(event.token).and_then(|watched| watched.side(side).clone())
            };
            match handle {
                Some(handle) if handle.is_cancelled() => {
                    self.remove_named(event.token, side);
                }
                Some(handle) => push(handle),
                None => {}
            }
        }
    }
}

impl EventLoop {
    /// Calls `callback` in each iteration that finds `source` readable, instead of the one that was
    /// set before. The loop owns a share of it until [`EventLoop::remove_reader`].
    ///
    /// # Errors
    ///
    /// When the selector does not take the descriptor: epoll refuses regular files, for example.
    #[track_caller]
    pub fn add_reader<T: Source + 'static>(
        &self,
        source: &Rc<T>,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<Handle> {
        self.watch(Rc::clone(source) as _, Side::Reader, callback)
    }

    /// Calls `callback` in each iteration that finds `source` writable. That is nearly each one:
    /// take it out as soon as there is nothing to write.
    ///
    /// # Errors
    ///
    /// As [`EventLoop::add_reader`].
    #[track_caller]
    pub fn add_writer<T: Source + 'static>(
        &self,
        source: &Rc<T>,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<Handle> {
        self.watch(Rc::clone(source) as _, Side::Writer, callback)
    }

    #[track_caller]
    pub(crate) fn watch(
        &self,
        source: Rc<dyn Source>,
        side: Side,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<Handle> {
        let handle = Handle::repeat(Box::new(callback), Location::caller());
        self.inner.watches.set(&self.inner.selector, source, side, handle.clone())?;
        Ok(handle)
    }

    /// Takes the reader out, and cancels it: also when it is to be called in this very iteration.
    /// False: there was none.
    pub fn remove_reader(&self, source: &impl AsFd) -> bool {
        self.inner.watches.remove(source, Side::Reader)
    }

    /// Takes the writer out, as [`EventLoop::remove_reader`].
    pub fn remove_writer(&self, source: &impl AsFd) -> bool {
        self.inner.watches.remove(source, Side::Writer)
    }
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watched = self.slots.borrow().len();
        f.debug_struct("Watches").field("descriptors", &watched).finish_non_exhaustive()
    }
}
