//! Finds the end of a head, and takes the head apart.
//!
//! `httparse` reads lines, names and values. It takes a bare LF for a line's end, which we do not;
//! so what it found is looked at again: each line must end in CR LF.

use std::mem::MaybeUninit;

use bytes::{Buf, BytesMut};
use http::{Method, StatusCode, Version};
use httparse::{Error, Header, ParserConfig, Status};
use smallvec::SmallVec;

use super::fault::Fault;
use super::fields::{Fields, Place};
use super::framing::Marks;
use super::head::{RequestHead, ResponseHead};
use super::limits::{EMPTY_LINES_MAX, FIELDS_MAX, Limits, METHOD_BYTES_MAX};
use super::target;

/// Room for what httparse finds, on the stack, and not made zero before.
type Headers<'a> = [MaybeUninit<Header<'a>>; FIELDS_MAX];

/// How far the search for the end of a head has come.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// So many bytes of the input were searched, up to a line that is not whole.
    searched: usize,
    /// The first line is whole, and was looked at.
    first_line: bool,
    /// Empty lines before the head, which were taken away.
    empty_lines: u8,
}

/// What can be read at the front of the input.
pub(super) trait Parse: Sized {
    /// Reads the head at the front of `text`; says also how many bytes it has, and what its marks
    /// say, if it is whole.
    type Said;
    /// See above.
    fn parse(text: &[u8], limits: &Limits) -> Result<Option<(usize, Self, Self::Said)>, Fault>;
    /// What a first line that has no end, or a head that has none, is called.
    fn too_large(text: &[u8], first_line: bool) -> Fault;
}

impl Search {
    /// Takes the head at the front of `input`, once it is whole.
    #[inline]
    pub(super) fn head<P: Parse>(
        &mut self,
        input: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<(P, P::Said)>, Fault> {
        // As it mostly is: the whole head came at once.
        if self.searched == 0 && input.first().is_some_and(|&byte| byte > b' ') {
            let text = &input[..input.len().min(limits.head_bytes)];
            if let Ok(Some((len, head, said))) = P::parse(text, limits) {
                input.advance(len);
                self.empty_lines = 0;
                return Ok(Some((head, said)));
            }
        }
        self.in_pieces(input, limits)
    }

    /// The events depend on the bytes alone, and not on how they were cut: a head is judged when
    /// its first line is whole, and when it is. What no head can begin with is known at once.
    #[cold]
    fn in_pieces<P: Parse>(
        &mut self,
        input: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<(P, P::Said)>, Fault> {
        if self.searched == 0 {
            self.skip_empty_lines(input)?;
        }
        match input.first() {
            None | Some(b'\r') => return Ok(None),
            Some(byte) if !byte.is_ascii_graphic() => return Err(Fault::FirstLine),
            Some(_) => {}
        }
        let text = &input[..input.len().min(limits.head_bytes)];
        if !self.first_line {
            if let Some(end) = text[self.searched..].iter().position(|&byte| byte == b'\n') {
                // Whole it cannot be; what is asked is whether it can become so.
                P::parse(&text[..=self.searched + end], limits)?;
                self.searched += end;
                self.first_line = true;
            } else {
                self.searched = text.len();
            }
        }
        if self.first_line
            && let Some(end) = end_of_lines(text, &mut self.searched)
        {
            let Some((len, head, said)) = P::parse(&text[..end], limits)? else {
                return Err(Fault::Field);
            };
            input.advance(len);
            *self = Search::default();
            return Ok(Some((head, said)));
        }
        if input.len() > limits.head_bytes {
            return Err(P::too_large(&input[..limits.head_bytes], self.first_line));
        }
        Ok(None)
    }

    /// Passes over empty lines, which old clients sent behind a body (RFC 9112, section 2.2).
    fn skip_empty_lines(&mut self, input: &mut BytesMut) -> Result<(), Fault> {
        loop {
            match input[..] {
                [b'\r', b'\n', ..] if self.empty_lines == EMPTY_LINES_MAX => {
                    return Err(Fault::EmptyLines);
                }
                [b'\r', b'\n', ..] => {
                    input.advance(2);
                    self.empty_lines += 1;
                }
                [b'\n', ..] | [b'\r', _, ..] => return Err(Fault::LineEnd),
                _ => return Ok(()),
            }
        }
    }
}

/// Where the lines end in `text`, behind their empty line. `searched` is where a line feed is, or
/// where one may yet come; what is before it is not looked at again.
pub(super) fn end_of_lines(text: &[u8], searched: &mut usize) -> Option<usize> {
    while let Some(at) = text[*searched..].iter().position(|&byte| byte == b'\n') {
        *searched += at;
        match text[*searched + 1..] {
            [b'\r', b'\n', ..] => return Some(*searched + 3),
            [b'\n', ..] => return Some(*searched + 2),
            [] | [b'\r'] => return None,
            _ => *searched += 1,
        }
    }
    *searched = text.len();
    None
}

/// What the head of a request says beside what is in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestSaid {
    pub(super) length: super::Length,
    pub(super) persists: bool,
    pub(super) continues: bool,
}

impl Parse for RequestHead {
    type Said = RequestSaid;

