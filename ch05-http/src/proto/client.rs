//! The client's side of a connection.

use bytes::BytesMut;
use http::{Method, StatusCode};

use super::Received;
use super::body::Body;
use super::fault::Fault;
use super::fields::Fields;
use super::framing::Length;
use super::head::ResponseHead;
use super::limits::{INTERIM_MAX, Limits};
use super::parse::Search;
use super::parts::{Name, Value};
use super::send::{Kind, NotSent, Out, Sending, field, framing, sort};
use super::server::says_close;
use super::target::is_host;

/// The client's side of a connection, between its requests and the bytes of the answers.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each independent of the others")]
pub struct Client {
    limits: Limits,
    receiving: Receiving,
    sending: Sending,
    length: Length,
    to_head: bool,
    continued: bool,
    interim: u8,
    persists: bool,
    ended: bool,
}

/// What of a response has come.
#[derive(Debug)]
enum Receiving {
    /// Nothing may come: no request was sent.
    Idle,
    Head(Search),
    Body(Body),
    EndDue,
    Failed(Fault),
}

impl Client {
    /// A connection on which nothing was asked yet.
    #[must_use]
    pub fn new(limits: Limits) -> Client {
        Client {
            limits: limits.bounded(),
            receiving: Receiving::Idle,
            sending: Sending::Ended,
            length: Length::None,
            to_head: false,
            continued: false,
            interim: 0,
            persists: true,
            ended: false,
        }
    }

    /// Begins a request: its first line and its fields, of which Host must be one, and
    /// Content-Length and Transfer-Encoding may not: they are added as due. A Connection field is
    /// sent as it is; `close` in it makes this the connection's last request.
    ///
    /// The target is sent as it is: a path, mostly.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended.
    pub fn send_request<N, V>(
        &mut self,
        method: &Method,
        target: &str,
        fields: impl IntoIterator<Item = (N, V)>,
        length: Length,
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        if !self.can_be_reused(&[]) {
            return Err(NotSent::OutOfTurn);
        }
        if length == Length::UntilClose || *method == Method::CONNECT {
            return Err(NotSent::Length);
        }
        if target.is_empty() || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(NotSent::Target);
        }
        let begin = out.len();
        for part in [method.as_str(), " ", target, " HTTP/1.1\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        let sent = self.fields(method, fields, length, out);
        if sent.is_err() {
            out.truncate(begin);
        }
        sent
    }

    fn fields<N, V>(
        &mut self,
        method: &Method,
        fields: impl IntoIterator<Item = (N, V)>,
        length: Length,
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        let mut hosts = 0;
        let mut persists = true;
        for (name, value) in fields {
            match sort(&name)? {
                Kind::Framing => return Err(NotSent::Framing),
                Kind::Host if !is_host(value.bytes()) => return Err(NotSent::Host),
                Kind::Host => hosts += 1,
                Kind::Connection => persists &= !says_close(value.bytes()),
                Kind::Date | Kind::Plain => {}
            }
            field(&name, &value, out)?;
        }
        if hosts != 1 {
            return Err(NotSent::Host);
        }
        // Methods whose requests mostly have a body say so if this one has not (RFC 9110, section
        // 8.6).
        let length = match length {
            Length::None if [Method::POST, Method::PUT, Method::PATCH].contains(method) => {
                Length::Sized(0)
            }
            length => length,
        };
        framing(length, out);
        out.extend_from_slice(b"\r\n");
        self.sending = Sending::Body(Out::new(length));
        self.receiving = Receiving::Head(Search::default());
        self.to_head = *method == Method::HEAD;
        self.persists = persists;
        self.continued = false;
        self.interim = 0;
        Ok(())
    }

    /// Sends some of the body.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended.
    pub fn send_data(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), NotSent> {
        match self.sending {
            // A request without a body is not one whose body is thrown away.
            Sending::Body(Out::Discarded) if !data.is_empty() => Err(NotSent::TooMuch),
            _ => self.sending.data(data, out),
        }
    }

    /// Announces `len` bytes of the body that go another way, and appends what comes before them.
    /// [`send_chunk_end`](Client::send_chunk_end) must follow.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended, and the bytes may not be sent.
    pub fn send_chunk_head(&mut self, len: u64, out: &mut Vec<u8>) -> Result<(), NotSent> {
        self.sending.chunk_head(len, out)
    }

    /// Appends what comes behind the bytes that [`send_chunk_head`](Client::send_chunk_head)
    /// announced.
    pub fn send_chunk_end(&mut self, out: &mut Vec<u8>) {
        self.sending.chunk_end(out);
    }

