//! The server's side of a connection.

use bytes::BytesMut;
use http::{Method, StatusCode, Version};

use super::body::Body;
use super::fault::Fault;
use super::fields::Fields;
use super::framing::{Length, is_bodyless};
use super::head::RequestHead;
use super::limits::Limits;
use super::media::MediaType;
use super::parse::{Search, Whole};
use super::parts::{Name, Value};
use super::send::{Kind, NotSent, Out, Sending, field, framing, sort};
use super::{Date, Next, Received};

/// The server's side of a connection, between its bytes and its requests.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each independent of the others")]
pub struct Server {
    limits: Limits,
    receiving: Receiving,
    sending: Sending,
    length: Length,
    /// The client waits for "100 Continue", and did not get it.
    continues: bool,
    to_head: bool,
    version: Version,
    /// The connection goes on after this answer, as far as is known.
    persists: bool,
    ended: bool,
    date: Option<Date>,
}

/// What of a request has come.
#[derive(Debug)]
enum Receiving {
    Head(Search),
    Body(Body),
    /// All but the event that says so.
    EndDue,
    Ended,
    Failed(Fault),
}

impl Server {
    /// A connection on which nothing has come yet.
    #[must_use]
    pub fn new(limits: Limits) -> Server {
        Server {
            limits: limits.bounded(),
            receiving: Receiving::Head(Search::default()),
            sending: Sending::Head,
            length: Length::None,
            continues: false,
            to_head: false,
            version: Version::HTTP_11,
            persists: true,
            ended: false,
            date: None,
        }
    }

    /// Takes the next thing from the front of the input.
    ///
    /// It is to be asked until it says [`Received::Nothing`]. After the end of a request that is
    /// what it says until [`next`](Server::next) was asked for another one.
    ///
    /// # Errors
    ///
    /// What the client did wrong, again at each further call. [`send_fault`](Server::send_fault)
    /// may say so to it; then the connection must close.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "most of it is the reading of a head, once a request")]
    pub fn receive(&mut self, input: &mut BytesMut) -> Result<Received<RequestHead>, Fault> {
        let Receiving::Head(search) = &mut self.receiving else { return self.receive_body(input) };
        match search.head(input, &self.limits) {
            Ok(Some(whole)) => self.begin(whole),
            Ok(None) if !self.ended => Ok(Received::Nothing),
            Ok(None) if input.is_empty() => Ok(Received::Closed),
            Ok(None) => self.fail(Fault::Truncated),
            Err(fault) => self.fail(fault),
        }
    }

    /// Begins a request of this head.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of receiving a head")]
    fn begin(&mut self, whole: Whole<RequestHead>) -> Result<Received<RequestHead>, Fault> {
        let head = whole.head;
        self.length = whole.length;
        self.version = head.version();
        self.to_head = *head.method() == Method::HEAD;
        self.persists &= whole.persists;
        self.sending = Sending::Head;
        self.continues = false;
        match Body::new(whole.length, self.limits.body_bytes) {
            Ok(Body::Ended) => self.receiving = Receiving::EndDue,
            Ok(body) => {
                self.continues = whole.continues;
                self.receiving = Receiving::Body(body);
            }
            Err(fault) => return self.fail(fault),
        }
        Ok(Received::Head(head))
    }

    /// The same behind a head.
    #[inline(never)]
    fn receive_body(&mut self, input: &mut BytesMut) -> Result<Received<RequestHead>, Fault> {
        match &mut self.receiving {
            Receiving::Body(body) => {
                let received = body.receive(input, self.ended);
                match &received {
                    Ok(Received::Data(_)) => {
                        self.continues = false;
                        if matches!(body, Body::Sized(0)) {
                            self.receiving = Receiving::EndDue;
                        }
                    }
                    Ok(Received::End(_)) => {
                        self.continues = false;
                        self.receiving = Receiving::Ended;
                    }
                    Ok(_) => {}
                    Err(fault) => return self.fail(*fault),
                }
                received
            }
            Receiving::EndDue => {
                self.receiving = Receiving::Ended;
                Ok(Received::End(Fields::new()))
            }
            Receiving::Head(_) | Receiving::Ended => Ok(Received::Nothing),
            Receiving::Failed(fault) => Err(*fault),
        }
    }

    #[cold]
    fn fail<T>(&mut self, fault: Fault) -> Result<T, Fault> {
        self.receiving = Receiving::Failed(fault);
        self.persists = false;
        self.continues = false;
        Err(fault)
    }

    /// Says that no more input will come. What was left is still to be received: then a request
    /// that is not whole is a fault, and between two requests it is [`Received::Closed`].
    pub fn end_of_input(&mut self) {
        self.ended = true;
    }

    /// Whether something may be received without more input: there is some, or it has ended.
    #[must_use]
    #[inline]
    pub fn may_have_more(&self, input: &BytesMut) -> bool {
        self.ended || !input.is_empty()
    }

    /// How the end of the request's body is known.
    #[must_use]
    pub fn body_length(&self) -> Length {
        self.length
    }

