//! One shape for every way to wait: register, modify, unregister, select.
//!
//! It is the shape of Python's `selectors`. What is added is an owner: a [`Registration`] holds
//! its descriptor, and dropping it unregisters first and closes then. So no selector ever waits
//! for a descriptor that is closed, or worse, for one that was closed and is somebody else's now.

use std::cell::Cell;
use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ladder::Stop;

use crate::event::{Event, Interest, Token, Trigger, Watch};

/// A set of descriptors, and a call that sleeps until one of them is ready.
///
/// Servers do not call `register` and its kin themselves; they hold [`Registration`]s. What is
/// registered is known to the kernel; whoever wants a list, as `get_map` of Python's selectors gives
/// one, has it kept by a [`Mapped`](crate::map::Mapped).
///
/// | | level | edge | one-shot | how many descriptors |
/// | --- | --- | --- | --- | --- |
/// | [`select`](crate::select) | yes | | yes | with numbers below FD_SETSIZE |
/// | [`poll`](crate::poll) | yes | | yes | any number; each is looked at in every call |
/// | `epoll` | yes | yes | yes | any number |
/// | [`kqueue`](crate::kqueue) | yes | yes | yes | any number |
/// | [`polling`](crate::polling) | yes | yes | yes | any number |
/// | [`mio`](crate::mio) | | yes | | any number |
pub trait Selector: Debug {
    /// Whether [`select`](Selector::select) can report in this way.
    fn supports(&self, trigger: Trigger) -> bool;

    /// Adds a descriptor.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when it is registered already; `Unsupported` for a trigger that this
    /// selector does not have; else what the system call said.
    ///
    /// # Safety
    ///
    /// The descriptor must stay open until it is unregistered, or the selector is dropped.
    #[expect(unsafe_code, reason = "a selector keeps a descriptor longer than the borrow lasts")]
    unsafe fn register(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()>;

    /// Changes what a registered descriptor waits for, and by which trigger. What is ready at this
    /// moment is reported, by an edge too; and a one-shot is armed again, even if nothing changes.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not registered; else as [`register`](Selector::register). After an
    /// error it waits for what it waited for before.
    fn modify(&self, fd: BorrowedFd<'_>, watch: Watch) -> io::Result<()>;

    /// Takes a descriptor out.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not registered.
    fn unregister(&self, fd: BorrowedFd<'_>) -> io::Result<()>;

    /// Sleeps until at least one descriptor is ready or `timeout` is over (`None`: for ever), and
    /// replaces `events` by what is ready. A descriptor that is ready in both directions may be
    /// there twice, once for each: kqueue(2) counts so.
    ///
    /// It may come back early and with no event: after a signal (EINTR, signal(7)), whose handler
    /// may have left work for the caller; and from a timeout longer than the system call can
    /// express, which is weeks at least. It never comes back before its time for another reason: a
    /// timeout is rounded up to what the call counts in.
    ///
    /// # Errors
    ///
    /// What the system call said. None is to be expected.
    fn select(&self, events: &mut Vec<Event>, timeout: Option<Duration>) -> io::Result<()>;
}

/// What can be registered: something that owns one descriptor.
///
/// # Safety
///
/// `as_fd` gives the same descriptor on every call, and it stays open while the value lives and
/// only `&self` is used.
#[expect(unsafe_code, reason = "safe code could hand out another descriptor on each call")]
pub unsafe trait Source: AsFd {}

macro_rules! sources {
    ($($owner:ty),*) => {$(
        // SAFETY: the standard library's owner of one descriptor, which is closed by its drop and
        // by nothing that takes `&self`.
        #[expect(unsafe_code, reason = "the promise of `Source`")]
        unsafe impl Source for $owner {}
    )*};
}

sources!(TcpListener, TcpStream, UdpSocket);
sources!(std::os::unix::net::UnixListener, std::os::unix::net::UnixStream);
sources!(std::os::unix::net::UnixDatagram);
sources!(std::os::fd::OwnedFd, std::fs::File, std::io::PipeReader, std::io::PipeWriter);

// SAFETY: a shared owner lends out what it owns as `&T` only, and lives no longer than that.
#[expect(unsafe_code, reason = "the promise of `Source`, passed on")]
unsafe impl<T: Source + ?Sized> Source for Rc<T> {}

// SAFETY: as above.
#[expect(unsafe_code, reason = "the promise of `Source`, passed on")]
unsafe impl<T: Source> Source for Arc<T> {}

// SAFETY: its descriptor is the reading end of a pipe that lives as long as any clone of it.
#[expect(unsafe_code, reason = "the promise of `Source`")]
unsafe impl Source for Stop {}

/// A descriptor in a selector's set. Dropping it takes the descriptor out, and then closes it.
#[derive(Debug)]
pub struct Registration<T: Source> {
    selector: Rc<dyn Selector>,
    source: T,
    watch: Cell<Watch>,
}

impl<T: Source> Registration<T> {
    /// Registers `source`, and owns it from now on.
    ///
    /// # Errors
    ///
    /// As [`Selector::register`]; the source is dropped then.
    // ANCHOR: registration
    #[expect(unsafe_code, reason = "the one door to `Selector::register`")]
    pub fn new(
        selector: &Rc<dyn Selector>,
        source: T,
        watch: Watch,
    ) -> io::Result<Registration<T>> {
        // SAFETY: the registration owns the source and lends it out as `&T` only, which by the
        // promise of `Source` leaves its descriptor open. Our drop unregisters it before the
        // source is dropped. If the registration is leaked, so is the source.
        unsafe { selector.register(source.as_fd(), watch)? };
        Ok(Registration { selector: Rc::clone(selector), source, watch: Cell::new(watch) })
    }
    // ANCHOR_END: registration

    /// The source, to use but not to replace.
    pub fn source(&self) -> &T {
        &self.source
    }

    /// By what name the selector reports it.
    pub fn token(&self) -> Token {
        self.watch.get().token
    }

    /// What it waits for, and under what name.
    pub fn watch(&self) -> Watch {
        self.watch.get()
    }

    /// Changes what it waits for. No system call when nothing changes, except for a one-shot, which
    /// it arms.
    ///
    /// # Errors
    ///
    /// As [`Selector::modify`].
    pub fn set_interest(&self, interest: Interest) -> io::Result<()> {
        let watch = Watch { interest, ..self.watch.get() };
        if watch == self.watch.get() && watch.trigger != Trigger::OneShot {
            return Ok(());
        }
        self.modify(watch)
    }

    /// Changes all of it: the name, what it waits for, and the trigger.
    ///
    /// # Errors
    ///
    /// As [`Selector::modify`].
    pub fn modify(&self, watch: Watch) -> io::Result<()> {
        self.selector.modify(self.source.as_fd(), watch)?;
        self.watch.set(watch);
        Ok(())
    }

    /// Asks for the same again: what is ready now is reported. A one-shot needs that after each of
    /// its events.
    ///
    /// # Errors
    ///
    /// As [`Selector::modify`].
    pub fn rearm(&self) -> io::Result<()> {
        self.modify(self.watch.get())
    }
}

impl<T: Source> Drop for Registration<T> {
    fn drop(&mut self) {
        // It is registered, so this cannot fail; and a drop has nobody to tell.
        let _ = self.selector.unregister(self.source.as_fd());
    }
}

impl<T: Source> Read for Registration<T>
where
    for<'a> &'a T: Read,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.source).read(buffer)
    }
}

