//! How an answer goes out.

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};
use std::time::Instant;

use super::{Connection, Ended, State, date, spare};
use crate::proto::{Date, Fault, Length, Received};
use crate::settings::PENDING_BYTES_MAX;
use crate::transport::Transport;
use crate::web::{Body, Error, FilePart, IntoResponse, Response, Source, poll_caught};

impl<T: Transport + 'static> Connection<T> {
    /// Puts an answer into the output, with its body if that is there already; says whether it was.
    #[inline]
    pub(super) fn send_at_once(&self, response: &mut Response) -> io::Result<bool> {
        if !self.body_held.get() {
            self.skip_body();
        }
        let body = match &response.body {
            Body::Empty => &[][..],
            Body::Bytes(bytes) => &bytes[..],
            Body::File(_) | Body::Stream(_) => return self.send_head(response),
        };
        let (date, fields) = (self.new_date(), response.fields.iter().map(|(n, v)| (n, v)));
        let sent = self.with(|state| {
            self.begin(state, date);
            let State { server, output, .. } = state;
            server.send_whole(response.status, response.media_type, fields, body, output)
        });
        sent.map_err(io::Error::other)?;
        self.skip_body();
        Ok(true)
    }

    /// The same for a body that comes bit by bit: it is there only if nothing of it goes out, be it that
    /// this answers HEAD, or that there is nothing.
    fn send_head(&self, response: &mut Response) -> io::Result<bool> {
        // A request's body it may be, so its length is asked before the state is held.
        let length = match response.body.length() {
            Some(0) => Length::None,
            length => length.map_or(Length::Chunked, Length::Sized),
        };
        let (date, content_type) = (self.new_date(), response.content_type());
        let fields = content_type.iter().chain(&response.fields).map(|(n, v)| (n, v));
        let sent = self.with(|state| {
            self.begin(state, date);
            state.server.send_head(response.status, fields, length, &mut state.output)
        });
        if sent.map_err(io::Error::other)? != Length::None {
            return Ok(false);
        }
        response.body = Body::Empty;
        self.end().map(|()| true)
    }

    /// Makes ready for an answer.
    #[inline]
    fn begin(&self, state: &mut State, date: Option<Date>) {
        if self.closing.get() {
            state.server.close_after_this();
        }
        if let Some(date) = date {
            state.server.set_date(date);
        }
        if state.output.capacity() == 0 {
            state.output = spare::take();
        }
        state.answer = Some(state.output.len());
    }

    /// The Date that answers have from now on, if it is another one than so far.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of sending an answer")]
    fn new_date(&self) -> Option<Date> {
        let now = self.now();
        let same = self.dated.get().is_some_and(|until| now < until);
        if same { None } else { Some(self.next_date(now)) }
    }

    #[cold]
    fn next_date(&self, now: Instant) -> Date {
        let (date, until) = date::at(now);
        self.dated.set(Some(until));
        date
    }

    /// Sends a body that comes bit by bit.
    pub(super) async fn send_rest(&self, mut body: Body) -> Result<(), Ended> {
        match &mut body {
            // Those went with the head.
            Body::Empty | Body::Bytes(_) => {}
            Body::File(part) => self.send_file(part).await?,
            Body::Stream(source) => self.send_stream(&mut **source).await?,
        }
        drop(body);
        Ok(self.end()?)
    }

    /// Ends an answer whose body has no reader of the request's any more.
    fn end(&self) -> io::Result<()> {
        self.skip_body();
        self.with(|state| state.server.send_end(&mut state.output)).map_err(io::Error::other)
    }

    /// Says that an answer broke off, in its place if nothing of it is written yet. Otherwise the client
    /// sees that it has not come whole, and the answers before it go out all the same.
    pub(super) fn give_up_answer(&self, why: &io::Error) {
        let taken_back = self.with(|state| {
            let Some(begin) = state.answer.take() else { return false };
            state.output.truncate(begin);
            state.server.take_back();
            state.server.close_after_this();
            true
        });
        if !taken_back {
            return;
        }
        let error = match why.get_ref() {
            Some(inner) if inner.is::<Fault>() => Error::of_body(why),
            _ if why.kind() == io::ErrorKind::TimedOut => Error::of_body(why),
            _ => Error::broken_off(why),
        };
        // There was room for an answer, and so there is.
        let _ = self.send_at_once(&mut error.into_response());
    }

    /// Reads what has come of a body that nobody wanted. If that is not all of it, the connection
    /// ends with this answer: waiting for the rest would cost more than a new connection.
    #[inline]
    fn skip_body(&self) {
        // Most requests have none.
        if self.body_came_later.get() {
            self.skip_body_that_came_later();
        }
    }

    #[cold]
    fn skip_body_that_came_later(&self) {
        self.with(|state| {
            if state.server.is_whole() {
                return;
            }
            while let Ok(Received::Data(_)) = state.server.receive(&mut state.input) {}
            if !state.server.is_whole() {
                state.server.close_after_this();
            }
        });
    }

    fn put(&self, data: &[u8]) -> io::Result<()> {
        self.with(|state| state.server.send_data(data, &mut state.output)).map_err(io::Error::other)
    }

    /// A piece is asked for when there is room for it. While none comes, the others are written.
    async fn send_stream(&self, source: &mut dyn Source) -> Result<(), Ended> {
        loop {
            let data = poll_fn(|context| {
                if self.with(|state| state.output.len()) >= PENDING_BYTES_MAX {
                    ready!(self.poll_flush(context))?;
                }
                match poll_caught(source, context) {
                    Poll::Ready(data) => Poll::Ready(io::Result::Ok(data)),
                    Poll::Pending => self.flush_meanwhile(context),
                }
            });
            match data.await? {
                Some(Ok(data)) => self.put(&data)?,
                Some(Err(error)) => return Err(Ended::Broken(error)),
                None => return Ok(()),
            }
        }
    }

    async fn send_file(&self, part: &mut FilePart) -> Result<(), Ended> {
        let announce =
            |state: &mut State| state.server.send_chunk_head(part.len, &mut state.output);
        self.with(announce).map_err(io::Error::other)?;
        // The head goes first, by a write of its own; the kernel sends them together if it can.
        self.flush().await?;
        while part.len > 0 {
            self.bound(self.settings.write);
            let sent = poll_fn(|context| {
                let sent =
                    self.transport.poll_send_file(context, &part.file, part.offset, part.len);
                self.pass(sent)
            })
            .await? as u64;
            if sent == 0 {
                return Err(Ended::Broken(crate::web::shorter()));
            }
            part.offset += sent;
            part.len -= sent;
        }
        self.with(|state| state.server.send_chunk_end(&mut state.output));
        Ok(())
    }
}
