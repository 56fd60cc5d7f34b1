//! All dispatchers, and the loop that calls them.
//!
//! Each turn asks everybody what they wait for, hands that to the selector, and calls those who are
//! ready. To ask everybody is simple, and always right: one dispatcher's call may give another one
//! something to write. It also makes each turn cost as much as there are clients, which epoll had
//! just spared us; only the system call is saved for those whose answer is the same as before.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::Instant;

use ladder::socket::ACCEPT_PAUSE;

use super::Dispatcher;
use super::channel::{Newcomer, Socket, begin_to_connect};
use super::entry::{Entry, Stage};
use crate::clients::Accepted;
use crate::event::{Event, Interest, Token, Trigger, Watch};
use crate::selector::{Registration, Selector};
use crate::slots::Slots;

/// The stop's name. No dispatcher's: a table never grows to this index.
const STOP: Token = Token { index: u32::MAX, generation: 0 };

/// Dispatchers by token.
pub struct Map {
    selector: Rc<dyn Selector>,
    slots: Slots<Entry>,
    /// Of those who are in it, in the order in which they came.
    tokens: Vec<Token>,
    /// When accepting may go on, if there were no descriptors.
    resume_at: Option<Instant>,
    /// What the selector fills; kept for its memory.
    events: Vec<Event>,
    /// A stop can end a wait, so there may be one also without dispatchers.
    awaits_stop: bool,
}

impl Map {
    /// A map over a selector with level triggering.
    #[must_use]
    pub fn new(selector: Rc<dyn Selector>) -> Map {
        let (slots, tokens, events) = (Slots::default(), Vec::new(), Vec::new());
        Map { selector, slots, tokens, resume_at: None, events, awaits_stop: false }
    }

