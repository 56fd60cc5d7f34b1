//! One client after the other.
//!
//! Fixes: nothing yet. It is the shortest server there is.
//! Still fails: whoever comes second waits until the first one leaves.
//! Next: `threads` gives each client somebody of its own to wait.

use std::io;
use std::net::TcpListener;

use ladder::{Report, Stop};

use crate::acceptor::Acceptor;
use crate::clients::Clients;

/// Serves one client at a time, on the calling thread.
///
/// # Errors
///
/// When the listener fails.
// ANCHOR: serve
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let clients = Clients::new(&stop);
    Acceptor::new(listener, stop)?.each(|stream| clients.serve(stream))?;
    Ok(clients.report())
}
// ANCHOR_END: serve
