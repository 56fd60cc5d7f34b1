//! Who is connected right now.
//!
//! A thread that is blocked in `read` looks at no flag. What wakes it is its own socket: when that
//! is shut down from outside, `read` returns end of input and `write` an error (shutdown(2)). So
//! somebody must know all the sockets: this list, which also keeps the count of what was done.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ladder::stop::OnRequest;
use ladder::{Report, Stop, socket};

use crate::echo::echo;

/// The open connections of a server, shared by its threads.
#[derive(Debug)]
pub struct Clients {
    shared: Arc<Mutex<Shared>>,
    _on_stop: OnRequest,
}

#[derive(Debug, Default)]
struct Shared {
    /// No client is served any more; those that come are closed at once.
    closed: bool,
    open: HashMap<u64, Arc<TcpStream>>,
    report: Report,
}

impl Clients {
    /// An empty list, whose every connection is shut down when `stop` is requested.
    #[must_use]
    pub fn new(stop: &Stop) -> Clients {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let at_stop = Arc::clone(&shared);
        let on_stop = stop.on_request(move || close(&at_stop));
        Clients { shared, _on_stop: on_stop }
    }

    /// Echoes to one client until it leaves, is lost, or the stop shuts it down. Its errors end
    /// here, in the report.
    pub fn serve(&self, stream: TcpStream) {
        self.serve_by(stream, |stream, echoed| echo(stream, echoed));
    }

    /// The same by another `job`, which adds to its second argument the bytes that went back.
    ///
    /// A job that panics has a fault, but it is one client's: the thread goes on, and that client
    /// is counted as lost. Otherwise a thread would be gone for good with each panic, and when all
    /// are gone, the server still looks alive and serves nobody.
    pub fn serve_by(
        &self,
        stream: TcpStream,
        job: impl FnOnce(&TcpStream, &mut u64) -> io::Result<()>,
    ) {
        let stream = Arc::new(stream);
        let Some(id) = self.enter(&stream) else { return };
        let mut echoed = 0;
        let serving = || socket::tune(&*stream).and_then(|()| job(&stream, &mut echoed));
        // Nothing that a panic leaves half done is looked at again: the socket is closed below.
        let outcome = catch_unwind(AssertUnwindSafe(serving))
            .unwrap_or_else(|_| Err(io::Error::other("the job panicked")));
        self.leave(id, echoed, &outcome);
    }

    /// Counts a client that was accepted and could not be served.
    pub fn turned_away(&self) {
        let mut shared = lock(&self.shared);
        shared.report.accepted += 1;
        shared.report.lost += 1;
    }

    /// Shuts every connection down, which wakes the thread that is blocked in it. Clients that
    /// come later are closed at once.
    pub fn close(&self) {
        close(&self.shared);
    }

    /// What was done so far.
    #[must_use]
    pub fn report(&self) -> Report {
        lock(&self.shared).report
    }

    fn enter(&self, stream: &Arc<TcpStream>) -> Option<u64> {
        let mut shared = lock(&self.shared);
        if shared.closed {
            return None;
        }
        // The count of those accepted so far numbers them, too.
        let id = shared.report.accepted;
        shared.report.accepted += 1;
        shared.open.insert(id, Arc::clone(stream));
        Some(id)
    }

    fn leave(&self, id: u64, echoed: u64, outcome: &io::Result<()>) {
        let mut shared = lock(&self.shared);
        shared.open.remove(&id);
        shared.report.bytes_echoed += echoed;
        // An error that our own shutdown caused is not the client's.
        if outcome.is_err() && !shared.closed {
            shared.report.lost += 1;
        }
    }
}

// ANCHOR: close
fn close(shared: &Mutex<Shared>) {
    let mut shared = lock(shared);
    shared.closed = true;
    for stream in shared.open.values() {
        // Fails only for a client that is gone already.
        let _ = stream.shutdown(Shutdown::Both);
    }
}
// ANCHOR_END: close

/// Every change above is complete before anything can panic, so a poisoned lock is no error.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
