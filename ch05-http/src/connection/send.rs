//! How an answer goes out.

use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};

use super::{Connection, Ended, State, date, spare};
use crate::proto::{Fault, Length, Received};
use crate::settings::PENDING_BYTES_MAX;
use crate::transport::Transport;
use crate::web::{Body, Error, FilePart, IntoResponse, Response, Source, poll_caught};

impl<T: Transport + 'static> Connection<T> {
    /// Puts an answer into the output, with its body if that is there already; says whether it was.
    pub(super) fn send_at_once(&self, response: &mut Response) -> io::Result<bool> {
        let Response { status, fields, body } = response;
        if !self.body_held.get() {
            self.skip_body();
        }
        // A body that is there already goes with the head. Of another one, a request's it may be, the length
        // is asked before the state is held.
        let (there, length) = match body {
            Body::Empty => (Some(&[][..]), Length::None),
            Body::Bytes(bytes) => (Some(&bytes[..]), Length::None),
            Body::File(_) | Body::Stream(_) => match body.length() {
                Some(0) => (None, Length::None),
                length => (None, length.map_or(Length::Chunked, Length::Sized)),
            },
        };
        // One look at the clock for all requests of one read.
        let date = (T::BLOCKS || !self.dated.replace(true)).then(|| date::at(self.now()));
        let sent = self.with(|State { server, output, answer, .. }| {
            if self.closing.get() {
                server.close_after_this();
            }
            if let Some(date) = date {
                server.set_date(date);
            }
            if output.capacity() == 0 {
                *output = spare::take();
            }
            *answer = Some(output.len());
            let fields = fields.iter().map(|(name, value)| (name, value));
            if let Some(there) = there {
                return server.send_whole(*status, fields, there, output).map(|()| true);
            }
            // Nothing of it goes out if it was HEAD, or if there is none.
            Ok(server.send_head(*status, fields, length, output)? == Length::None)
        });
        if !sent.map_err(io::Error::other)? {
            return Ok(false);
        }
        if there.is_some() {
            self.skip_body();
            return Ok(true);
        }
        *body = Body::Empty;
        self.end().map(|()| true)
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
    fn skip_body(&self) {
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