impl<T: Source> Write for Registration<T>
where
    for<'a> &'a T: Write,
{
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        (&self.source).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        (&self.source).flush()
    }
}

/// The result of a wait. A signal is its end, with nothing ready: the one place where EINTR is
/// looked at.
pub(crate) fn unless_interrupted(waited: io::Result<usize>) -> io::Result<usize> {
    match waited {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        other => other,
    }
}

/// What a system call returned: a number, or -1 with the error in errno(3).
pub(crate) fn check(returned: libc::c_int) -> io::Result<usize> {
    usize::try_from(returned).map_err(|_| io::Error::last_os_error())
}

/// A timeout in the milliseconds of poll(2) and `epoll_wait(2)`: rounded up, because a wait that
/// ends too early would be repeated with a timeout of 0 until the time has come. -1: for ever.
pub(crate) fn to_millis(timeout: Option<Duration>) -> libc::c_int {
    timeout.map_or(-1, |timeout| {
        // Not by `as_nanos`: a division of 128 bits costs more than all the rest of a wait.
        let part = u64::from(timeout.subsec_nanos().div_ceil(1_000_000));
        let millis = timeout.as_secs().saturating_mul(1000).saturating_add(part);
        libc::c_int::try_from(millis).unwrap_or(libc::c_int::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_rounded_up_and_never_overflow() {
        assert_eq!(to_millis(None), -1);
        assert_eq!(to_millis(Some(Duration::ZERO)), 0);
        assert_eq!(to_millis(Some(Duration::from_nanos(1))), 1);
        assert_eq!(to_millis(Some(Duration::from_micros(1001))), 2);
        assert_eq!(to_millis(Some(Duration::new(1, 999_000_001))), 2000);
        assert_eq!(to_millis(Some(Duration::MAX)), libc::c_int::MAX);
    }
}
