//! One connection of a server: requests in, answers out, in order.
//!
//! It is written as if it waited, over a [`Transport`] that does. All requests that one read
//! brought are answered by one write, if their answers are there at once.

mod date;
mod request_body;
mod send;
mod spare;
mod waits;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Instant;

use bytes::BytesMut;

use self::request_body::RequestBody;
use crate::proto::{Fault, Next, Received, RequestHead, Server};
use crate::settings::{LINGER_BYTES_MAX, PENDING_BYTES_MAX, Settings};
use crate::transport::Transport;
use crate::web::{Answer, Body, Head, Request, Response, Router};

/// A buffer of this size is kept while a connection is idle; a larger one is given back. A small
/// request fits in.
const IDLE_BYTES_MAX: usize = 512;

/// A connection that is served.
pub struct Connection<T> {
    transport: T,
    settings: Settings,
    state: RefCell<State>,
    /// Between two requests: nobody is owed anything.
    idle: Cell<bool>,
    /// No further request is wanted.
    closing: Cell<bool>,
    /// The request had not come whole with its head.
    body_came_later: Cell<bool>,
    /// Somebody may still read the request's body.
    body_held: Cell<bool>,
    /// When this request must be over, whatever its progress.
    total: Cell<Option<Instant>>,
    /// What time it was, unless something was waited for since.
    time: Cell<Option<Instant>>,
    /// Until when the Date that answers have is the right one.
    dated: Cell<Option<Instant>>,
}

/// What has come and what is to go.
#[derive(Debug)]
struct State {
    server: Server,
    input: BytesMut,
    output: Vec<u8>,
    /// So many bytes of the output are written.
    written: usize,
    /// The output is being written, and the time for that runs.
    writing: bool,
    /// Where in the output the last answer begins, if none of that is written.
    answer: Option<usize>,
}

/// What is left of an answer.
enum Left<'r> {
    Nothing,
    /// Its body, which comes in pieces.
    Body(Body),
    /// All of it: it is being made.
    Answer(Answer<'r>),
}

/// Why a connection ended.
#[derive(Debug)]
pub enum Ended {
    /// By the client's fault, or its slowness, which it was told if there was a way.
    Fault(Fault),
    /// By an error of the connection, which may be a client that went or was too slow to read.
    Failed(io::Error),
    /// By an answer that broke off: its making failed, or the request's body did that it was made of.
    Broken(io::Error),
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Ended {
        Ended::Failed(error)
    }
}

