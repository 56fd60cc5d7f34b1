//! A listener on the loop: a transport and a protocol for each client that comes.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;

use ladder::socket::{self, ACCEPT_PAUSE, AcceptError, sort_accept_error};

use super::stream::ByteStream;
use super::{Protocol, attempt};
use crate::clients::ACCEPTS_MAX;
use crate::event_loop::{EventLoop, Fault, Side, WeakLoop};
use crate::selector::Source;

/// What clients come from.
pub trait Listener: Source + 'static {
    /// Makes `accept` not wait.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    fn prepare(&self) -> io::Result<()>;

    /// Takes the next client, in a stream that does not block.
    ///
    /// # Errors
    ///
    /// What accept(2) said.
    fn accept_stream(&self) -> io::Result<Rc<dyn ByteStream>>;
}

impl Listener for TcpListener {
    fn prepare(&self) -> io::Result<()> {
        self.set_nonblocking(true)
    }

    fn accept_stream(&self) -> io::Result<Rc<dyn ByteStream>> {
        let (stream, _) = self.accept()?;
        stream.set_nonblocking(true)?;
        // On some systems this fails for a client that is gone already. It will be noticed.
        let _ = socket::tune(&stream);
        Ok(Rc::new(stream))
    }
}

impl Listener for UnixListener {
    fn prepare(&self) -> io::Result<()> {
        self.set_nonblocking(true)
    }

    fn accept_stream(&self) -> io::Result<Rc<dyn ByteStream>> {
        let (stream, _) = self.accept()?;
        stream.set_nonblocking(true)?;
        Ok(Rc::new(stream))
    }
}

/// A server on a loop. It serves until it is closed, or until the loop is gone; dropping this name
/// of it changes nothing.
#[derive(Clone)]
pub struct Server {
    core: Rc<Core>,
}

struct Core {
    event_loop: WeakLoop,
    /// `None`: closed.
    listener: RefCell<Option<Rc<dyn Listener>>>,
    factory: RefCell<Box<dyn FnMut() -> Box<dyn Protocol>>>,
    made_at: &'static Location<'static>,
}

impl EventLoop {
    /// Serves each client of a bound TCP or Unix listener with a protocol that `factory` makes.
    ///
    /// # Errors
    ///
    /// When the selector does not take the listener.
    #[track_caller]
    pub fn create_server<L: Listener, P: Protocol + 'static>(
        &self,
        listener: L,
        mut factory: impl FnMut() -> P + 'static,
    ) -> io::Result<Server> {
        listener.prepare()?;
        let core = Core {
            event_loop: self.downgrade(),
            listener: RefCell::new(Some(Rc::new(listener))),
            factory: RefCell::new(Box::new(move || Box::new(factory()))),
            made_at: Location::caller(),
        };
        let server = Server { core: Rc::new(core) };
        server.core.listen(self)?;
        Ok(server)
    }
}

impl Server {
    /// Stops listening. Those who are connected stay.
    pub fn close(&self) {
        let Some(listener) = self.core.listener.borrow_mut().take() else { return };
        if let Some(event_loop) = self.core.event_loop.upgrade() {
            event_loop.remove_reader(&listener);
        }
    }

    /// Whether it listens, or will again after a pause for lack of descriptors.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.core.listener.borrow().is_some()
    }
}

impl Core {
    fn listen(self: &Rc<Core>, event_loop: &EventLoop) -> io::Result<()> {
        let Some(listener) = self.listener.borrow().clone() else { return Ok(()) };
        let core = Rc::clone(self);
        event_loop.watch(listener, Side::Reader, move |event_loop| core.accept(event_loop))?;
        Ok(())
    }

    /// Accepts those who wait, but not without end: those who are connected want their turn.
    fn accept(self: &Rc<Core>, event_loop: &EventLoop) {
        for _ in 0..ACCEPTS_MAX {
            let Some(listener) = self.listener.borrow().clone() else { return };
            match attempt(|| listener.accept_stream()) {
                Ok(None) => return,
                Ok(Some(stream)) => self.welcome(event_loop, stream),
                Err(error) => match sort_accept_error(&error) {
                    AcceptError::Next => {}
                    AcceptError::Pause => return self.pause(event_loop),
                    AcceptError::Fatal => return self.fail(event_loop, error),
                },
            }
        }
    }

    fn welcome(&self, event_loop: &EventLoop, stream: Rc<dyn ByteStream>) {
        // If it panics, this client is lost, and the next one may fare better.
        let made = catch_unwind(AssertUnwindSafe(|| (self.factory.borrow_mut())()));
        match made {
            Ok(protocol) => drop(event_loop.start(stream, protocol)),
            Err(payload) => {
                event_loop.call_exception_handler(&Fault::panic(&*payload, self.made_at));
            }
        }
    }

    /// Without a descriptor for it, the client stays in the queue and the listener stays ready.
    fn pause(self: &Rc<Core>, event_loop: &EventLoop) {
        let Some(listener) = self.listener.borrow().clone() else { return };
        event_loop.remove_reader(&listener);
        let core = Rc::clone(self);
        event_loop.call_later(ACCEPT_PAUSE, move |event_loop| {
            if let Err(error) = core.listen(event_loop) {
                core.fail(event_loop, error);
            }
        });
    }

    fn fail(self: &Rc<Core>, event_loop: &EventLoop, error: io::Error) {
        Server { core: Rc::clone(self) }.close();
        event_loop.call_exception_handler(&Fault::Server(error));
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("serving", &self.is_serving()).finish_non_exhaustive()
    }
}
