//! Errors that become responses.

use std::borrow::Cow;
use std::fmt;
use std::io;

use http::header::CONNECTION;
use http::{HeaderValue, StatusCode};

use super::response::{IntoResponse, Response};
use crate::proto::Fault;

/// What a handler failed of: a status, and a few words for the client.
///
/// Any other error becomes a 500 by `?`. What went wrong inside of the server is told to its log,
/// and not to its clients.
#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    text: Cow<'static, str>,
    /// Where the request ends is not known, so there is no next one.
    closes: bool,
}

impl Error {
    /// An error of this status, with these words for the client.
    pub fn new(status: StatusCode, text: impl Into<Cow<'static, str>>) -> Error {
        Error { status, text: text.into(), closes: false }
    }

    /// The client is wrong.
    pub fn bad_request(text: impl Into<Cow<'static, str>>) -> Error {
        Error::new(StatusCode::BAD_REQUEST, text)
    }

    /// Nothing is there.
    #[must_use]
    pub fn not_found() -> Error {
        Error::new(StatusCode::NOT_FOUND, "nothing is here; try / or /echo")
    }

    /// The request's body did not come, or not whole.
    #[must_use]
    pub fn of_body(error: &io::Error) -> Error {
        let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
        let (status, text) = match (fault, error.kind()) {
            (Some(fault), _) => (fault.status(), fault.to_string().into()),
            (None, io::ErrorKind::TimedOut) => {
                (StatusCode::REQUEST_TIMEOUT, "the body came too slowly".into())
            }
            (None, io::ErrorKind::FileTooLarge) => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large".into())
            }
            (None, _) => (StatusCode::BAD_REQUEST, "the body cannot be read".into()),
        };
        Error { status, text, closes: true }
    }

    /// A response's body did not come whole, and that is not the client's doing.
    pub(crate) fn broken_off(error: &io::Error) -> Error {
        tracing::error!(%error, "an answer broke off");
        Error { closes: true, ..Error::went_wrong() }
    }

    pub(super) fn went_wrong() -> Error {
        Error::new(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here")
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut text = self.text.into_owned();
        text.push('\n');
        let response = Response::text(self.status, text);
        if self.closes {
            response.with(CONNECTION, HeaderValue::from_static("close"))
        } else {
            response
        }
    }
}

/// `Error` is no [`std::error::Error`] itself, or this would not be allowed.
impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Error {
        tracing::error!(error = %Chain(&error), "a handler failed");
        Error::went_wrong()
    }
}

/// An error and its sources, in one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
