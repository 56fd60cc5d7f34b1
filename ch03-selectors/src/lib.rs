//! Chapter 3: the kernel waits for all.
//!
//! One thread hands the kernel a list of descriptors and sleeps until one of them is ready. Every
//! way to do that has the same shape, which Python's `selectors` named: register, modify,
//! unregister, select.
//!
//! In reading order:
//!
//! - [`event`]: what is waited for, and what comes back.
//! - [`selector`]: the trait, and the registration that no descriptor outlives.
//! - [`slots`]: where a server keeps its clients, so that a late event finds nobody else.
//! - [`select`], [`poll`], `epoll` on Linux, [`kqueue`] on macOS and the BSDs: by system calls.
//! - [`polling`], [`mio`]: two by library.
//! - [`map`]: what is registered, for those who ask.
//! - [`clients`]: what every server of this chapter keeps and does.
//! - [`level`]: the echo server under level triggering.
//! - [`edge`]: the same under edge triggering, which must drain.
//! - [`wake`]: a descriptor by which another thread ends a wait.
//! - [`dispatcher`]: callbacks in their oldest shape, an object for each socket.
//! - [`event_loop`]: callbacks for descriptors, timers, signals and other threads.
//! - [`protocol`]: on that, transports which do the reading and writing for a protocol.

pub mod clients;
pub mod dispatcher;
pub mod edge;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub mod epoll;
pub mod event;
pub mod event_loop;
pub mod kqueue;
pub mod level;
pub mod map;
pub mod mio;
pub mod poll;
pub mod polling;
pub mod protocol;
pub mod select;
pub mod selector;
pub mod slots;
pub mod wake;

pub use event::{Event, Interest, Token, Trigger, Watch};
pub use selector::{Registration, Selector, Source};
pub use wake::Waker;

use ladder::{Chapter, Limits, Model, Protocol};
use std::io;
use std::rc::Rc;

/// The chapter, as its command line, the suite and the bench see it.
pub const CHAPTER: Chapter = Chapter {
    package: env!("CARGO_PKG_NAME"),
    title: "The kernel waits for all",
    protocol: Protocol::Echo,
    models: MODELS,
};

/// The models in reading order, as far as this platform has them.
pub const MODELS: &[Model] = &[
    Model {
        name: "select",
        summary: "hands the kernel a bit for each descriptor, and sleeps until one of them is ready",
        fixes: "no nap and no spin: the thread sleeps exactly until there is something to do",
        still_fails: "a set has so many bits and no more: whoever has a higher number is refused",
        limits: Limits { descriptors: Some(select::FD_SETSIZE), ..Limits::NONE },
        serve: select::serve,
    },
    Model {
        name: "poll",
        summary: "hands the kernel the whole list, and sleeps until somebody on it is ready",
        fixes: "the list is as long as it has to be: a descriptor's number does not matter",
        still_fails: "the list is handed over and searched on every call, however few are ready",
        limits: Limits::NONE,
        serve: poll::serve,
    },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Model {
        name: "epoll",
        summary: "the kernel keeps the list, and names those who are ready",
        fixes: "the cost of a wait no longer grows with the silent clients",
        still_fails: "only Linux has it, and whoever is slow to read is named again and again",
        limits: Limits::NONE,
        serve: epoll::serve,
    },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Model {
        name: "epoll-edge",
        summary: "the kernel names a client once when something changes, and then says no more",
        fixes: "nothing is registered twice: interest in both directions, once and for all",
        still_fails: "input that is not drained is forgotten: the loop must remember it itself",
        limits: Limits::NONE,
        serve: epoll::serve_edge,
    },
    #[cfg(any(
        target_os = "macos",
        target_os = "ios",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "openbsd",
        target_os = "netbsd"
    ))]
    KQUEUE,
    Model {
        name: "polling",
        summary: "a library that picks epoll, kqueue or what else the system has",
        fixes: "one source for every system",
        still_fails: "a callback per event is still how the program must be written",
        limits: Limits::NONE,
        serve: polling::serve,
    },
    Model {
        name: "mio",
        summary: "the library under tokio: edge triggered on every system",
        fixes: "the drain rule once, for epoll and kqueue alike",
        still_fails: "the program is still cut into pieces, one for each event",
        limits: Limits::NONE,
        serve: mio::serve,
    },
    Model {
        name: "dispatcher",
        summary: "an object for each socket says what it waits for, and is called when it is there",
        fixes: "the table, the tokens and the loop are written once, for all servers",
        still_fails: "every turn asks everybody what they wait for, as poll did",
        limits: Limits::NONE,
        serve: dispatcher::echo::serve,
    },
    Model {
        name: "protocol",
        summary: "an event loop reads and writes, and calls a protocol with what came",
        fixes: "nobody is asked; reading, writing, pausing and closing are written once",
        still_fails: "a program of three steps is three callbacks, and its place is kept in fields",
        limits: Limits::NONE,
        serve: protocol::echo::serve,
    },
];

/// The row of macOS and the BSDs. It is here on every system, so that the catalogue can be the same
/// everywhere.
pub const KQUEUE: Model = Model {
    name: "kqueue",
    summary: "as epoll, on macOS and the BSDs: the kernel keeps the list, for each direction apart",
    fixes: "the cost of a wait no longer grows with the silent clients there, either",
    still_fails: "it is not on Linux: a program for all systems is written twice",
    limits: Limits::NONE,
    serve: kqueue::serve,
};

/// A way to wait, for those who want to try all of them.
#[derive(Clone, Copy, Debug)]
pub struct Backend {
    /// As the models are called.
    pub name: &'static str,
    /// Makes a selector with nothing in it.
    pub make: fn() -> io::Result<Rc<dyn Selector>>,
}

/// The selectors that this platform has, in reading order.
pub const BACKENDS: &[Backend] = &[
    Backend { name: "select", make: || Ok(Rc::new(select::Select::default())) },
    Backend { name: "poll", make: || Ok(Rc::new(poll::Poll::default())) },
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Backend { name: "epoll", make: || Ok(Rc::new(epoll::Epoll::new()?)) },
    #[cfg(any(
        target_os = "macos",
        target_os = "ios",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "openbsd",
        target_os = "netbsd"
    ))]
    Backend { name: "kqueue", make: || Ok(Rc::new(kqueue::Kqueue::<kqueue::System>::new()?)) },
    Backend { name: "polling", make: || Ok(Rc::new(polling::Polling::new()?)) },
    Backend { name: "mio", make: || Ok(Rc::new(mio::Mio::new()?)) },
];

/// The best selector of this platform: epoll on Linux.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub type DefaultSelector = epoll::Epoll;

/// The best selector of this platform: kqueue on macOS and the BSDs.
#[cfg(any(
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "openbsd",
    target_os = "netbsd"
))]
pub type DefaultSelector = kqueue::Kqueue<kqueue::System>;

/// The best selector of this platform: what the `polling` crate finds, where we have none of our own.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "dragonfly",
    target_os = "openbsd",
    target_os = "netbsd"
)))]
pub type DefaultSelector = polling::Polling;

/// A selector of the best kind that this platform has: [`DefaultSelector`].
///
/// # Errors
///
/// When the process has no descriptor left for it.
pub fn default_selector() -> io::Result<Rc<dyn Selector>> {
    Ok(Rc::new(DefaultSelector::new()?))
}
