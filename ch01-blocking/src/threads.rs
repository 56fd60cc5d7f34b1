//! One thread per client.
//!
//! Fixes: a slow client no longer blocks the others (`iterative`).
//! Still fails: ten thousand idle clients cost ten thousand stacks.
//! Next: `pool` bounds the threads.

use std::io;
use std::net::TcpListener;
use std::thread;

use ladder::{Report, Stop};

use crate::acceptor::Acceptor;
use crate::clients::Clients;

/// Serves each client on a thread of its own.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let clients = Clients::new(&stop);
    let acceptor = Acceptor::new(listener, stop)?;
    // The scope ends when its last thread has: no thread outlives the server.
    thread::scope(|scope| {
        let ended = acceptor.each(|stream| {
            let serve = || clients.serve(stream);
            // EAGAIN, pthread_create(3): no more threads. The closure is dropped, and with it this
            // one client; the others stay.
            if thread::Builder::new().spawn_scoped(scope, serve).is_err() {
                clients.turned_away();
            }
        });
        clients.close();
        ended
    })?;
    Ok(clients.report())
}
// ANCHOR_END: serve
