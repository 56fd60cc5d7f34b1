//! Signals, as something to await.
//!
//! A handler runs in the middle of anything, so next to nothing may be done in it
//! (signal-safety(7)). Here it writes one byte into a socket, which the reactor watches like any
//! other: the self-pipe of chapter 1. Each listener has a pair of sockets of its own; so there may
//! be many listeners for one signal, in many runtimes, and each of them hears of it.
//!
//! Signals are no queue. A hundred that come in a row may be one by the time a task looks; that
//! one came is all that can be known.

use std::ffi::c_int;
use std::future::{Future, poll_fn};
use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use signal_hook::SigId;
use signal_hook::consts;
use signal_hook::low_level::{pipe, unregister};

use crate::reactor::Async;

/// Which signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SignalKind(c_int);

impl SignalKind {
    /// Ctrl-C.
    pub const INTERRUPT: SignalKind = SignalKind(consts::SIGINT);
    /// The polite request to end: what kill(1) and service managers send.
    pub const TERMINATE: SignalKind = SignalKind(consts::SIGTERM);
    /// Ctrl-\.
    pub const QUIT: SignalKind = SignalKind(consts::SIGQUIT);
    /// The terminal is gone; for a server, by habit: read your settings again.
    pub const HANGUP: SignalKind = SignalKind(consts::SIGHUP);
    /// A child has ended or stopped.
    pub const CHILD: SignalKind = SignalKind(consts::SIGCHLD);
    /// For the program's own use.
    pub const USER_1: SignalKind = SignalKind(consts::SIGUSR1);
    /// For the program's own use.
    pub const USER_2: SignalKind = SignalKind(consts::SIGUSR2);
    /// The terminal has another size now.
    pub const WINDOW_CHANGE: SignalKind = SignalKind(consts::SIGWINCH);

    /// Any other, by its number on this system.
    #[must_use]
    pub const fn from_raw(number: c_int) -> SignalKind {
        SignalKind(number)
    }

    /// Its number on this system.
    #[must_use]
    pub const fn as_raw(self) -> c_int {
        self.0
    }
}

/// Listens to one signal, from its making to its drop.
///
/// Dropping it ends its registration and closes its sockets. What cannot be undone is the handler
/// itself: `signal-hook` leaves it in place for the rest of the process. After the last listener is
/// gone the signal does nothing; Ctrl-C does not end the process again.
#[derive(Debug)]
pub struct Signals {
    reader: Async<UnixStream>,
    id: SigId,
}

/// Listens to `kind`, from now on. The signal's default action, such as ending the process, is
/// taken away from it for good.
///
/// # Errors
///
/// `InvalidInput` for a signal that cannot be handled (SIGKILL, SIGSTOP) or whose handler could not
/// go on (SIGSEGV, SIGILL, SIGFPE); else what sigaction(2) says.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
pub fn signal(kind: SignalKind) -> io::Result<Signals> {
    if consts::FORBIDDEN.contains(&kind.0) {
        let text = format!("signal {} cannot be handled", kind.0);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    let reader = Async::new(reader)?;
    // The handler does not wait when the socket is full. A byte is there then, and one is enough.
    let id = pipe::register(kind.0, writer)?;
    Ok(Signals { reader, id })
}

/// Ends at the next Ctrl-C. It listens from the call on, also while it is not awaited yet.
///
/// # Errors
///
/// When there are no descriptors left, and as sigaction(2) says.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[must_use = "it listens for as long as it lives"]
pub fn ctrl_c() -> impl Future<Output = io::Result<()>> {
    let listening = signal(SignalKind::INTERRUPT);
    async move {
        listening?.recv().await;
        Ok(())
    }
}

/// Listens to the polite request to end.
///
/// # Errors
///
/// As [`signal`].
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
pub fn terminate() -> io::Result<Signals> {
    signal(SignalKind::TERMINATE)
}

impl Signals {
    /// Ends when the signal came, since the last call or since the making of this. Dropped before
    /// its end, it loses none.
    ///
    /// # Panics
    ///
    /// As [`poll_recv`](Signals::poll_recv).
    pub async fn recv(&mut self) {
        poll_fn(|context| self.poll_recv(context)).await;
    }

    /// The same, for a hand-written future.
    ///
    /// # Panics
    ///
    /// When a socket of our own fails, which none does; and when it would wait outside of the runtime that this
    /// was made in.
    pub fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.poll_came(context).map(|came| came.expect("one's own socket, in its own runtime"))
    }

    /// The same, for who can pass on that it is awaited outside of its runtime.
    pub(crate) fn poll_came(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 64];
        // All of them: they say no more than one does.
        let drain = |mut reader: &UnixStream| {
            let mut came = false;
            loop {
                match reader.read(&mut bytes) {
                    Ok(read) if read == bytes.len() => came = true,
                    Err(error) if came && error.kind() == io::ErrorKind::WouldBlock => {
                        return Ok(());
                    }
                    read => return read.map(drop),
                }
            }
        };
        // The writer is open for as long as we are registered, and there is no other error.
        self.reader.poll_read_with(context, drain)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        unregister(self.id);
    }
}

/// It never ends.
impl Stream for Signals {
    type Item = ();

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<()>> {
        self.poll_recv(context).map(Some)
    }
}
