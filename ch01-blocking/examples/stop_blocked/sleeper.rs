//! A thread that is blocked in one system call, and what became of it.

use std::fmt;
use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::Signal;

use crate::posix::{self, Then};

/// How long a thread has to sleep on until we say that it is still blocked.
const WINDOW: Duration = Duration::from_millis(100);

/// Nothing here takes as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

/// What became of a blocked call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has not come back.
    Blocked,
    /// With what it waited for: a client, or a byte.
    Came,
    /// With the end of the input.
    Ended,
    /// With word of the stop.
    Stopped,
    /// With an error.
    Failed(Errno),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Blocked => write!(f, "it sleeps on"),
            Outcome::Came => write!(f, "it wakes: what it waited for has come"),
            Outcome::Ended => write!(f, "it wakes: the end of the input"),
            Outcome::Stopped => write!(f, "it wakes, and knows why"),
            Outcome::Failed(errno) => write!(f, "it wakes: {errno}"),
        }
    }
}

/// The system call itself.
pub(crate) fn accept(listener: BorrowedFd<'_>) -> Outcome {
    rustix::net::accept(listener).map_or_else(Outcome::Failed, |_| Outcome::Came)
}

/// The same by the library.
pub(crate) fn accept_by_std(listener: BorrowedFd<'_>) -> Outcome {
    let accepted = listener.try_clone_to_owned().and_then(|fd| TcpListener::from(fd).accept());
    accepted.map_or_else(|error| failed(&error), |_| Outcome::Came)
}

/// The system call itself.
pub(crate) fn read(stream: BorrowedFd<'_>) -> Outcome {
    match rustix::io::read(stream, &mut [0; 16]) {
        Ok(0) => Outcome::Ended,
        Ok(_) => Outcome::Came,
        Err(errno) => Outcome::Failed(errno),
    }
}

fn failed(error: &io::Error) -> Outcome {
    Outcome::Failed(Errno::from_io_error(error).expect("an error of the system"))
}

/// A thread that sleeps in a call on a descriptor of its own.
pub(crate) struct Sleeper {
    descriptor: Arc<OwnedFd>,
    thread: JoinHandle<Outcome>,
}

impl Sleeper {
    /// Starts it, and waits until it sleeps.
    pub(crate) fn start(
        socket: &impl AsFd,
        call: impl FnOnce(BorrowedFd<'_>) -> Outcome + Send + 'static,
    ) -> io::Result<Sleeper> {
        let descriptor = Arc::new(socket.as_fd().try_clone_to_owned()?);
        let its_own = Arc::clone(&descriptor);
        let (tell, told) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            // The last thing before the call: who sleeps after this, sleeps in it.
            tell.send(this_thread()).expect("main listens");
            call(its_own.as_fd())
        });
        let number = told.recv().map_err(io::Error::other)?;
        wait_until("the thread sleeps", || sleeps(number) || thread.is_finished());
        Ok(Sleeper { descriptor, thread })
    }

    /// Takes its descriptor off the socket. dup2 does it, which closes what was behind the number
    /// and leaves something else there. A bare close would leave the number free, and the thread
    /// might then read from whatever is opened next: this is why closing is no way to end a thread.
    #[expect(unsafe_code, reason = "the descriptor is changed while it is borrowed")]
    pub(crate) fn close_its_descriptor(&self) -> io::Result<()> {
        let nothing = File::open("/dev/null")?;
        // SAFETY: both numbers are open, and stay so: the old one is ours for as long as `self` or
        // the thread lives. Nobody is promised what is behind it.
        let result = unsafe { libc::dup2(nothing.as_raw_fd(), self.descriptor.as_raw_fd()) };
        if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }

    /// Sends it signals, whose handler was set without SA_RESTART, until it wakes or has heard ten.
    pub(crate) fn signal(&self) -> io::Result<()> {
        posix::handle(Signal::USR1, &Then::Fail)?;
        for _ in 0..10 {
            let before = posix::runs();
            if !self.thread.is_finished() {
                posix::send(&self.thread, Signal::USR1);
                let heard = || posix::runs() > before || self.thread.is_finished();
                wait_until("the handler has run", heard);
                thread::sleep(Duration::from_millis(1));
            }
        }
        Ok(())
    }

    /// What has become of it within [`WINDOW`].
    pub(crate) fn watch(self) -> Result<Outcome, Sleeper> {
        let until = Instant::now() + WINDOW;
        while !self.thread.is_finished() {
            if Instant::now() > until {
                return Err(self);
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(self.join())
    }

    /// Waits for it to wake.
    pub(crate) fn join(self) -> Outcome {
        wait_until("the thread wakes", || self.thread.is_finished());
        self.thread.join().expect("no panic")
    }
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// The calling thread's number.
#[cfg(target_os = "linux")]
fn this_thread() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Whether that thread sleeps: the state behind its name, in proc(5), /proc/PID/task/TID/stat.
#[cfg(target_os = "linux")]
fn sleeps(thread: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat"));
    stat.is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S')))
}

#[cfg(not(target_os = "linux"))]
fn this_thread() -> Instant {
    Instant::now()
}

/// Nobody tells, so it is given time.
#[cfg(not(target_os = "linux"))]
fn sleeps(since: Instant) -> bool {
    since.elapsed() > WINDOW
}
