//! What a head says about the body behind it, and about the connection.

use http::{StatusCode, Version};

use super::characters::{is, is_token};
use super::fault::Fault;
use super::limits::BODY_BYTES_LARGEST;
use super::target::is_host;

/// How the end of a body is known (RFC 9112, section 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// There is none.
    None,
    /// After so many bytes.
    Sized(u64),
    /// By a last chunk.
    Chunked,
    /// By the end of the connection. A response's only.
    UntilClose,
}

/// The fields that this layer understands, picked out of a head while its fields are gone through.
#[derive(Debug, Default)]
pub(super) struct Marks<'a> {
    host: Option<&'a [u8]>,
    length: Option<&'a [u8]>,
    encoding: Encoding,
    /// Which of the words below were there.
    words: u8,
}

const CLOSE: u8 = 1;
const KEEP_ALIVE: u8 = 2;
const CONTINUE: u8 = 4;
const OTHER_EXPECTATION: u8 = 8;

/// What the members of Transfer-Encoding are so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    #[default]
    None,
    /// The last one is chunked; before it were others, or not.
    Chunked { others: bool },
    /// The last one is not chunked.
    Other,
}

impl<'a> Marks<'a> {
    /// Takes notice of a field. The name is a token, the value has no white space about it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of receiving a head")]
    pub(super) fn see(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Fault> {
        match name.len() {
            4 if is(name, b"host") => once(&mut self.host, value, Fault::Host)?,
            6 if is(name, b"expect") => self.expect(value),
            10 if is(name, b"connection") => self.connection(value),
            14 if is(name, b"content-length") => {
                once(&mut self.length, value, Fault::LengthRepeated)?;
            }
            17 if is(name, b"transfer-encoding") => self.encoding(value)?,
            _ => {}
        }
        Ok(())
    }

    fn expect(&mut self, value: &[u8]) {
        for member in members(value) {
            let continues = member.eq_ignore_ascii_case(b"100-continue");
            self.words |= if continues { CONTINUE } else { OTHER_EXPECTATION };
        }
    }

    fn connection(&mut self, value: &[u8]) {
        for member in members(value) {
            if member.eq_ignore_ascii_case(b"close") {
                self.words |= CLOSE;
            } else if member.eq_ignore_ascii_case(b"keep-alive") {
                self.words |= KEEP_ALIVE;
            }
        }
    }

    /// Several fields are one list (RFC 9110, section 5.3). What is behind chunked would have to be
    /// undone before the chunks could be seen, so nothing may be there.
    fn encoding(&mut self, value: &[u8]) -> Result<(), Fault> {
        for member in members(value) {
            let is_chunked = member.eq_ignore_ascii_case(b"chunked");
            self.encoding = match self.encoding {
                _ if !is_token(member) => return Err(Fault::Encoding),
                Encoding::Chunked { .. } => return Err(Fault::Encoding),
                before if is_chunked => Encoding::Chunked { others: before == Encoding::Other },
                _ => Encoding::Other,
            };
        }
        Ok(())
    }

    /// Whether a Host is due, and is one, and the only one (RFC 9112, section 3.2).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of receiving a head")]
    pub(super) fn check_host(&self, version: Version) -> Result<(), Fault> {
        let fine = match self.host {
            None => version == Version::HTTP_10,
            Some(host) => is_host(host),
        };
        if fine { Ok(()) } else { Err(Fault::Host) }
    }

    /// Whether the client waits for "100 Continue". HTTP/1.0 does not know it (RFC 9110, section
    /// 10.1.1).
    pub(super) fn continues(&self, version: Version) -> Result<bool, Fault> {
        match version {
            Version::HTTP_10 => Ok(false),
            _ if self.has(OTHER_EXPECTATION) => Err(Fault::Expectation),
            _ => Ok(self.has(CONTINUE)),
        }
    }

    /// Whether the sender would go on with the connection (RFC 9112, section 9.3).
    pub(super) fn persists(&self, version: Version) -> bool {
        !self.has(CLOSE) && (version != Version::HTTP_10 || self.has(KEEP_ALIVE))
    }

    fn has(&self, word: u8) -> bool {
        self.words & word != 0
    }

    /// The length of a request's body.
    pub(super) fn of_request(&self, version: Version) -> Result<Length, Fault> {
        Ok(self.length(version)?.unwrap_or(Length::None))
    }

    /// The length of a response's body, unless its request was HEAD.
    pub(super) fn of_response(
        &self,
        version: Version,
        status: StatusCode,
    ) -> Result<Length, Fault> {
        // Looked at even where there is no body: whoever sends both is not to be believed.
        let length = self.length(version)?;
        Ok(if is_bodyless(status) { Length::None } else { length.unwrap_or(Length::UntilClose) })
    }

    fn length(&self, version: Version) -> Result<Option<Length>, Fault> {
        match (self.encoding, self.length) {
            (Encoding::None, None) => Ok(None),
            (Encoding::None, Some(value)) => Ok(Some(Length::Sized(size(value)?))),
            (_, Some(_)) => Err(Fault::LengthAndEncoding),
            _ if version == Version::HTTP_10 => Err(Fault::EncodingOfOld),
            (Encoding::Chunked { others: false }, None) => Ok(Some(Length::Chunked)),
            (Encoding::Chunked { others: true }, None) => Err(Fault::EncodingUnknown),
            (Encoding::Other, None) => Err(Fault::Encoding),
        }
    }
}

/// Keeps a value of which there may be one.
fn once<'a>(kept: &mut Option<&'a [u8]>, value: &'a [u8], fault: Fault) -> Result<(), Fault> {
    if kept.replace(value).is_some() { Err(fault) } else { Ok(()) }
}

/// Statuses whose responses have no body, whatever their fields say (RFC 9112, section 6.3).
pub(super) fn is_bodyless(status: StatusCode) -> bool {
    status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// Digits alone (RFC 9110, section 8.6). `str::parse` would take a sign.
fn size(digits: &[u8]) -> Result<u64, Fault> {
    if digits.is_empty() {
        return Err(Fault::Length);
    }
    let mut size = 0_u64;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return Err(Fault::Length);
        }
        // Once it is too large, it stays so; the other digits are still looked at.
        size = size.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    }
    if size > BODY_BYTES_LARGEST { Err(Fault::BodyTooLarge) } else { Ok(size) }
}

/// The members of a list, without the white space about them (RFC 9110, section 5.6.1). An empty
/// list has one empty member.
fn members(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii)
}
