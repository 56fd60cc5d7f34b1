//! Finds the end of a head, and takes the head apart.
//!
//! `httparse` reads lines, names and values. It takes a bare LF for a line's end, which we do not;
//! so what it found is looked at again: each line must end in CR LF.

use std::mem::MaybeUninit;

use bytes::{Buf, BytesMut};
use http::{Method, StatusCode, Version};
use httparse::{Error, Header, ParserConfig, Status};

use super::fault::Fault;
use super::fields::{Fields, narrow, offset};
use super::framing::{Length, Marks};
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

/// A head that is whole, and what it says about what comes behind it.
#[derive(Debug)]
pub(super) struct Whole<P> {
    pub(super) head: P,
    /// Bytes of the head.
    pub(super) len: usize,
    /// Of its body. A response's may yet have none, if its request was HEAD.
    pub(super) length: Length,
    /// Its sender would go on with the connection.
    pub(super) persists: bool,
    /// Its sender waits for "100 Continue".
    pub(super) continues: bool,
}

/// A head of either kind.
pub(super) trait Parse: Sized {
    /// Reads the head at the front of `text`, if it is whole.
    fn parse(text: &[u8], limits: &Limits) -> Result<Option<Whole<Self>>, Fault>;
    /// What is wrong with a head that has no end in `text`, or not even its first line has.
    fn too_large(text: &[u8], first_line: bool) -> Fault;
}

impl Search {
    /// Takes the head at the front of `input`, once it is whole.
    #[inline]
    pub(super) fn head<P: Parse>(
        &mut self,
        input: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Whole<P>>, Fault> {
        // As it mostly is: the whole head came at once.
        if self.searched == 0 && input.first().is_some_and(|&byte| byte > b' ') {
            let text = &input[..input.len().min(limits.head_bytes)];
            if let Ok(Some(whole)) = P::parse(text, limits) {
                input.advance(whole.len);
                self.empty_lines = 0;
                return Ok(Some(whole));
            }
        }
        self.in_pieces(input, limits)
    }

    /// The events depend on the bytes alone, and not on how they were cut: a head is judged when
    /// its first line is whole, and when it is. What no head can begin with is known at once.
    #[cold]
    #[inline(never)]
    fn in_pieces<P: Parse>(
        &mut self,
        input: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Whole<P>>, Fault> {
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
                again::<P>(&text[..=self.searched + end], limits)?;
                self.searched += end;
                self.first_line = true;
            } else {
                self.searched = text.len();
            }
        }
        if self.first_line
            && let Some(end) = end_of_lines(text, &mut self.searched)
        {
            let whole = again::<P>(&text[..end], limits)?.ok_or(Fault::Field)?;
            input.advance(whole.len);
            *self = Search::default();
            return Ok(Some(whole));
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

/// The same as [`Parse::parse`], which is a part of the caller where heads come whole.
#[inline(never)]
fn again<P: Parse>(text: &[u8], limits: &Limits) -> Result<Option<Whole<P>>, Fault> {
    P::parse(text, limits)
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

impl Parse for RequestHead {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a head is large to hand over")]
    fn parse(text: &[u8], limits: &Limits) -> Result<Option<Whole<RequestHead>>, Fault> {
        let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut request = httparse::Request::new(&mut []);
        let parsed = request.parse_with_uninit_headers(text, &mut headers[..limits.fields]);
        let len = match parsed {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => return not_whole(text),
            Err(error) => return Err(request_fault(error, text)),
        };
        let (Some(name), Some(target), Some(minor)) =
            (request.method, request.path, request.version)
        else {
            return Err(Fault::FirstLine);
        };
        if name.len() > METHOD_BYTES_MAX {
            return Err(Fault::Method);
        }
        if target.len() > limits.target_bytes {
            return Err(Fault::TargetTooLong);
        }
        let version = version(minor);
        let method = match name {
            "GET" => Method::GET,
            _ => Method::from_bytes(name.as_bytes()).map_err(|_| Fault::FirstLine)?,
        };
        let path = target::path(&method, target.as_bytes())?;
        let mut marks = Marks::default();
        let fields = fields(&text[..len], request.headers, &mut marks)?;
        marks.check_host(version)?;
        let head = RequestHead {
            method,
            version,
            has_query: path.has_query,
            target: offset(text, target.as_bytes()),
            target_len: narrow(target.len()),
            path: narrow(path.begin),
            path_len: narrow(path.len),
            fields,
        };
        Ok(Some(Whole {
            head,
            len,
            length: marks.of_request(version)?,
            persists: marks.persists(version),
            continues: marks.continues(version)?,
        }))
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

impl Parse for ResponseHead {
    fn parse(text: &[u8], limits: &Limits) -> Result<Option<Whole<ResponseHead>>, Fault> {
        let mut headers: Headers<'_> = [const { MaybeUninit::uninit() }; FIELDS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let parsed = ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            text,
            &mut headers[..limits.fields],
        );
        let len = match parsed {
            Ok(Status::Complete(len)) => len,
            Ok(Status::Partial) => return not_whole(text),
            Err(Error::Version) if !text.starts_with(b"HTTP/") => return Err(Fault::FirstLine),
            Err(error) => return Err(fault(error)),
        };
        let (Some(minor), Some(code)) = (response.version, response.code) else {
            return Err(Fault::FirstLine);
        };
        let version = version(minor);
        let status = StatusCode::from_u16(code).map_err(|_| Fault::FirstLine)?;
        let mut marks = Marks::default();
        let fields = fields(&text[..len], response.headers, &mut marks)?;
        Ok(Some(Whole {
            head: ResponseHead { version, status, fields },
            len,
            length: marks.of_response(version, status)?,
            persists: marks.persists(version),
            continues: false,
        }))
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
            // What their fields say is said too late. It must make sense all the same.
            fields(&text[..len], found, &mut Marks::default()).map_err(|_| Fault::Trailer)
        }
        Err(Error::TooManyHeaders) => Err(Fault::TrailersTooLarge),
        Ok(Status::Partial) | Err(_) => Err(Fault::Trailer),
    }
}

/// Keeps the fields that are in a text, and marks what they mean to us.
#[inline]
fn fields<'a>(
    text: &'a [u8],
    headers: &[Header<'a>],
    marks: &mut Marks<'a>,
) -> Result<Fields, Fault> {
    // The last line, and the empty one.
    if !text.ends_with(b"\r\n\r\n") && text != b"\r\n" {
        return Err(Fault::LineEnd);
    }
    let mut fields = Fields::of(text, headers.len());
    for header in headers {
        let name = header.name.as_bytes();
        // The line before: it ends in LF, or httparse would not have seen this one.
        let begin = offset(text, name) as usize;
        if begin >= 2 && text[begin - 2] != b'\r' {
            return Err(Fault::LineEnd);
        }
        marks.see(name, header.value)?;
        fields.place(text, name, header.value);
    }
    Ok(fields)
}

fn version(minor: u8) -> Version {
    if minor == 0 { Version::HTTP_10 } else { Version::HTTP_11 }
}

/// More is to come, unless it is a first line that ends in LF alone.
fn not_whole<P>(text: &[u8]) -> Result<Option<Whole<P>>, Fault> {
    match text {
        [.., before, b'\n'] if *before != b'\r' => Err(Fault::LineEnd),
        _ => Ok(None),
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
