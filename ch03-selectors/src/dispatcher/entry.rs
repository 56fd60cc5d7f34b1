//! One dispatcher in the map: what it waits for, and which of its methods an event is for.

use std::io::{self, ErrorKind};

use ladder::socket::{AcceptError, sort_accept_error};

use super::Dispatcher;
use super::channel::{Channel, Newcomer, Socket};
use crate::clients::{ACCEPTS_MAX, Accepted};
use crate::event::{Event, Interest};
use crate::selector::Registration;

/// A dispatcher and its socket.
pub(super) struct Entry {
    pub(super) socket: Registration<Socket>,
    pub(super) stage: Stage,
    pub(super) dispatcher: Box<dyn Dispatcher>,
    /// A read met the end of the peer's side.
    pub(super) ended: bool,
    pub(super) closed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Listening,
    Connecting,
    Connected,
}

impl Entry {
    pub(super) fn interest(&self, accepting: bool) -> Interest {
        let (readable, writable) = match self.stage {
            Stage::Listening => (accepting && self.dispatcher.readable(), false),
            // It is over when it is writable.
            Stage::Connecting => (false, true),
            Stage::Connected => (self.dispatcher.readable(), self.dispatcher.writable()),
        };
        Interest { readable, writable }
    }

    /// Calls one method, and takes its error to the one for errors.
    fn call(
        &mut self,
        newcomers: &mut Vec<Newcomer>,
        what: impl FnOnce(&mut dyn Dispatcher, &mut Channel<'_>) -> io::Result<()>,
    ) {
        let Entry { socket, dispatcher, ended, closed, .. } = self;
        let mut channel = Channel { socket: socket.source(), newcomers, ended, closed };
        match what(&mut **dispatcher, &mut channel) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                dispatcher.handle_error(&mut channel, error);
            }
            _ => {}
        }
    }

    pub(super) fn serve(&mut self, event: &Event, newcomers: &mut Vec<Newcomer>) {
        let (reads, writes) = (self.dispatcher.readable(), self.dispatcher.writable());
        if event.readable && reads {
            self.call(newcomers, |dispatcher, channel| dispatcher.handle_read(channel));
            if std::mem::take(&mut self.ended) && !self.closed {
                self.call(newcomers, |dispatcher, channel| dispatcher.handle_close(channel));
            }
        }
        if event.writable && writes && !self.closed {
            self.call(newcomers, |dispatcher, channel| dispatcher.handle_write(channel));
        }
        if event.exceptional && !reads && !writes {
            // Both sides are gone, and whoever waits for nothing will not notice: but it would be
            // reported for ever, for it cannot be masked.
            self.call(newcomers, |_, _| Err(ErrorKind::ConnectionAborted.into()));
        }
    }

    /// Writable can be good news or bad; `SO_ERROR` knows.
    pub(super) fn finish_connect(&mut self, newcomers: &mut Vec<Newcomer>) {
        let Socket::Stream(stream) = self.socket.source() else { return };
        let outcome = stream.take_error().and_then(|error| error.map_or(Ok(()), Err));
        if outcome.is_ok() && stream.peer_addr().is_err_and(|e| e.kind() == ErrorKind::NotConnected)
        {
            return;
        }
        self.stage = Stage::Connected;
        self.call(newcomers, |dispatcher, channel| {
            outcome.and_then(|()| dispatcher.handle_connect(channel))
        });
    }

    pub(super) fn accept(&mut self, newcomers: &mut Vec<Newcomer>) -> Accepted {
        for _ in 0..ACCEPTS_MAX {
            let Socket::Listener(listener) = self.socket.source() else { break };
            match listener.accept() {
                Ok((client, _)) => self.call(newcomers, |dispatcher, channel| {
                    dispatcher.handle_accept(channel, client)
                }),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Accepted::All,
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Pause => return Accepted::Paused,
                    AcceptError::Fatal => self.call(newcomers, |_, _| Err(error)),
                },
            }
            if self.closed {
                break;
            }
        }
        Accepted::Some
    }
}