    /// Bytes of the request's body that are still to come, where that is known: not in chunks.
    #[must_use]
    pub fn body_left(&self) -> Option<u64> {
        match &self.receiving {
            Receiving::Body(Body::Sized(left)) => Some(*left),
            Receiving::EndDue | Receiving::Ended => Some(0),
            _ => None,
        }
    }

    /// Whether the request has come whole, though its end may not have been received yet. Without a
    /// body it is so with its head, and one with a length with the last of its bytes.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.receiving, Receiving::EndDue | Receiving::Ended)
    }

    /// Whether the client waits for "100 Continue" before it sends its body (RFC 9110, section
    /// 10.1.1). Not any more once it was sent, once some of the body came anyway, or once the
    /// answer began.
    #[must_use]
    pub fn wants_continue(&self) -> bool {
        self.continues && self.sending == Sending::Head
    }

    /// Sends "100 Continue", if the client waits for it.
    pub fn send_continue(&mut self, out: &mut Vec<u8>) {
        if self.wants_continue() {
            self.continues = false;
            out.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }

    /// The Date that answers have from now on; without it they have none. A server with a clock
    /// must send it (RFC 9110, section 6.6.1), and this one has none of its own.
    pub fn set_date(&mut self, date: Date) {
        self.date = Some(date);
    }

    /// Makes this answer the connection's last, which its head will say.
    pub fn close_after_this(&mut self) {
        self.persists = false;
    }

    /// Whether nothing of an answer was sent yet, so that there is room for an error's.
    #[must_use]
    pub fn can_answer(&self) -> bool {
        matches!(self.sending, Sending::Head) && !matches!(self.receiving, Receiving::Head(_))
    }

    /// Begins the answer: its first line and its fields. Content-Length, Transfer-Encoding,
    /// Connection and Date are added as due. A Connection field with `close` in it does what
    /// [`close_after_this`](Server::close_after_this) does; another Date takes the place of ours.
    ///
    /// The answer says how its body goes: not at all ([`Length::None`]) if the request was HEAD or
    /// the status has none, and then all data is thrown away; until the end of the connection
    /// instead of in chunks, if the client does not know chunks.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended: something else may be sent instead.
    pub fn send_head<N, V>(
        &mut self,
        status: StatusCode,
        fields: impl IntoIterator<Item = (N, V)>,
        length: Length,
        out: &mut Vec<u8>,
    ) -> Result<Length, NotSent>
    where
        N: Name,
        V: Value,
    {
        self.head(status, None, fields, length, out)
    }

    #[inline]
    fn head<N, V>(
        &mut self,
        status: StatusCode,
        media_type: Option<MediaType>,
        fields: impl IntoIterator<Item = (N, V)>,
        length: Length,
        out: &mut Vec<u8>,
    ) -> Result<Length, NotSent>
    where
        N: Name,
        V: Value,
    {
        if !self.can_answer() {
            return Err(NotSent::OutOfTurn);
        }
        if status.is_informational() {
            return Err(NotSent::Interim);
        }
        let begin = out.len();
        first_line(status, out);
        if let Some(known) = media_type {
            out.extend_from_slice(known.line());
        }
        let mut date = self.date.as_ref();
        let mut persists = self.persists;
        for (name, value) in fields {
            let sent = match sort(&name) {
                Ok(Kind::Framing) => Err(NotSent::Framing),
                Ok(Kind::Connection) => {
                    persists &= !says_close(value.bytes());
                    Ok(())
                }
                Ok(Kind::Date) => {
                    date = None;
                    field(&name, &value, out)
                }
                Ok(Kind::Plain | Kind::Host) => field(&name, &value, out),
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                out.truncate(begin);
                return Err(error);
            }
        }
        if let Some(date) = date {
            out.extend_from_slice(date.line());
        }
        // Whether a body follows that was asked to wait is anybody's guess.
        persists &= !self.continues;
        let old = self.version == Version::HTTP_10;
        let bodyless = self.to_head || is_bodyless(status);
        let length = match length {
            Length::None if bodyless => Length::None,
            Length::None => Length::Sized(0),
            // Nothing may be there that looks like a body (RFC 9110, section 15.3.6).
            _ if status == StatusCode::RESET_CONTENT => Length::Sized(0),
            Length::Chunked if old => Length::UntilClose,
            length => length,
        };
        persists &= bodyless || length != Length::UntilClose;
        if status != StatusCode::NO_CONTENT {
            framing(length, out);
        }
        if !persists {
            out.extend_from_slice(b"connection: close\r\n");
        } else if old {
            out.extend_from_slice(b"connection: keep-alive\r\n");
        }
        out.extend_from_slice(b"\r\n");
        self.persists = persists;
        let goes = if bodyless { Length::None } else { length };
        self.sending = Sending::Body(Out::new(goes));
        Ok(goes)
    }

    /// Sends an answer whose body is there: what [`send_head`](Server::send_head),
    /// [`send_data`](Server::send_data) and [`send_end`](Server::send_end) do one after the other. A media
    /// type becomes a Content-Type, before the fields.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended: something else may be sent instead.
    #[inline]
    pub fn send_whole<N, V>(
        &mut self,
        status: StatusCode,
        media_type: Option<MediaType>,
        fields: impl IntoIterator<Item = (N, V)>,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        let begin = out.len();
        let length = if body.is_empty() { Length::None } else { Length::Sized(body.len() as u64) };
        match self.head(status, media_type, fields, length, out)? {
            Length::None => {}
            Length::Sized(size) if size != body.len() as u64 => {
                out.truncate(begin);
                self.sending = Sending::Head;
                return Err(NotSent::TooMuch);
            }
            _ => out.extend_from_slice(body),
        }
        self.sending = Sending::Ended;
        Ok(())
    }

    /// Forgets an answer that was begun, of which nothing has left: the caller has thrown away what was
    /// appended for it. There is room for another one then.
    pub fn take_back(&mut self) {
        self.sending = Sending::Head;
    }

    /// Sends some of the body.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended.
    pub fn send_data(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<(), NotSent> {
        self.sending.data(data, out)
    }

    /// Announces `len` bytes of the body that go another way, by `sendfile` or `writev`, say, and
    /// appends what comes before them, if anything does. [`send_chunk_end`](Server::send_chunk_end)
    /// must follow.
    ///
    /// # Errors
    ///
    /// [`NotSent`], and then nothing was appended, and the bytes may not be sent.
    pub fn send_chunk_head(&mut self, len: u64, out: &mut Vec<u8>) -> Result<(), NotSent> {
        self.sending.chunk_head(len, out)
    }

    /// Appends what comes behind the bytes that [`send_chunk_head`](Server::send_chunk_head)
    /// announced.
    pub fn send_chunk_end(&mut self, out: &mut Vec<u8>) {
        self.sending.chunk_end(out);
    }

    /// Ends the answer.
    ///
    /// # Errors
    ///
    /// [`NotSent::TooLittle`]: the connection must close, so that the client sees it, too.
    pub fn send_end(&mut self, out: &mut Vec<u8>) -> Result<(), NotSent> {
        self.send_trailers([("", ""); 0], out)
    }

    /// Ends the answer by trailers, which only a chunked one has: others leave them out.
    ///
    /// # Errors
    ///
    /// [`NotSent`]; for [`NotSent::TooLittle`] see [`send_end`](Server::send_end).
    pub fn send_trailers<N, V>(
        &mut self,
        trailers: impl IntoIterator<Item = (N, V)>,
        out: &mut Vec<u8>,
    ) -> Result<(), NotSent>
    where
        N: Name,
        V: Value,
    {
        let ended = self.sending.end(trailers, out);
        self.persists &= self.sending != Sending::Broken;
        ended
    }

    /// Answers a fault, in a few words, if there is room for an answer still; says whether there
    /// was. The connection must close in any case.
    pub fn send_fault(&mut self, fault: Fault, out: &mut Vec<u8>) -> bool {
        self.persists = false;
        if matches!(self.receiving, Receiving::Head(_)) {
            // One that the caller found: the head came too slowly.
            self.receiving = Receiving::Failed(fault);
        }
        let text = fault.text();
        let fields = [("content-type", "text/plain; charset=utf-8")];
        let length = Length::Sized(text.len() as u64 + 1);
        self.send_head(fault.status(), fields, length, out).is_ok()
            && self.send_data(text.as_bytes(), out).is_ok()
            && self.send_data(b"\n", out).is_ok()
            && self.send_end(out).is_ok()
    }

    /// What comes after this request and its answer: when both are whole, and nobody wants to
    /// close, the next request, which [`receive`](Server::receive) gives from then on.
    #[expect(clippy::should_implement_trait, reason = "a connection is no iterator")]
    pub fn next(&mut self) -> Next {
        if !self.persists || !self.is_whole() || self.sending != Sending::Ended {
            return Next::Close;
        }
        self.receiving = Receiving::Head(Search::default());
        self.sending = Sending::Head;
        self.length = Length::None;
        // What is known of this request is not known of the next one, whose head may be a fault.
        self.version = Version::HTTP_11;
        self.to_head = false;
        Next::Another
    }
}

#[inline]
fn first_line(status: StatusCode, out: &mut Vec<u8>) {
    if status == StatusCode::OK {
        out.extend_from_slice(b"HTTP/1.1 200 OK\r\n");
    } else {
        other_first_line(status, out);
    }
}

#[inline(never)]
fn other_first_line(status: StatusCode, out: &mut Vec<u8>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    out.extend_from_slice(status.as_str().as_bytes());
    out.push(b' ');
    out.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n");
}

pub(super) fn says_close(value: &[u8]) -> bool {
    value
        .split(|&byte| byte == b',')
        .any(|member| member.trim_ascii().eq_ignore_ascii_case(b"close"))
}
