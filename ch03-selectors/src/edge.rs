//! The echo server under edge triggering: a client is named once, when something has changed.
//!
//! So everything is registered once, for both directions, and never changed: a wake-up costs no
//! second system call. The price is a rule. Whoever is named must be drained until `WouldBlock`,
//! or be remembered here, because the kernel will not name it again (epoll(7)).

use std::collections::VecDeque;
use std::io;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::Duration;

use ch02_nonblocking::connection::Next;
use ladder::{Report, Stop};

use crate::clients::{Accepted, Clients, LISTENER, STOP};
use crate::event::{Event, Interest, Token, Trigger};
use crate::selector::Selector;

/// Serves until the stop is requested.
///
/// # Errors
///
/// When the selector or the listener fails.
// ANCHOR: serve
pub fn serve(selector: Rc<dyn Selector>, listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let clients = Clients::new(selector, listener, stop, Interest::BOTH, Trigger::Edge)?;
    let mut server = Server { clients, unfinished: VecDeque::new(), accepted: Accepted::All };
    let mut events = Vec::new();
    while server.clients.wait(&mut events, server.timeout())? {
        // Those who are named now, then those who were not done with: everyone gets one turn.
        let carried_over = server.unfinished.len();
        for event in &events {
            server.take(event)?;
        }
        for _ in 0..carried_over {
            server.carry_on();
        }
        if server.accepted == Accepted::Some || server.clients.may_resume() {
            server.accepted = server.clients.accept()?;
        }
    }
    Ok(server.clients.report())
}

struct Server {
    clients: Clients,
    /// Clients whose turn was over before their input was. Nobody but we know of them.
    unfinished: VecDeque<Token>,
    accepted: Accepted,
}

impl Server {
    /// With work left over there is no time to sleep; only to see who else is ready.
    fn timeout(&self) -> Option<Duration> {
        let left_over = !self.unfinished.is_empty() || self.accepted == Accepted::Some;
        left_over.then_some(Duration::ZERO)
    }

    fn take(&mut self, event: &Event) -> io::Result<()> {
        match event.token {
            STOP => {}
            LISTENER => self.accepted = self.clients.accept()?,
            token => {
                let Some(client) = self.clients.get_mut(token) else { return Ok(()) };
                // A fact that the kernel tells once, and that stays true.
                client.exceptional |= event.exceptional;
                // One that waits in the queue has its turn there.
                if !client.queued {
                    self.turn(token);
                }
            }
        }
        Ok(())
    }

    fn carry_on(&mut self) {
        let Some(token) = self.unfinished.pop_front() else { return };
        let Some(client) = self.clients.get_mut(token) else { return };
        client.queued = false;
        self.turn(token);
    }

    fn turn(&mut self, token: Token) {
        // Whoever waits to read or to write was asked until it said so, and will be named again.
        if self.clients.turn(token) != Some(Next::Turn) {
            return;
        }
        if let Some(client) = self.clients.get_mut(token) {
            client.queued = true;
            self.unfinished.push_back(token);
        }
    }
}
// ANCHOR_END: serve
