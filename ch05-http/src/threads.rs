//! Our own HTTP server, a thread per connection.
//!
//! Fixes: bytes become requests (`threads` of chapter 1): heads in pieces, bodies sized and chunked,
//! pipelining, 100 Continue, and limits and times for all of it.
//! Still fails: browsers keep connections for later, and here each of them keeps a thread.
//! Next: `executor`, where it keeps some hundred bytes.

use std::cell::Cell;
use std::collections::HashMap;
use std::future::Future;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use ch01_blocking::acceptor::Acceptor;
use ladder::socket;
use ladder::{Report, Stop};

use crate::app::App;
use crate::connection::Connection;
use crate::scratch;
use crate::settings::Settings;
use crate::transport::Transport;
use crate::web::{Clock, Router};

/// A thread can do nothing else meanwhile, so it waits itself.
pub const CLOCK: Clock =
    Clock { now: Instant::now, sleep: |time| Box::pin(async move { thread::sleep(time) }) };

/// How often a thread that waits for its client looks at the time: deadlines are late by as much
/// at most. A look costs a few microseconds, so that a thousand silent clients cost half a percent
/// of a core.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Serves each client on a thread of its own.
///
/// # Errors
///
/// When the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_with(listener, stop, &App::new()?, Settings::default())
}

/// The same with other settings. At the stop, those whose requests are being answered have the
/// grace period.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve_with(
    listener: TcpListener,
    stop: Stop,
    app: &App,
    settings: Settings,
) -> io::Result<Report> {
    let clients = &Clients::default();
    let acceptor = Acceptor::new(listener, stop)?;
    thread::scope(|scope| {
        let ended = acceptor.each(|stream| {
            let stream = Arc::new(stream);
            let id = clients.enter(&stream, settings.connections);
            let serve = move || {
                serve_client(stream, app.router(), settings, || clients.lose());
                clients.leave(id);
            };
            // EAGAIN, pthread_create(3): no more threads. The closure is dropped, and with it this
            // one client; the others stay.
            if thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                clients.lose();
                clients.leave(id);
            }
        });
        clients.drain(settings.grace);
        ended
    })?;
    Ok(Report { bytes_echoed: app.bytes_echoed(), ..clients.lock().report })
}
// ANCHOR_END: serve

fn serve_client(stream: Arc<TcpStream>, router: &Router, settings: Settings, lost: impl FnOnce()) {
    match Blocking::new(stream) {
        // Why is the client's affair, and it was told.
        Ok(stream) => _ = block(Connection::new(stream, settings).serve(router, lost)),
        Err(_) => lost(),
    }
}

/// Runs a future whose every step blocks, where others would be pending.
fn block<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
        // Somebody was pending after all. Nobody would wake us: look again in a while.
        thread::sleep(Duration::from_millis(1));
    }
}

/// The connections that are open.
#[derive(Debug, Default)]
struct Clients {
    shared: Mutex<Shared>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Shared {
    open: HashMap<u64, Arc<TcpStream>>,
    stopping: bool,
    report: Report,
}

impl Clients {
    /// Counts a client in, once there is a place.
    fn enter(&self, stream: &Arc<TcpStream>, places: usize) -> u64 {
        let full = |shared: &mut Shared| shared.open.len() >= places;
        let entered = self.changed.wait_while(self.lock(), full);
        let mut shared = entered.unwrap_or_else(PoisonError::into_inner);
        // The count of those accepted so far numbers them, too.
        let id = shared.report.accepted;
        shared.report.accepted += 1;
        shared.open.insert(id, Arc::clone(stream));
        id
    }

    fn lose(&self) {
        let mut shared = self.lock();
        // What our own end of the connection did is not the client's fault.
        shared.report.lost += u64::from(!shared.stopping);
    }

    fn leave(&self, id: u64) {
        self.lock().open.remove(&id);
        self.changed.notify_all();
    }

    /// Ends their input, so that those who are owed nothing go, and the others when they have got
    /// it. After the grace period that is over, too.
    fn drain(&self, grace: Duration) {
        let mut shared = self.lock();
        shared.stopping = true;
        let shut = |shared: &Shared, how| {
            // Fails only for a client that is gone already.
            shared.open.values().for_each(|stream| _ = stream.shutdown(how));
        };
        shut(&shared, Shutdown::Read);
        let some = |shared: &mut Shared| !shared.open.is_empty();
        let waited = self.changed.wait_timeout_while(shared, grace, some);
        shared = waited.unwrap_or_else(PoisonError::into_inner).0;
        shut(&shared, Shutdown::Both);
    }

    /// Every change above is complete before anything can panic, so a poisoned lock is no error.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A TCP connection whose calls block.
#[derive(Debug)]
struct Blocking {
    stream: Arc<TcpStream>,
    deadline: Cell<Option<Instant>>,
}

impl Blocking {
    fn new(stream: Arc<TcpStream>) -> io::Result<Blocking> {
        socket::tune(&*stream)?;
        stream.set_read_timeout(Some(LOOK_EVERY))?;
        stream.set_write_timeout(Some(LOOK_EVERY))?;
        Ok(Blocking { stream, deadline: Cell::new(None) })
    }

    /// Makes a call until it says something, or the deadline has passed.
    fn until<R>(&self, mut call: impl FnMut(&TcpStream) -> io::Result<R>) -> Poll<io::Result<R>> {
        loop {
            match call(&self.stream) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // SO_RCVTIMEO or SO_SNDTIMEO, socket(7), under one of its two names.
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
                {
                    self.in_time()?;
                }
                said => return Poll::Ready(said),
            }
        }
    }

    /// Looked at before each call, too: a client that sends or takes a byte now and then never lets one
    /// time out.
    fn in_time(&self) -> io::Result<()> {
        match self.deadline.get() {
            Some(deadline) if Instant::now() >= deadline => Err(ErrorKind::TimedOut.into()),
            _ => Ok(()),
        }
    }
}

impl Transport for Blocking {
    const BLOCKS: bool = true;

    fn poll_read(
        &self,
        _context: &mut Context<'_>,
        input: &mut BytesMut,
    ) -> Poll<io::Result<usize>> {
        self.in_time()?;
        scratch::read_into(input, |room| self.until(|mut stream| stream.read(room)))
    }

    fn poll_write(&self, _context: &mut Context<'_>, output: &[u8]) -> Poll<io::Result<usize>> {
        self.in_time()?;
        self.until(|mut stream| stream.write(output))
    }

    fn poll_end_output(&self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.shutdown(Shutdown::Write))
    }

    fn set_deadline(&self, _now: Instant, deadline: Option<Instant>) {
        self.deadline.set(deadline);
    }

    fn clock(&self) -> Clock {
        CLOCK
    }
}