    /// How many dispatchers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Takes in somebody with a bound listener.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    pub fn listen(
        &mut self,
        listener: TcpListener,
        dispatcher: impl Dispatcher + 'static,
    ) -> io::Result<()> {
        let (socket, dispatcher) = (Socket::Listener(listener), Box::new(dispatcher));
        self.enter(Newcomer { socket, connecting: false, dispatcher })
    }

    /// Takes in somebody with a connected stream.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    pub fn add(
        &mut self,
        stream: TcpStream,
        dispatcher: impl Dispatcher + 'static,
    ) -> io::Result<()> {
        let (socket, dispatcher) = (Socket::Stream(stream), Box::new(dispatcher));
        self.enter(Newcomer { socket, connecting: false, dispatcher })
    }

    /// Begins a connection to `addr`, and takes in whoever it is for.
    ///
    /// # Errors
    ///
    /// What socket(2) said, and what connect(2) said at once.
    pub fn connect(
        &mut self,
        addr: SocketAddr,
        dispatcher: impl Dispatcher + 'static,
    ) -> io::Result<()> {
        let socket = Socket::Stream(begin_to_connect(addr)?);
        self.enter(Newcomer { socket, connecting: true, dispatcher: Box::new(dispatcher) })
    }

    /// Runs until nobody is left.
    ///
    /// # Errors
    ///
    /// When the selector fails.
    pub fn run(&mut self) -> io::Result<()> {
        while !self.is_empty() {
            self.turn()?;
        }
        Ok(())
    }

    /// Runs until `stop` is requested, which must be registered: see [`Map::watch_stop`].
    ///
    /// # Errors
    ///
    /// When the selector fails.
    pub fn run_until(&mut self, stop: &Registration<ladder::Stop>) -> io::Result<()> {
        while !stop.source().is_requested() {
            self.turn()?;
        }
        // Whoever is still here is told, as everybody is.
        for token in std::mem::take(&mut self.tokens) {
            self.leave(token);
        }
        Ok(())
    }

    /// Registers a stop, so that it ends a wait.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    pub fn watch_stop(&mut self, stop: ladder::Stop) -> io::Result<Registration<ladder::Stop>> {
        let watch = Watch { token: STOP, interest: Interest::READABLE, trigger: Trigger::Level };
        let registered = Registration::new(&self.selector, stop, watch)?;
        self.awaits_stop = true;
        Ok(registered)
    }

    /// One turn: asks everybody, waits, and calls those who are ready.
    ///
    /// # Errors
    ///
    /// When the selector fails.
    pub fn turn(&mut self) -> io::Result<()> {
        if self.resume_at.is_some_and(|at| at <= Instant::now()) {
            self.resume_at = None;
        }
        let slots = &mut self.slots;
        let is_done =
            |token: &Token| slots.get_mut(*token).is_some_and(|it| it.dispatcher.is_done());
        let done: Vec<Token> = self.tokens.iter().copied().filter(is_done).collect();
        for token in done {
            self.leave(token);
        }
        // In one go: to take each out of the list by itself would be a walk for each.
        let slots = &mut self.slots;
        self.tokens.retain(|token| slots.get_mut(*token).is_some());
        let accepting = self.resume_at.is_none();
        for &token in &self.tokens {
            if let Some(entry) = self.slots.get_mut(token) {
                entry.socket.set_interest(entry.interest(accepting))?;
            }
        }
        if self.tokens.is_empty() && !self.awaits_stop {
            // Nothing would ever end the wait.
            return Ok(());
        }
        let until = self.resume_at.map(|at| at.saturating_duration_since(Instant::now()));
        let mut events = std::mem::take(&mut self.events);
        self.selector.select(&mut events, until)?;
        for event in &events {
            self.dispatch(event);
        }
        self.events = events;
        Ok(())
    }

    fn dispatch(&mut self, event: &Event) {
        // An event for the stop, or for somebody whom an earlier one closed, finds nobody.
        let Some(entry) = self.slots.get_mut(event.token) else { return };
        let mut newcomers = Vec::new();
        match entry.stage {
            Stage::Listening => {
                if entry.accept(&mut newcomers) == Accepted::Paused {
                    self.resume_at = Some(Instant::now() + ACCEPT_PAUSE);
                }
            }
            Stage::Connecting => entry.finish_connect(&mut newcomers),
            Stage::Connected => entry.serve(event, &mut newcomers),
        }
        if entry.closed {
            self.leave(event.token);
        }
        for newcomer in newcomers {
            // Whoever the selector does not take was told, and nobody else has to be.
            let _ = self.enter(newcomer);
        }
    }

    fn enter(&mut self, newcomer: Newcomer) -> io::Result<()> {
        let Newcomer { socket, connecting, dispatcher } = newcomer;
        let stage = match &socket {
            Socket::Listener(_) => Stage::Listening,
            Socket::Stream(_) if connecting => Stage::Connecting,
            Socket::Stream(_) => Stage::Connected,
        };
        let (selector, mut dispatcher) = (&self.selector, Some(dispatcher));
        let entered = self.slots.try_insert(|token| {
            socket.set_nonblocking()?;
            let watch = Watch { token, interest: Interest::NONE, trigger: Trigger::Level };
            let socket = Registration::new(selector, socket, watch)?;
            let dispatcher = dispatcher.take().ok_or(ErrorKind::NotFound)?;
            io::Result::Ok(Entry { socket, stage, dispatcher, ended: false, closed: false })
        });
        if let Some(mut refused) = dispatcher {
            refused.handle_closed();
        }
        self.tokens.push(entered?);
        Ok(())
    }

    fn leave(&mut self, token: Token) {
        let Some(Entry { socket, mut dispatcher, .. }) = self.slots.remove(token) else { return };
        drop(socket);
        dispatcher.handle_closed();
        if let Some(at) = &mut self.resume_at {
            // Its descriptor is free.
            *at = Instant::now();
        }
    }
}

impl fmt::Debug for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Map").field("dispatchers", &self.len()).finish_non_exhaustive()
    }
}
