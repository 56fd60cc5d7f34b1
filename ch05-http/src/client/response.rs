//! An answer whose body may still be on its way.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use url::Url;

use super::connection::Connection;
use super::decode::Gunzip;
use super::error::Error;
use super::origin::Origin;
use super::pool::Place;
use super::timeouts::Timers;
use crate::proto::{Fields, Received, ResponseHead};
use crate::web::Source;

/// An answer. When its body has come whole, its connection goes back to the session; dropped
/// before, the connection is closed, for nobody knows what would come next on it.
#[derive(Debug)]
pub struct Response {
    head: ResponseHead,
    url: Url,
    trailers: Fields,
    body: Incoming,
    gunzip: Option<Gunzip>,
}

/// A body on its way.
#[derive(Debug)]
struct Incoming {
    /// Until the body has come whole.
    carrier: Option<Box<Carrier>>,
}

/// What carries an exchange.
#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) origin: Origin,
    pub(super) place: Place,
    pub(super) connection: Connection,
    pub(super) timers: Timers,
}

impl Carrier {
    /// The next thing that comes, in time.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Received<ResponseHead>, Error>> {
        match self.connection.poll_receive(context) {
            Poll::Ready(received) => {
                self.timers.progress();
                Poll::Ready(received)
            }
            Poll::Pending => self.timers.poll(context).map(|timeout| Err(timeout.into())),
        }
    }

    /// Gives its connection back.
    pub(super) fn finish(self) {
        self.place.put_back(self.origin, self.connection);
    }
}

impl Response {
    pub(super) fn new(
        head: ResponseHead,
        url: Url,
        carrier: Box<Carrier>,
        unpack: bool,
    ) -> Response {
        let packed = head.fields().get("content-encoding");
        let gzip = packed.is_some_and(|coding| {
            coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
        });
        let body = Incoming { carrier: Some(carrier) };
        let gunzip = (gzip && unpack).then(Gunzip::new);
        Response { head, url, trailers: Fields::new(), body, gunzip }
    }

    /// What became of the request.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.head.status()
    }

    /// The head, whole.
    #[must_use]
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The value of the first field of this name, if it is text.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.fields().get(name).and_then(|value| str::from_utf8(value).ok())
    }

    /// Where the answer came from, after all redirects.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// What came behind the body, once it is whole.
    #[must_use]
    pub fn trailers(&self) -> &Fields {
        &self.trailers
    }

    /// The next piece of the body, unpacked; `None` when it is whole. None is read before it is
    /// asked for: a reader that is slow makes the server wait.
    ///
    /// # Errors
    ///
    /// When the rest will not come, or in time.
    pub async fn data(&mut self) -> Result<Option<Bytes>, Error> {
        poll_fn(|context| self.poll_piece(context)).await.transpose()
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        let Response { body, trailers, gunzip, .. } = self;
        match gunzip {
            Some(gunzip) => gunzip.poll_data(context, |context| body.poll_data(context, trailers)),
            None => body.poll_data(context, trailers),
        }
    }

    /// All of the body, if it has at most `bytes_max`.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], and as [`data`](Response::data).
    pub async fn bytes(mut self, bytes_max: usize) -> Result<Bytes, Error> {
        let mut whole = Vec::new();
        while let Some(piece) = self.data().await? {
            if whole.len() + piece.len() > bytes_max {
                return Err(Error::TooLarge(bytes_max));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole.into())
    }

    /// The same as text, in UTF-8.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Response::bytes), and [`Error::Content`].
    pub async fn text(self, bytes_max: usize) -> Result<String, Error> {
        let bytes = self.bytes(bytes_max).await?;
        String::from_utf8(bytes.into()).map_err(|error| Error::Content(error.to_string()))
    }

    /// The same as a value in JSON.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Response::bytes), and [`Error::Content`].
    pub async fn json<T: DeserializeOwned>(self, bytes_max: usize) -> Result<T, Error> {
        let bytes = self.bytes(bytes_max).await?;
        serde_json::from_slice(&bytes).map_err(|error| Error::Content(error.to_string()))
    }

    /// Whether the body has come whole, and the connection gone back.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.body.carrier.is_none()
    }
}

impl Incoming {
    fn poll_data(
        &mut self,
        context: &mut Context<'_>,
        trailers: &mut Fields,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            let Some(carrier) = &mut self.carrier else { return Poll::Ready(None) };
            match ready!(carrier.poll(context)) {
                Ok(Received::Data(data)) => return Poll::Ready(Some(Ok(data))),
                Ok(Received::End(said)) => {
                    *trailers = said;
                    if let Some(carrier) = self.carrier.take() {
                        carrier.finish();
                    }
                }
                Ok(_) => {}
                Err(error) => {
                    // And with it the connection.
                    self.carrier = None;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

/// An answer's body as a request's or a server's: what is asked of us is asked of another.
impl Source for Response {
    fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.poll_piece(context).map(|piece| piece.map(|piece| piece.map_err(io::Error::other)))
    }
}
