//! The echo server under level triggering: a client is named as long as it is ready.
//!
//! So nothing that is left undone is forgotten; the next wait names it again. The one rule is not
//! to ask for what is always true. Nearly every socket has room for output nearly always: whoever
//! leaves that interest on, never sleeps again.

use std::io;
use std::net::TcpListener;
use std::rc::Rc;

use ch02_nonblocking::connection::Next;
use ladder::{Report, Stop};

use crate::clients::{Accepted, Clients, LISTENER, STOP};
use crate::event::{Interest, Token, Trigger};
use crate::selector::Selector;

/// Serves until the stop is requested.
///
/// # Errors
///
/// When the selector or the listener fails.
// ANCHOR: serve
pub fn serve(selector: Rc<dyn Selector>, listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let mut clients = Clients::new(selector, listener, stop, Interest::READABLE, Trigger::Level)?;
    let mut events = Vec::new();
    while clients.wait(&mut events, None)? {
        for event in &events {
            match event.token {
                STOP => {}
                LISTENER => accept(&mut clients)?,
                client => turn(&mut clients, client),
            }
        }
        if clients.may_resume() {
            accept(&mut clients)?;
        }
    }
    Ok(clients.report())
}

fn turn(clients: &mut Clients, token: Token) {
    let interest = match clients.turn(token) {
        // Room for output is asked for only while output waits, and input only while none does.
        Some(Next::Write) => Interest::WRITABLE,
        // What is left for another turn will be named again.
        Some(Next::Read | Next::Turn) => Interest::READABLE,
        Some(Next::Close) | None => return,
    };
    let Some(client) = clients.get_mut(token) else { return };
    if client.connection.stream().set_interest(interest).is_err() {
        clients.lose(token);
    }
}

fn accept(clients: &mut Clients) -> io::Result<()> {
    // A client that cannot be accepted keeps the listener ready. To go on asking would be to spin.
    let interest = match clients.accept()? {
        Accepted::Paused => Interest::NONE,
        Accepted::All | Accepted::Some => Interest::READABLE,
    };
    clients.listener().set_interest(interest)
}
// ANCHOR_END: serve
