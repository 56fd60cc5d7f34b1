//! Callbacks in their oldest shape, after Python's asyncore.
//!
//! The servers before this kept a table of clients and a `match` on the token of each event. Here
//! the table is a library's. Whoever has a socket is a [`Dispatcher`]: an object that is asked what
//! it waits for, and is called when that is there.
//!
//! In reading order:
//!
//! - [`Dispatcher`]: what is asked, and what is called.
//! - [`channel`]: the socket of a dispatcher, and what it may do with it.
//! - [`map`]: all of them, and the loop; `entry`: one of them.
//! - [`echo`]: the model `dispatcher`.
//! - [`collector`]: bytes that come in pieces, cut into messages at a terminator.
//! - [`outbox`]: output that waits, and producers that make it when there is room.
//! - [`chat`]: the two together, after Python's asynchat.
//!
//! Some things differ from asyncore on purpose. There, `writable` is true unless one says
//! otherwise, and so a client that is only connected keeps the loop awake for ever. There, the end of
//! a peer's side closes the channel, and what was to be sent is lost. Here neither is so.

pub mod channel;
pub mod chat;
pub mod collector;
pub mod echo;
mod entry;
pub mod map;
pub mod outbox;

pub use channel::Channel;
pub use chat::{AsyncChat, Chat};
pub use collector::Terminator;
pub use map::Map;
pub use outbox::{Outbox, Producer};

use std::io;
use std::net::TcpStream;

/// Whoever has a socket.
///
/// All `handle_…` may fail. An error goes to [`Dispatcher::handle_error`] of this one, and to
/// nobody else.
#[expect(unused_variables, reason = "the names are for the reader; a default does nothing")]
pub trait Dispatcher {
    /// Whether it waits for input: asked before each wait.
    fn readable(&self) -> bool {
        true
    }

    /// Whether it waits for room for output: asked before each wait. Nearly always there is room,
    /// so say so only while there is something to send.
    fn writable(&self) -> bool {
        false
    }

    /// Whether it is to be closed: asked before each wait, for others may have decided it.
    fn is_done(&self) -> bool {
        false
    }

    /// The connection that was begun is there.
    ///
    /// # Errors
    ///
    /// What it likes; as all of these.
    fn handle_connect(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        Ok(())
    }

    /// A client came to this listener. [`Channel::add`] takes it in.
    ///
    /// # Errors
    ///
    /// They end the listener, so better none.
    fn handle_accept(&mut self, channel: &mut Channel<'_>, client: TcpStream) -> io::Result<()> {
        Ok(())
    }

    /// There is input, or its end.
    ///
    /// # Errors
    ///
    /// Those of [`Channel::recv`] may be passed on.
    fn handle_read(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        Ok(())
    }

    /// There is room for output.
    ///
    /// # Errors
    ///
    /// Those of [`Channel::send`] may be passed on.
    fn handle_write(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        Ok(())
    }

    /// A read met the end of the peer's side. Who still has something to send stays, is not
    /// `readable` any more, and closes later.
    ///
    /// # Errors
    ///
    /// What it likes.
    fn handle_close(&mut self, channel: &mut Channel<'_>) -> io::Result<()> {
        channel.close();
        Ok(())
    }

    /// Something failed: a call on the socket, the connecting, or a `handle_…`.
    fn handle_error(&mut self, channel: &mut Channel<'_>, error: io::Error) {
        channel.close();
    }

    /// The socket is closed, and this dispatcher is about to be dropped: called once, last.
    fn handle_closed(&mut self) {}
}
