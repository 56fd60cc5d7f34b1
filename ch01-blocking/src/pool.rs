//! A fixed number of threads, and a bounded queue.
//!
//! Fixes: no thread is made per client, and their number is bounded (`threads`).
//! Still fails: as many silent clients as there are workers, and nobody else is served.
//! Next: chapter 2 asks what one thread could do if it never waited for anybody.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ladder::{Report, Stop};

use crate::acceptor::Acceptor;
use crate::clients::Clients;
use crate::echo::echo;

/// Threads that serve. A client holds one for as long as it stays, so this many are served at once.
pub const WORKERS: usize = 64;

/// Clients that were accepted and wait for a worker. When the queue is full nobody is accepted,
/// and further clients wait in the kernel's backlog: memory stays bounded.
pub const QUEUE_MAX: usize = 64;

/// Serves clients on [`WORKERS`] threads.
///
/// # Errors
///
/// When the listener fails, or a worker cannot be started.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_by(listener, stop, |stream, echoed| echo(stream, echoed))
}

/// The same pool for any `job`, as [`Clients::serve_by`] takes it: not all work is an echo.
///
/// # Errors
///
/// When the listener fails, or a worker cannot be started.
// ANCHOR: serve
pub fn serve_by(
    listener: TcpListener,
    stop: Stop,
    job: impl Fn(&TcpStream, &mut u64) -> io::Result<()> + Sync,
) -> io::Result<Report> {
    let job = &job;
    let clients = &Clients::new(&stop);
    let acceptor = Acceptor::new(listener, stop)?;
    let (queue, waiting) = mpsc::sync_channel(QUEUE_MAX);
    let waiting = &Mutex::new(waiting);
    thread::scope(move |scope| {
        for number in 0..WORKERS {
            let worker = thread::Builder::new().name(format!("worker {number}"));
            worker.spawn_scoped(scope, || work(waiting, clients, job))?;
        }
        let ended = acceptor.each(|stream| {
            // Waits while the queue is full; a stop empties it, see `work`. An error would mean
            // that nobody receives, but `waiting` outlives this scope.
            let _ = queue.send(stream);
        });
        clients.close();
        ended
        // The queue is dropped here, and the workers find it closed.
    })?;
    Ok(clients.report())
}

fn work(
    waiting: &Mutex<Receiver<TcpStream>>,
    clients: &Clients,
    job: &impl Fn(&TcpStream, &mut u64) -> io::Result<()>,
) {
    loop {
        // One worker waits in `recv`, the others wait for the lock: each client wakes one.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(stream) = next else { break };
        // After a stop this returns at once. A job that panics ends its client, and not the worker.
        clients.serve_by(stream, job);
    }
}
// ANCHOR_END: serve
