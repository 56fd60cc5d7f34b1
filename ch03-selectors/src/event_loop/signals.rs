//! Signals as events of the loop.
//!
//! A signal's handler runs between any two instructions, so it may do next to nothing
//! (signal-safety(7)). Ours sets a flag and sends a byte; both are single system calls or less. The
//! callback runs later, on the loop, where everything is allowed.
//!
//! The flag comes before the byte. The loop takes the byte before it looks at the flags. So a
//! signal that comes in between leaves a byte for another look, and none is lost. Many of one kind
//! may be one call: pending signals are bits, and no counters (signal(7)).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::io::{self, ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::FORBIDDEN;
use signal_hook::low_level::{pipe, unregister};
use signal_hook::{SigId, flag};

use super::EventLoop;
use super::handle::Handle;

/// A signal, and whose callback it is.
pub(crate) type Key = (c_int, Whose);

/// A loop that waits for children by SIGCHLD does so beside what the program does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Whose {
    Program,
    Loop,
}

/// The signals of a loop. Empty, and without descriptors, until one is asked for.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    pair: RefCell<Option<Pair>>,
    handlers: RefCell<BTreeMap<Key, Handler>>,
}

#[derive(Debug)]
struct Pair {
    /// What the loop watches.
    reader: Rc<UnixStream>,
    /// What each handler gets a duplicate of.
    writer: UnixStream,
}

#[derive(Debug)]
struct Handler {
    rang: Arc<AtomicBool>,
    ids: [SigId; 2],
    handle: Handle,
}

impl Signals {
    /// The end that becomes readable with each signal. True: it was made just now.
    pub(crate) fn reader(&self) -> io::Result<(Rc<UnixStream>, bool)> {
        let mut pair = self.pair.borrow_mut();
        if let Some(pair) = &*pair {
            return Ok((Rc::clone(&pair.reader), false));
        }
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let reader = Rc::new(reader);
        *pair = Some(Pair { reader: Rc::clone(&reader), writer });
        Ok((reader, true))
    }

    /// Has `signal` run `handle` from now on, instead of what was set for it before.
    pub(crate) fn set(&self, key: Key, handle: Handle) -> io::Result<()> {
        let (signal, _) = key;
        if FORBIDDEN.contains(&signal) {
            let text = format!("signal {signal} cannot be handled by a callback");
            return Err(io::Error::new(ErrorKind::InvalidInput, text));
        }
        let writer = self.pair.borrow().as_ref().map(|pair| pair.writer.try_clone());
        let writer = writer.ok_or(ErrorKind::NotConnected)??;
        let rang = Arc::new(AtomicBool::new(false));
        // The actions of a signal run in the order in which they were registered.
        let set_flag = flag::register(signal, Arc::clone(&rang))?;
        let send_byte = pipe::register(signal, writer).inspect_err(|_| {
            unregister(set_flag);
        })?;
        let handler = Handler { rang, ids: [set_flag, send_byte], handle };
        let replaced = self.handlers.borrow_mut().insert(key, handler);
        drop(replaced);
        Ok(())
    }

    /// Takes the callback of a signal out. False: there was none.
    pub(crate) fn remove(&self, key: Key) -> bool {
        let removed = self.handlers.borrow_mut().remove(&key);
        removed.is_some()
    }

    pub(crate) fn has(&self, key: Key) -> bool {
        self.handlers.borrow().contains_key(&key)
    }

    /// The callbacks of those signals that came, the lowest number first.
    pub(crate) fn ready(&self, mut push: impl FnMut(Handle)) {
        if let Some(pair) = &*self.pair.borrow() {
            let mut bytes = [0; 64];
            while matches!((&*pair.reader).read(&mut bytes), Ok(read) if read == bytes.len()) {}
        }
        for handler in self.handlers.borrow().values() {
            if handler.rang.swap(false, Ordering::SeqCst) {
                push(handler.handle.clone());
            }
        }
    }
}

impl EventLoop {
    /// Calls `callback` when `signal` came, on the loop, where it may do what it likes. Several
    /// that came together may be one call.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a signal that has no handlers: SIGKILL and SIGSTOP, and those that name a
    /// fault of the program itself. Else when there are no descriptors left.
    #[track_caller]
    pub fn add_signal_handler(
        &self,
        signal: c_int,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<Handle> {
        let handle = Handle::repeat(Box::new(callback), Location::caller());
        self.watch_signals()?;
        self.inner.signals.set((signal, Whose::Program), handle.clone())?;
        Ok(handle)
    }

    /// Beside the program's own callback for the signal. Set once, however often it is asked for.
    pub(crate) fn add_own_signal_handler(
        &self,
        signal: c_int,
        callback: impl FnMut(&EventLoop) + 'static,
    ) -> io::Result<()> {
        self.watch_signals()?;
        if self.inner.signals.has((signal, Whose::Loop)) {
            return Ok(());
        }
        let handle = Handle::repeat(Box::new(callback), Location::caller());
        self.inner.signals.set((signal, Whose::Loop), handle)
    }

    fn watch_signals(&self) -> io::Result<()> {
        let (reader, is_new) = self.inner.signals.reader()?;
        if is_new {
            self.add_reader(&reader, |event_loop| {
                event_loop.inner.signals.ready(|handle| event_loop.push(handle));
            })?;
        }
        Ok(())
    }

    /// Takes the callback of a signal out. The signal is ignored from then on; it does not get back
    /// what it did by default. False: there was none.
    #[expect(clippy::must_use_candidate, reason = "most callers know")]
    pub fn remove_signal_handler(&self, signal: c_int) -> bool {
        self.inner.signals.remove((signal, Whose::Program))
    }
}

impl Drop for Handler {
    fn drop(&mut self) {
        for id in self.ids {
            unregister(id);
        }
        self.handle.cancel();
    }
}
