//! Transports and protocols, after asyncio's.
//!
//! A loop of callbacks says that a descriptor is ready. What everybody does then is the same: read
//! some bytes, write the rest of some others, notice the end. A [`Transport`] does that, once for
//! all; a [`Protocol`] is told what came, and says what shall go.
//!
//! In reading order:
//!
//! - [`Protocol`]: what a connection tells whoever serves it, here below.
//! - [`buffer`]: output that waits, and the marks at which its writer is told.
//! - [`stream`]: what bytes can be moved through: a TCP or Unix socket, or one end of a pipe.
//! - [`transport`]: one connection, by name; and `connection`, what is behind it.
//! - [`server`], [`connect`]: how connections come to be.
//! - [`datagram`]: the same for UDP.
//! - [`pipe`]: the same for pipes.
//! - [`process`]: a child and its pipes; `running`, what is behind it, and `child`, its end.
//! - [`echo`]: the model `protocol`.

pub mod buffer;
mod child;
pub mod connect;
mod connection;
pub mod datagram;
pub mod echo;
pub mod pipe;
pub mod process;
mod running;
pub mod server;
pub mod stream;
pub mod transport;

pub use datagram::{DatagramProtocol, DatagramTransport};
pub use process::{SubprocessProtocol, SubprocessTransport};
pub use server::Server;
pub use transport::Transport;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::rc::Rc;

use ladder::socket::READ_BYTES;

use crate::event_loop::EventLoop;

/// What a connection tells whoever serves it, in this order: [`connection_made`] once; then
/// [`data_received`] as often as data comes; then [`eof_received`] at most once; and at the end,
/// whatever happened, [`connection_lost`] once. [`pause_writing`] and [`resume_writing`] take turns
/// in between.
///
/// Each gets the transport, so that a protocol need not keep it. A protocol that panics has its
/// connection aborted, and nobody else's.
///
/// [`connection_made`]: Protocol::connection_made
/// [`data_received`]: Protocol::data_received
/// [`eof_received`]: Protocol::eof_received
/// [`connection_lost`]: Protocol::connection_lost
/// [`pause_writing`]: Protocol::pause_writing
/// [`resume_writing`]: Protocol::resume_writing
#[expect(unused_variables, reason = "the names are for the reader; a default does nothing")]
pub trait Protocol {
    /// The connection is there.
    fn connection_made(&mut self, transport: &Transport) {}

    /// Some bytes came: a piece of the stream, and no message.
    fn data_received(&mut self, transport: &Transport, data: &[u8]) {}

    /// The peer has ended its side. True: it still reads, and this side stays open until
    /// [`Transport::close`]. False, as asyncio has it by default: close, after what is pending.
    fn eof_received(&mut self, transport: &Transport) -> bool {
        false
    }

    /// The peer takes less than is written: more than the high-water mark waits. A protocol that
    /// goes on writing fills the memory, up to [`buffer::BUFFERED_BYTES_MAX`].
    ///
    /// asyncio calls this in the middle of `write`. Here it is called when the protocol's method
    /// that wrote has come back, because that one has borrowed the protocol.
    fn pause_writing(&mut self, transport: &Transport) {}

    /// What waits has shrunk to the low-water mark.
    fn resume_writing(&mut self, transport: &Transport) {}

    /// The connection is over: without an error when either side closed it in order.
    fn connection_lost(&mut self, transport: &Transport, error: Option<io::Error>) {}
}

/// Whatever has a descriptor of its own on a loop, and can be ended.
pub(crate) trait Tenant {
    fn abort(self: Rc<Self>);

    /// SIGCHLD came. Children look whether it was about them.
    fn child_may_have_exited(self: Rc<Self>, _event_loop: &EventLoop) {}
}

/// Who stands on a loop: they live until they leave, or until the loop is dropped.
pub(crate) struct Tenants {
    living: RefCell<BTreeMap<u64, Rc<dyn Tenant>>>,
    came: Cell<u64>,
    /// What they all read into: one at a time, so one is enough.
    pub(crate) buffer: RefCell<Box<[u8]>>,
}

impl Default for Tenants {
    fn default() -> Tenants {
        let buffer = vec![0; READ_BYTES].into_boxed_slice();
        Tenants { living: RefCell::default(), came: Cell::new(0), buffer: RefCell::new(buffer) }
    }
}

impl Tenants {
    pub(crate) fn enter(&self, tenant: Rc<dyn Tenant>) -> u64 {
        let number = self.came.get();
        self.came.set(number + 1);
        self.living.borrow_mut().insert(number, tenant);
        number
    }

    pub(crate) fn leave(&self, number: u64) {
        let left = self.living.borrow_mut().remove(&number);
        drop(left);
    }

    pub(crate) fn all(&self) -> Vec<Rc<dyn Tenant>> {
        self.living.borrow().values().cloned().collect()
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let living = self.living.borrow().len();
        f.debug_struct("Tenants").field("living", &living).finish_non_exhaustive()
    }
}

impl EventLoop {
    /// How many transports there are: those of connections, of datagrams, of children.
    #[must_use]
    pub fn transports(&self) -> usize {
        self.tenants().living.borrow().len()
    }

    /// Aborts all transports, as [`Transport::abort`] does. Their protocols hear of it in the next
    /// iteration.
    pub fn abort_all(&self) {
        for tenant in self.tenants().all() {
            tenant.abort();
        }
    }
}

/// Makes a call again that a signal interrupted. `None`: it would block.
pub(crate) fn attempt<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<Option<T>> {
    loop {
        match call() {
            Ok(value) => return Ok(Some(value)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
