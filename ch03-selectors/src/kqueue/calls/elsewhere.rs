//! No kqueue here: only its names, with the numbers of FreeBSD's `sys/event.h`.

use std::ffi::c_void;
use std::io;
use std::ptr;
use std::time::Duration;

use super::Calls;

/// `struct kevent`: a change that is asked for, or what has happened.
#[expect(missing_docs, reason = "kevent(2)")]
#[derive(Clone, Copy, Debug)]
pub struct Kevent {
    pub ident: usize,
    pub filter: i16,
    pub flags: u16,
    pub fflags: u32,
    pub data: isize,
    pub udata: *mut c_void,
}

/// With nothing in it.
#[must_use]
pub fn kevent() -> Kevent {
    Kevent { ident: 0, filter: 0, flags: 0, fflags: 0, data: 0, udata: ptr::null_mut() }
}

/// What a filter is called by.
pub type Filter = i16;
/// What is asked of it, and what it says.
pub type Flags = u16;

macro_rules! numbers {
    ($type:ty: $($name:ident = $number:expr),*) => {
        $(#[expect(missing_docs, reason = "kevent(2)")] pub const $name: $type = $number;)*
    };
}

numbers!(Filter: EVFILT_READ = -1, EVFILT_WRITE = -2);
numbers!(Flags: EV_ADD = 0x1, EV_DELETE = 0x2, EV_ONESHOT = 0x10, EV_CLEAR = 0x20);
numbers!(Flags: EV_RECEIPT = 0x40, EV_ERROR = 0x4000, EV_EOF = 0x8000);

/// There is none.
#[derive(Debug)]
pub enum System {}

impl Calls for System {
    fn kqueue() -> io::Result<System> {
        let text = "kqueue is a call of macOS and the BSDs";
        Err(io::Error::new(io::ErrorKind::Unsupported, text))
    }

    fn kevent(
        &self,
        _changes: &[Kevent],
        _events: &mut Vec<Kevent>,
        _timeout: Option<Duration>,
    ) -> io::Result<()> {
        match *self {}
    }
}
