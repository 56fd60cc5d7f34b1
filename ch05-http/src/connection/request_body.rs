//! A request's body, read by whoever wants it.

use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::Connection;
use crate::proto::Received;
use crate::transport::Transport;
use crate::web::Source;

/// The body of the request that is being answered. It is read when its reader asks, and not before.
pub(super) struct RequestBody<T> {
    pub(super) connection: Rc<Connection<T>>,
    /// Its reader waits, and the time for that runs.
    pub(super) waits: bool,
}

impl<T: Transport + 'static> Source for RequestBody<T> {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let connection = &*self.connection;
        loop {
            let (received, whole) = connection
                .with(|state| (state.server.receive(&mut state.input), state.server.is_whole()));
            match received {
                Ok(Received::Data(data)) => {
                    self.waits = false;
                    return Poll::Ready(Some(Ok(data)));
                }
                Ok(Received::Nothing) if !whole => {}
                Ok(_) => return Poll::Ready(None),
                Err(fault) => {
                    let error = io::Error::new(io::ErrorKind::InvalidData, fault);
                    return Poll::Ready(Some(Err(error)));
                }
            }
            // Now the body is wanted.
            connection.with(|state| state.server.send_continue(&mut state.output));
            if let Poll::Ready(Err(error)) = connection.poll_flush(context) {
                return Poll::Ready(Some(Err(error)));
            }
            if !self.waits {
                self.waits = true;
                connection.bound(connection.settings.body);
            }
            if let Err(error) = ready!(connection.poll_input(context)) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    fn length(&self) -> Option<u64> {
        self.connection.with(|state| state.server.body_left())
    }
}

impl<T> Drop for RequestBody<T> {
    fn drop(&mut self) {
        self.connection.body_held.set(false);
    }
}