    #[inline]
    fn parse(
        text: &[u8],
        limits: &Limits,
    ) -> Result<Option<(usize, RequestHead, RequestSaid)>, Fault> {
        let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut []);
        let parsed = ParserConfig::default().parse_request_with_uninit_headers(
            &mut request,
            text,
            &mut headers[..limits.fields],
        );
        let len = match parsed {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => {
                bare_line_end(text)?;
                return Ok(None);
            }
            Err(error) => return Err(request_fault(error, text)),
        };
        let (Some(name), Some(wanted), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(Fault::FirstLine);
        };
        let text = &text[..len];
        let version = if minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
        if name.len() > METHOD_BYTES_MAX {
            return Err(Fault::Method);
        }
        if wanted.len() > limits.target_bytes {
            return Err(Fault::TargetTooLong);
        }
        let method = Method::from_bytes(name.as_bytes()).map_err(|_| Fault::FirstLine)?;
        let parts = target::split(&method, wanted.as_bytes())?;
        let (places, marks) = places(text, request.headers)?;
        marks.check_host(version)?;
        let said = RequestSaid {
            length: marks.of_request(version)?,
            persists: marks.persists(version),
            continues: marks.continues(version)?,
        };
        let base = offset(text, wanted.as_bytes());
        let within = |(from, len): (usize, usize)| (base + narrow(from), narrow(len));
        let head = RequestHead {
            method,
            version,
            target: within((0, wanted.len())),
            path: within(parts.path),
            query: parts.query.map(within),
            authority: parts.authority.map(within),
            fields: Fields { text: text.to_vec(), places },
        };
        Ok(Some((len, head, said)))
    }

    fn too_large(text: &[u8], first_line: bool) -> Fault {
        match first_line {
            true => Fault::HeadTooLarge,
            // The method has ended, so it is the target that does not.
            false if text.contains(&b' ') => Fault::TargetTooLong,
            false => Fault::FirstLine,
        }
    }
}

/// What the head of a response says beside what is in it.
#[derive(Debug)]
pub(super) struct ResponseSaid {
    /// Of its body, unless its request was HEAD.
    pub(super) length: super::Length,
    pub(super) persists: bool,
}

impl Parse for ResponseHead {
    type Said = ResponseSaid;

