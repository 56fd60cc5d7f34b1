//! Datagrams on the loop.
//!
//! A datagram comes whole or not at all, from anybody, and there is no end: so there is no stream
//! of data, no half-close, and no peer who could be made to wait. Output waits only while the
//! socket's own buffer is full; what would wait beyond a bound is dropped, as the network would do.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::{Rc, Weak};

use super::{Tenant, attempt};
use crate::event_loop::{EventLoop, Fault, WeakLoop, message_of};

/// Datagrams taken in one turn; then it is somebody else's.
const DATAGRAMS_MAX: usize = 16;

/// The largest payload that UDP can carry, over IPv6: 16 bits of length, less its own header of 8
/// (RFC 768). So nothing is ever cut off.
const DATAGRAM_BYTES_MAX: usize = 65_535 - 8;

/// Bytes that may wait for room in the socket.
pub const QUEUED_BYTES_MAX: usize = 1 << 20;

/// What an endpoint tells whoever serves it.
#[expect(unused_variables, reason = "the names are for the reader; a default does nothing")]
pub trait DatagramProtocol {
    /// The endpoint is there.
    fn connection_made(&mut self, transport: &DatagramTransport) {}

    /// A whole datagram came.
    fn datagram_received(&mut self, transport: &DatagramTransport, data: &[u8], from: SocketAddr) {}

    /// Something that was sent did not arrive, and somebody said so (ICMP; udp(7)). The endpoint
    /// goes on.
    fn error_received(&mut self, transport: &DatagramTransport, error: io::Error) {}

    /// The endpoint is closed.
    fn connection_lost(&mut self, transport: &DatagramTransport, error: Option<io::Error>) {}
}

/// An endpoint, by name, as [`Transport`](super::Transport) is one of a connection.
#[derive(Clone)]
pub struct DatagramTransport {
    core: Weak<Core>,
}

struct Core {
    event_loop: WeakLoop,
    socket: Rc<UdpSocket>,
    protocol: Cell<Option<Box<dyn DatagramProtocol>>>,
    queue: RefCell<VecDeque<(Vec<u8>, Option<SocketAddr>)>>,
    queued_bytes: Cell<usize>,
    closing: Cell<bool>,
    lost: Cell<bool>,
    dropped: Cell<u64>,
    tenancy: Cell<Option<u64>>,
    made_at: &'static Location<'static>,
}

impl EventLoop {
    /// Puts a protocol onto a bound socket, connected or not.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    #[track_caller]
    pub fn create_datagram_endpoint(
        &self,
        socket: UdpSocket,
        protocol: impl DatagramProtocol + 'static,
    ) -> io::Result<DatagramTransport> {
        socket.set_nonblocking(true)?;
        let core = Rc::new(Core {
            event_loop: self.downgrade(),
            socket: Rc::new(socket),
            protocol: Cell::new(Some(Box::new(protocol))),
            queue: RefCell::default(),
            queued_bytes: Cell::new(0),
            closing: Cell::new(false),
            lost: Cell::new(false),
            dropped: Cell::new(0),
            tenancy: Cell::new(None),
            made_at: Location::caller(),
        });
        core.tenancy.set(Some(self.tenants().enter(Rc::clone(&core) as _)));
        let transport = DatagramTransport { core: Rc::downgrade(&core) };
        self.call_soon(move |event_loop| {
            core.tell(|protocol, transport| protocol.connection_made(transport));
            core.watch_input(event_loop);
        });
        Ok(transport)
    }
}

impl DatagramTransport {
    /// Sends one datagram to `to`, or to whom the socket is connected. Errors that concern it alone
    /// come as [`DatagramProtocol::error_received`].
    pub fn send_to(&self, data: &[u8], to: Option<SocketAddr>) {
        if let Some(core) = self.core.upgrade() {
            core.send(data, to);
        }
    }

    /// Sends what waits, and then closes the endpoint.
    pub fn close(&self) {
        let Some(core) = self.core.upgrade() else { return };
        core.closing.set(true);
        if let Some(event_loop) = core.event_loop.upgrade() {
            event_loop.remove_reader(&*core.socket);
        }
        if core.queue.borrow().is_empty() {
            core.lose(None);
        }
    }

    /// Closes the endpoint now, and drops what waits.
    pub fn abort(&self) {
        if let Some(core) = self.core.upgrade() {
            core.lose(None);
        }
    }

    /// Datagrams that were dropped because [`QUEUED_BYTES_MAX`] waited already.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.core.upgrade().map_or(0, |core| core.dropped.get())
    }

    /// Calls `with` with the endpoint's loop. `None`: both are gone.
    pub fn with_loop<R>(&self, with: impl FnOnce(&EventLoop) -> R) -> Option<R> {
        let event_loop = self.core.upgrade()?.event_loop.upgrade()?;
        Some(with(&event_loop))
    }

    /// Its own address.
    ///
    /// # Errors
    ///
    /// `NotConnected` when it is closed.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.core.upgrade().ok_or(ErrorKind::NotConnected)?.socket.local_addr()
    }
}