    /// Ends the request. One without a body must be ended, too.
    ///
    /// # Errors
    ///
    /// [`NotSent::TooLittle`]: the connection must close, so that the server sees it, too.
    pub fn send_end(&mut self, out: &mut Vec<u8>) -> Result<(), NotSent> {
        self.send_trailers([("", ""); 0], out)
    }

    /// Ends the request by trailers, which only a chunked one has: others leave them out.
    ///
    /// # Errors
    ///
    /// [`NotSent`]; for [`NotSent::TooLittle`] see [`send_end`](Client::send_end).
    pub fn send_trailers<N, V>(
        &mut self,
        trailers: impl IntoIterator<Item = (N, V)>,
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        self.sending.end(trailers, out)
    }

    /// Takes the next thing from the front of the input, until that is [`Received::Nothing`].
    /// Interim answers are passed over; see [`was_continued`](Client::was_continued).
    ///
    /// # Errors
    ///
    /// What the server did wrong, again at each further call. The connection must close.
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Received<ResponseHead>, Fault> {
        let received = self.step(input);
        if let Err(fault) = received {
            self.receiving = Receiving::Failed(fault);
            self.persists = false;
        }
        received
    }

    fn step(&mut self, input: &mut BytesMut) -> Result<Received<ResponseHead>, Fault> {
        loop {
            match &mut self.receiving {
                Receiving::Idle if !input.is_empty() => return Err(Fault::Unasked),
                Receiving::Idle if self.ended => return Ok(Received::Closed),
                Receiving::Idle => return Ok(Received::Nothing),
                Receiving::Head(search) => {
                    match search.head::<ResponseHead>(input, &self.limits)? {
                        Some(whole) if whole.head.status.is_informational() => {
                            self.pass(whole.head.status)?;
                        }
                        Some(whole) => {
                            self.length = if self.to_head { Length::None } else { whole.length };
                            self.persists &= whole.persists && self.length != Length::UntilClose;
                            self.receiving = match Body::new(self.length, self.limits.body_bytes)? {
                                Body::Ended => Receiving::EndDue,
                                body => Receiving::Body(body),
                            };
                            return Ok(Received::Head(whole.head));
                        }
                        // An answer was owed.
                        None if self.ended && input.is_empty() => return Err(Fault::Unanswered),
                        None if self.ended => return Err(Fault::Truncated),
                        None => return Ok(Received::Nothing),
                    }
                }
                Receiving::Body(body) => {
                    let received = body.receive(input, self.ended)?;
                    if matches!(received, Received::End(_)) {
                        self.receiving = Receiving::Idle;
                    }
                    return Ok(received);
                }
                Receiving::EndDue => {
                    self.receiving = Receiving::Idle;
                    return Ok(Received::End(Fields::new()));
                }
                Receiving::Failed(fault) => return Err(*fault),
            }
        }
    }

    /// Passes over an interim answer (RFC 9110, section 15.2).
    fn pass(&mut self, status: StatusCode) -> Result<(), Fault> {
        match status {
            StatusCode::SWITCHING_PROTOCOLS => return Err(Fault::Switched),
            StatusCode::CONTINUE => self.continued = true,
            _ => {}
        }
        if self.interim == INTERIM_MAX {
            return Err(Fault::TooManyInterim);
        }
        self.interim += 1;
        Ok(())
    }

    /// Says that no more input will come. What was left is still to be received: then a response
    /// that is not whole is a fault, and one whose end was to be this one is whole.
    pub fn end_of_input(&mut self) {
        self.ended = true;
    }

    /// How the end of the response's body is known.
    #[must_use]
    pub fn body_length(&self) -> Length {
        self.length
    }

    /// Whether the server sent "100 Continue" for this request. One that does not know it sends
    /// its answer, or nothing: whoever waits for it must not do so for ever (RFC 9110, section
    /// 10.1.1).
    #[must_use]
    pub fn was_continued(&self) -> bool {
        self.continued
    }

    /// Whether another request may be sent: none is under way, either side was whole and nobody
    /// wants to close, and nothing is left of the input. What a server sends without being asked
    /// would be taken for the next answer.
    #[must_use]
    pub fn can_be_reused(&self, input: &[u8]) -> bool {
        input.is_empty()
            && self.persists
            && !self.ended
            && matches!(self.receiving, Receiving::Idle)
            && self.sending == Sending::Ended
    }
}