    fn parse(
        text: &[u8],
        limits: &Limits,
    ) -> Result<Option<(usize, ResponseHead, ResponseSaid)>, Fault> {
        let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let parsed = ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            text,
            &mut headers[..limits.fields],
        );
        let len = match parsed {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => {
                bare_line_end(text)?;
                return Ok(None);
            }
            Err(Error::Version) if !text.starts_with(b"HTTP/") => return Err(Fault::FirstLine),
            Err(error) => return Err(fault(error)),
        };
        let (Some(minor), Some(code)) = (response.version, response.code) else {
            return Err(Fault::FirstLine);
        };
        let text = &text[..len];
        let version = if minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 };
        let status = StatusCode::from_u16(code).map_err(|_| Fault::FirstLine)?;
        let (places, marks) = places(text, response.headers)?;
        let said = ResponseSaid {
            length: marks.of_response(version, status)?,
            persists: marks.persists(version),
        };
        let head = ResponseHead { version, status, fields: Fields { text: text.to_vec(), places } };
        Ok(Some((len, head, said)))
    }

    fn too_large(_text: &[u8], first_line: bool) -> Fault {
        if first_line { Fault::HeadTooLarge } else { Fault::FirstLine }
    }
}

/// Trailers: lines of fields, and an empty one.
pub(super) fn trailers(text: &[u8]) -> Result<Fields, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; FIELDS_MAX];
    match httparse::parse_headers(text, &mut headers) {
        Ok(Status::Complete((len, found))) => {
            let text = &text[..len];
            let (places, _) = places(text, found).map_err(|_| Fault::Trailer)?;
            Ok(Fields { text: text.to_vec(), places })
        }
        Err(Error::TooManyHeaders) => Err(Fault::TrailersTooLarge),
        Ok(Status::Partial) | Err(_) => Err(Fault::Trailer),
    }
}

/// The places of fields in their text, and what they mean to us.
#[inline]
fn places<'a>(
    text: &'a [u8],
    headers: &[Header<'a>],
) -> Result<(SmallVec<[Place; 4]>, Marks<'a>), Fault> {
    let mut places = SmallVec::with_capacity(headers.len());
    let mut marks = Marks::default();
    for header in headers {
        let name = offset(text, header.name.as_bytes());
        // The line before: it ends in LF, or httparse would not have seen this one.
        if name >= 2 && text[name as usize - 2] != b'\r' {
            return Err(Fault::LineEnd);
        }
        marks.see(header.name.as_bytes(), header.value)?;
        places.push(Place {
            name,
            name_len: narrow(header.name.len()),
            value: offset(text, header.value),
            value_len: narrow(header.value.len()),
        });
    }
    // The last line, and the empty one.
    if text.ends_with(b"\r\n\r\n") || text == b"\r\n" {
        Ok((places, marks))
    } else {
        Err(Fault::LineEnd)
    }
}

/// Where `part` is within `text`, of which it is a part.
fn offset(text: &[u8], part: &[u8]) -> u32 {
    narrow(part.as_ptr().addr() - text.as_ptr().addr())
}

/// A head's size is bounded by `Limits::bounded`.
#[expect(clippy::cast_possible_truncation, reason = "a head is shorter than 4 GiB")]
fn narrow(len: usize) -> u32 {
    len as u32
}

/// A first line that ends in LF alone.
fn bare_line_end(text: &[u8]) -> Result<(), Fault> {
    match text {
        [.., before, b'\n'] if *before != b'\r' => Err(Fault::LineEnd),
        _ => Ok(()),
    }
}

fn fault(error: Error) -> Fault {
    match error {
        Error::HeaderName | Error::HeaderValue => Fault::Field,
        Error::NewLine => Fault::LineEnd,
        Error::TooManyHeaders => Fault::TooManyFields,
        Error::Version => Fault::Version,
        Error::Status | Error::Token => Fault::FirstLine,
    }
}

/// As [`fault`]; and what is not a version at all is not a version that is not spoken here.
fn request_fault(error: Error, text: &[u8]) -> Fault {
    if error != Error::Version {
        return fault(error);
    }
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let word = line.split(|&byte| byte == b' ').nth(2).unwrap_or_default().trim_ascii_end();
    match word {
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            Fault::Version
        }
        _ => Fault::FirstLine,
    }
}