impl Core {
    fn tell(self: &Rc<Core>, what: impl FnOnce(&mut dyn DatagramProtocol, &DatagramTransport)) {
        let Some(mut protocol) = self.protocol.take() else { return };
        let transport = DatagramTransport { core: Rc::downgrade(self) };
        let outcome = catch_unwind(AssertUnwindSafe(|| what(&mut *protocol, &transport)));
        self.protocol.set(Some(protocol));
        if let Err(payload) = outcome {
            if let Some(event_loop) = self.event_loop.upgrade() {
                let fault = Fault::panic(&*payload, self.made_at);
                event_loop.call_exception_handler(&fault);
            }
            let text = format!("its protocol panicked: {}", message_of(&*payload));
            self.lose(Some(io::Error::other(text)));
        }
    }

    fn watch_input(self: &Rc<Core>, event_loop: &EventLoop) {
        if self.closing.get() || self.lost.get() {
            return;
        }
        let core = Rc::clone(self);
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let watched = event_loop.add_reader(&self.socket, move |_| core.read_ready(&mut buffer));
        if let Err(error) = watched {
            self.lose(Some(error));
        }
    }

    fn read_ready(self: &Rc<Core>, buffer: &mut [u8]) {
        for _ in 0..DATAGRAMS_MAX {
            if self.closing.get() || self.lost.get() {
                return;
            }
            match attempt(|| self.socket.recv_from(buffer)) {
                Ok(None) => return,
                Ok(Some((read, from))) => self.tell(|protocol, transport| {
                    protocol.datagram_received(transport, &buffer[..read], from);
                }),
                Err(error) => self.error_soon(error),
            }
        }
    }

    fn send(self: &Rc<Core>, data: &[u8], to: Option<SocketAddr>) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        if self.closing.get() || self.lost.get() {
            return;
        }
        if self.queue.borrow().is_empty() {
            match self.try_send(data, to) {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => return self.error_soon(error),
            }
        }
        if self.queued_bytes.get() + data.len() > QUEUED_BYTES_MAX {
            self.dropped.set(self.dropped.get() + 1);
            return;
        }
        if self.queue.borrow().is_empty() {
            let core = Rc::clone(self);
            let watched = event_loop.add_writer(&self.socket, move |event_loop| {
                core.write_ready(event_loop);
            });
            if let Err(error) = watched {
                return self.lose(Some(error));
            }
        }
        self.queued_bytes.set(self.queued_bytes.get() + data.len());
        self.queue.borrow_mut().push_back((data.to_vec(), to));
    }

    /// False: there is no room.
    fn try_send(&self, data: &[u8], to: Option<SocketAddr>) -> io::Result<bool> {
        let sent = attempt(|| match to {
            Some(to) => self.socket.send_to(data, to),
            None => self.socket.send(data),
        })?;
        Ok(sent.is_some())
    }

    fn write_ready(self: &Rc<Core>, event_loop: &EventLoop) {
        for _ in 0..DATAGRAMS_MAX {
            let Some((data, to)) = self.queue.borrow_mut().pop_front() else { break };
            match self.try_send(&data, to) {
                Ok(false) => {
                    self.queue.borrow_mut().push_front((data, to));
                    return;
                }
                outcome => {
                    self.queued_bytes.set(self.queued_bytes.get() - data.len());
                    if let Err(error) = outcome {
                        self.error_soon(error);
                    }
                }
            }
        }
        if self.queue.borrow().is_empty() {
            event_loop.remove_writer(&*self.socket);
            if self.closing.get() {
                self.lose(None);
            }
        }
    }

    /// In the next iteration: the protocol may be in the middle of sending this one.
    fn error_soon(self: &Rc<Core>, error: io::Error) {
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        let core = Rc::clone(self);
        event_loop.call_soon(move |_| {
            if !core.lost.get() {
                core.tell(|protocol, transport| protocol.error_received(transport, error));
            }
        });
    }

    fn lose(self: &Rc<Core>, error: Option<io::Error>) {
        if self.lost.replace(true) {
            return;
        }
        let Some(event_loop) = self.event_loop.upgrade() else { return };
        event_loop.remove_reader(&*self.socket);
        event_loop.remove_writer(&*self.socket);
        let core = Rc::clone(self);
        event_loop.call_soon(move |event_loop| {
            core.tell(|protocol, transport| protocol.connection_lost(transport, error));
            drop(core.protocol.take());
            core.queue.borrow_mut().clear();
            if let Some(tenancy) = core.tenancy.take() {
                event_loop.tenants().leave(tenancy);
            }
        });
    }
}

impl Tenant for Core {
    fn abort(self: Rc<Core>) {
        self.lose(None);
    }
}

impl fmt::Debug for DatagramTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let queued = self.core.upgrade().map_or(0, |core| core.queued_bytes.get());
        f.debug_struct("DatagramTransport").field("queued", &queued).finish_non_exhaustive()
    }
}
