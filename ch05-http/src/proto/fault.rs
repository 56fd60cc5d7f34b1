//! What a peer may do wrong.

use std::error::Error;
use std::fmt;

use http::StatusCode;

/// What the peer did wrong. Where its next message begins is not known any more, so the connection
/// must close, whatever the fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The first line is not a method, a target and a version, or not a version and a status.
    FirstLine,
    /// A version whose framing is another one.
    Version,
    /// A method that is longer than any that there is.
    Method,
    /// CONNECT: no proxy here.
    Connect,
    /// The target has none of the forms of RFC 9112, section 3.2, or one that the method may not
    /// have.
    Target,
    /// The target is too long.
    TargetTooLong,
    /// A line that is not a name, a colon and a value: folded, nameless, with a space before its
    /// colon, with a character that may not be there.
    Field,
    /// A line that does not end in CR LF.
    LineEnd,
    /// Too many empty lines before the head.
    EmptyLines,
    /// The head is too large.
    HeadTooLarge,
    /// Too many fields.
    TooManyFields,
    /// HTTP/1.1 without Host, Host twice, or a Host that is none.
    Host,
    /// Content-Length that is not digits alone.
    Length,
    /// Content-Length more than once.
    LengthRepeated,
    /// Content-Length beside Transfer-Encoding.
    LengthAndEncoding,
    /// Transfer-Encoding whose last member is not chunked, or whose members are none.
    Encoding,
    /// Transfer-Encoding in HTTP/1.0, which has none.
    EncodingOfOld,
    /// A transfer coding before chunked that is not known here.
    EncodingUnknown,
    /// An expectation other than 100-continue.
    Expectation,
    /// The body is larger than is wanted.
    BodyTooLarge,
    /// The line before a chunk is none, or the chunk does not end where it said.
    Chunk,
    /// Chunk extensions without an end.
    ExtensionTooLarge,
    /// Trailers that are no fields.
    Trailer,
    /// Too large trailers, or too many.
    TrailersTooLarge,
    /// The peer ended its side in the middle of a message.
    Truncated,
    /// The peer took too long. Only who knows a clock can find this one: it is here to be answered
    /// as the others are.
    TooSlow,
    /// A server's: it ended its side, and did not begin to answer. It may have closed the
    /// connection as an idle one while the request was on its way.
    Unanswered,
    /// A server's: it spoke before it was asked, or more than it was asked for.
    Unasked,
    /// A server's: interim answers without an end.
    TooManyInterim,
    /// A server's: it switched to a protocol that nobody asked for.
    Switched,
}

impl Fault {
    /// What to answer. For a server's faults, what a gateway would say of it.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Fault::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Fault::Method | Fault::Connect | Fault::EncodingUnknown => StatusCode::NOT_IMPLEMENTED,
            Fault::TargetTooLong => StatusCode::URI_TOO_LONG,
            Fault::HeadTooLarge | Fault::TooManyFields | Fault::TrailersTooLarge => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Fault::Expectation => StatusCode::EXPECTATION_FAILED,
            Fault::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Fault::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Fault::Unanswered | Fault::Unasked | Fault::TooManyInterim | Fault::Switched => {
                StatusCode::BAD_GATEWAY
            }
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What is wrong, in a few words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Fault::FirstLine => "the first line is no HTTP",
            Fault::Version => "HTTP/1.1 and 1.0 are spoken here",
            Fault::Method => "there is no such method",
            Fault::Connect => "CONNECT is for proxies",
            Fault::Target => "the target is none",
            Fault::TargetTooLong => "the target is too long",
            Fault::Field => "a field is none",
            Fault::LineEnd => "a line does not end in CR LF",
            Fault::EmptyLines => "too many empty lines before the head",
            Fault::HeadTooLarge => "the head is too large",
            Fault::TooManyFields => "too many fields",
            Fault::Host => "one Host field is wanted",
            Fault::Length => "Content-Length is no length",
            Fault::LengthRepeated => "Content-Length is said twice",
            Fault::LengthAndEncoding => "Content-Length and Transfer-Encoding exclude each other",
            Fault::Encoding => "Transfer-Encoding must end in chunked",
            Fault::EncodingOfOld => "HTTP/1.0 has no Transfer-Encoding",
            Fault::EncodingUnknown => "a transfer coding is not known here",
            Fault::Expectation => "only 100-continue can be expected",
            Fault::BodyTooLarge => "the body is too large",
            Fault::Chunk => "a chunk is none",
            Fault::ExtensionTooLarge => "too many bytes of chunk extensions",
            Fault::Trailer => "a trailer is no field",
            Fault::TrailersTooLarge => "the trailers are too large",
            Fault::Truncated => "the message ended in the middle",
            Fault::TooSlow => "the message took too long",
            Fault::Unanswered => "the server closed the connection without an answer",
            Fault::Unasked => "the server spoke without being asked",
            Fault::TooManyInterim => "too many interim answers",
            Fault::Switched => "the server switched protocols without being asked",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Error for Fault {}
