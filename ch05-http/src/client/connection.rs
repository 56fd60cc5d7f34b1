//! One connection, and the exchange on it.
//!
//! A request's body and its answer may be under way at the same time: a server that echoes answers
//! before it has been asked all, and one that refuses does so as well. So whoever waits for the
//! answer sends the request meanwhile.

use std::fmt;
use std::io;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use http::Method;

use super::connect::Stream;
use super::error::Error;
use crate::proto::{Client, Fields, Length, Limits, Received, ResponseHead};
use crate::scratch;
use crate::web::{Body, Source};

/// A connection to a server.
pub(super) struct Connection {
    stream: Stream,
    client: Client,
    input: BytesMut,
    output: Vec<u8>,
    written: usize,
    /// What of the request is still to be sent.
    body: Option<Body>,
    /// Nothing more can be sent; what was answered before may still be read.
    broken: Option<io::Error>,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Connection {
        Connection {
            stream,
            client: Client::new(Limits::default()),
            input: BytesMut::new(),
            output: Vec::new(),
            written: 0,
            body: None,
            broken: None,
        }
    }

    /// Begins a request. What it says is sent while the answer is waited for.
    pub(super) fn begin(
        &mut self,
        method: &Method,
        target: &str,
        fields: &Fields,
        body: Body,
    ) -> Result<(), Error> {
        let length = match body.length() {
            Some(0) => Length::None,
            Some(length) => Length::Sized(length),
            None => Length::Chunked,
        };
        self.client.send_request(method, target, fields.iter(), length, &mut self.output)?;
        self.body = Some(body);
        Ok(())
    }

    /// The next thing that comes, while the request goes. [`Received::Closed`] never comes.
    pub(super) fn poll_receive(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Received<ResponseHead>, Error>> {
        if self.broken.is_none()
            && let Poll::Ready(Err(error)) = self.poll_send(context)
        {
            match error {
                // Perhaps it said why before it hung up.
                Error::Io(error) => self.broken = Some(error),
                error => return Poll::Ready(Err(error)),
            }
        }
        loop {
            match self.client.receive(&mut self.input)? {
                Received::Nothing => {}
                received => return Poll::Ready(Ok(received)),
            }
            match ready!(self.poll_read(context)) {
                Ok(0) => match self.broken.take() {
                    None => self.client.end_of_input(),
                    Some(error) => return Poll::Ready(Err(error.into())),
                },
                Ok(_) => {}
                // What broke first says more.
                Err(error) => return Poll::Ready(Err(self.broken.take().unwrap_or(error).into())),
            }
        }
    }

    /// Sends what is left of the request, a piece of its body at a time: back-pressure is that no
    /// other piece is asked for until this one is written.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        loop {
            while self.written < self.output.len() {
                let rest = &self.output[self.written..];
                let written = ready!(self.stream.as_mut().poll_write(context, rest))?;
                if written == 0 {
                    return Poll::Ready(Err(io::Error::from(io::ErrorKind::WriteZero).into()));
                }
                self.written += written;
            }
            self.output.clear();
            self.written = 0;
            let Some(body) = &mut self.body else {
                return self.stream.as_mut().poll_flush(context).map_err(Error::from);
            };
            if let Some(data) = ready!(body.poll_data(context)).transpose().map_err(Error::Body)? {
                self.client.send_data(&data, &mut self.output)?;
            } else {
                self.body = None;
                self.client.send_end(&mut self.output)?;
            }
        }
    }

    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let stream = self.stream.as_mut();
        scratch::read_into(&mut self.input, |room| stream.poll_read(context, room))
    }

    /// Whether another request may be sent.
    pub(super) fn can_be_reused(&self) -> bool {
        self.body.is_none() && self.broken.is_none() && self.client.can_be_reused(&self.input)
    }

    /// Whether the server has hung up, or said something that nobody asked for, since the last
    /// exchange. That it has not is no promise.
    pub(super) fn is_stale(&mut self, context: &mut Context<'_>) -> bool {
        self.poll_read(context).is_ready()
    }

    /// Gives back the memory of the last exchange.
    pub(super) fn rest(&mut self) {
        (self.input, self.output) = (BytesMut::new(), Vec::new());
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("client", &self.client).finish_non_exhaustive()
    }
}