impl<T: Transport + 'static> Connection<T> {
    /// A connection on which nothing has come yet.
    #[must_use]
    pub fn new(transport: T, settings: Settings) -> Rc<Connection<T>> {
        Rc::new(Connection {
            transport,
            settings,
            state: RefCell::new(State {
                server: Server::new(settings.limits),
                input: BytesMut::new(),
                output: Vec::new(),
                written: 0,
                writing: false,
                answer: None,
            }),
            idle: Cell::new(true),
            closing: Cell::new(false),
            body_came_later: Cell::new(false),
            body_held: Cell::new(false),
            total: Cell::new(None),
            time: Cell::new(None),
            dated: Cell::new(None),
        })
    }

    /// What carries it.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    /// Whether nobody waits for an answer.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.idle.get()
    }

    /// Makes the answer that is under way the last one.
    pub fn close_after_this(&self) {
        self.closing.set(true);
        // Not while it is being looked at: then it is looked at again.
        if let Ok(mut state) = self.state.try_borrow_mut() {
            state.server.close_after_this();
        }
    }

    /// Serves until either side ends it. If it does not end in order, `lost` is told, before the client
    /// can see that.
    ///
    /// # Errors
    ///
    /// Why it ended, if not in order. What could still be answered was answered.
    pub async fn serve(self: &Rc<Self>, router: &Router, lost: impl FnOnce()) -> Result<(), Ended> {
        let ended = self.exchange(router).await;
        if ended.is_err() {
            lost();
        }
        match &ended {
            Ok(()) => self.linger().await,
            Err(Ended::Fault(fault)) => {
                let fault = *fault;
                self.with(|state| state.server.send_fault(fault, &mut state.output));
                self.flush_and_linger().await;
            }
            Err(Ended::Broken(error)) => {
                self.give_up_answer(error);
                self.flush_and_linger().await;
            }
            Err(Ended::Failed(_)) => {}
        }
        ended
    }

    async fn flush_and_linger(&self) {
        if self.flush().await.is_ok() {
            self.linger().await;
        }
    }

    // ANCHOR: exchange
    /// Requests and answers, until there is no next one.
    async fn exchange(self: &Rc<Self>, router: &Router) -> Result<(), Ended> {
        loop {
            let received = self.with(|state| {
                let received = state.server.receive(&mut state.input);
                received.map(|received| (received, state.server.is_whole()))
            });
            match received.map_err(Ended::Fault)? {
                (Received::Head(head), whole) => {
                    match self.answer(router, head, whole)? {
                        Left::Nothing => {}
                        Left::Body(body) => self.send_rest(body).await?,
                        Left::Answer(answer) => {
                            let mut response = self.answered(answer).await?;
                            if !self.send_at_once(&mut response)? {
                                self.send_rest(response.body).await?;
                            }
                        }
                    }
                    let (next, more, pending) =
                        self.with(|State { server, input, output, .. }| {
                            (server.next(), server.may_have_more(input), output.len())
                        });
                    if next == Next::Close {
                        return Ok(self.flush().await?);
                    }
                    if more {
                        if pending >= PENDING_BYTES_MAX {
                            self.flush().await?;
                        }
                        continue;
                    }
                }
                (Received::Closed, _) => return Ok(self.flush().await?),
                _ => {}
            }
            // All that came is answered. Now is the time to write, and then to wait.
            self.flush().await?;
            if self.closing.get() {
                return Ok(());
            }
            self.more_of_head().await?;
        }
    }
    // ANCHOR_END: exchange

    /// Answers a request as far as that takes no waiting, and says what is left to be waited for.
    fn answer<'r>(
        self: &Rc<Self>,
        router: &'r Router,
        head: RequestHead,
        whole: bool,
    ) -> io::Result<Left<'r>> {
        let mut answer = router.answer(self.request(head, whole));
        let Some(response) = answer.there() else { return Ok(Left::Answer(answer)) };
        let whole = self.send_at_once(response)?;
        Ok(if whole { Left::Nothing } else { Left::Body(mem::take(&mut response.body)) })
    }

    /// Reads more of a head, or the first of one.
    async fn more_of_head(&self) -> Result<(), Ended> {
        let between = self.with(State::is_between);
        let now = self.now();
        if between {
            self.idle.set(true);
            self.transport.set_deadline(now, now.checked_add(self.settings.idle));
        } else if self.idle.replace(false) {
            // It has begun. From here on its time runs, however often it is continued.
            self.transport.set_deadline(now, now.checked_add(self.settings.head));
        }
        match poll_fn(|context| self.poll_input(context)).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                // A silent client is not owed a word.
                if between { Err(error.into()) } else { Err(Ended::Fault(Fault::TooSlow)) }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A request of this head, and of a body that has not come yet if that is not the whole: it is read
    /// when it is asked for.
    fn request(self: &Rc<Self>, head: RequestHead, whole: bool) -> Request {
        self.idle.set(false);
        self.total.set(None);
        self.body_came_later.set(!whole);
        let body = if whole {
            Body::Empty
        } else {
            self.body_held.set(true);
            Body::Stream(Box::new(RequestBody { connection: Rc::clone(self), waits: false }))
        };
        Request::new(Head::Own(head), body, self.transport.clock())
    }

    /// What the application answers. Whoever waited for the answers before this one need not wait for
    /// this one.
    async fn answered(&self, mut answer: Answer<'_>) -> io::Result<Response> {
        poll_fn(|context| match Pin::new(&mut answer).poll(context) {
            Poll::Ready(response) => Poll::Ready(Ok(response)),
            Poll::Pending => self.flush_meanwhile(context),
        })
        .await
    }

    /// Ends our side, and goes on reading for a moment what nobody wants.
    ///
    /// If unread input is left when a socket is closed, the kernel sends a reset, and a reset makes
    /// the client's kernel throw away what it has not read yet: the 431 would be lost that explains
    /// why (RFC 9112, section 9.6). After an orderly end by the client this returns at once.
    async fn linger(&self) {
        let now = self.transport.now();
        self.transport.set_deadline(now, now.checked_add(self.settings.linger));
        let drain = async {
            poll_fn(|context| self.transport.poll_end_output(context)).await?;
            let (mut unwanted, mut came) = (BytesMut::new(), 0);
            while came < LINGER_BYTES_MAX {
                unwanted.clear();
                match poll_fn(|context| self.transport.poll_read(context, &mut unwanted)).await? {
                    0 => break,
                    some => came += some,
                }
            }
            io::Result::Ok(())
        };
        // Either way it is over: time is up, the client has ended its side, or it is gone.
        let _ = drain.await;
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "nothing by itself, and many times a request")]
    fn with<R>(&self, look: impl FnOnce(&mut State) -> R) -> R {
        look(&mut self.state.borrow_mut())
    }
}

impl State {
    /// Whether no next request has begun. What is too large to be kept for nothing is given back then.
    fn is_between(&mut self) -> bool {
        let between = self.input.is_empty();
        if between && self.input.capacity() > IDLE_BYTES_MAX {
            self.input = BytesMut::new();
        }
        between
    }
}

impl<T> fmt::Debug for Connection<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("idle", &self.idle).finish_non_exhaustive()
    }
}
