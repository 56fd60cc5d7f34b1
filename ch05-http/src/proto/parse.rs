//! Finds the end of a head, and takes the head apart.
//!
//! The first line is read in `line`. `httparse` reads the fields: lines, names and values. It takes a
//! bare LF for a line's end, which we do not; so what it found is looked at again: each line must end
//! in CR LF.

use bytes::{Buf, BytesMut};
use httparse::{EMPTY_HEADER, Error, Header, Status};

use super::fault::Fault;
use super::fields::{Fields, narrow, offset};
use super::framing::{Length, Marks};
use super::head::{RequestHead, ResponseHead};
use super::limits::{EMPTY_LINES_MAX, FIELDS_MAX, Limits};
use super::{line, target};

/// So many fields are looked for first: room for them is made empty before each head, which takes
/// time. A head that has more is read again, with room for all that it may have. Browsers send about
/// fifteen.
const SOME: usize = 16;

/// So many of a text that is short: programs send about five, and tools that measure one or two.
const FEW: usize = 6;

/// A text of at most so many bytes is short.
const SHORT_BYTES_MAX: usize = 192;

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

/// What is read, or what is wrong with it; nothing, if more is to come.
pub(super) type Parsed<T> = Result<T, Option<Fault>>;

/// A head of either kind.
pub(super) trait Parse: Sized {
    /// Reads the head at the front of `text`.
    fn parse(text: &[u8], limits: &Limits) -> Parsed<Whole<Self>>;
    /// What is wrong with a head that has no end in `text`, or not even its first line has.
    fn too_large(text: &[u8], first_line: bool) -> Fault;
}

impl Search {
    /// Takes the head at the front of `input`, once it is whole.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of receiving a head")]
    pub(super) fn head<P: Parse>(
        &mut self,
        input: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Whole<P>>, Fault> {
        if input.is_empty() {
            return Ok(None);
        }
        // As it mostly is: the whole head came at once.
        if self.searched == 0 && input.first().is_some_and(|&byte| byte > b' ') {
            let text = &input[..input.len().min(limits.head_bytes)];
            if let Ok(whole) = P::parse(text, limits) {
                if whole.len == input.len() {
                    // Room at the front is not asked for back later on.
                    input.clear();
                } else {
                    input.advance(whole.len);
                }
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
                if let Err(Some(fault)) = again::<P>(&text[..=self.searched + end], limits) {
                    return Err(fault);
                }
                self.searched += end;
                self.first_line = true;
            } else {
                self.searched = text.len();
            }
        }
        if self.first_line
            && let Some(end) = end_of_lines(text, &mut self.searched)
        {
            let whole = again::<P>(&text[..end], limits);
            let whole = whole.map_err(|fault| fault.unwrap_or(Fault::Field))?;
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
fn again<P: Parse>(text: &[u8], limits: &Limits) -> Parsed<Whole<P>> {
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
    fn parse(text: &[u8], limits: &Limits) -> Parsed<Whole<RequestHead>> {
        let Some(line) = line::request(text) else { return Err(line::request_fault(text)) };
        let (method, target, version) = (line.method, line.target, line.version);
        if target.len() > limits.target_bytes {
            return Err(Some(Fault::TargetTooLong));
        }
        let path = target::path(&method, target, line.question)?;
        let (mut marks, mut head) = (Marks::default(), RequestHead::spare());
        let parts = head.parts_mut();
        let len = fields(text, line.len, limits.fields, &mut marks, &mut parts.fields)?;
        marks.check_host(version)?;
        (parts.method, parts.version, parts.has_query) = (method, version, path.has_query);
        (parts.target, parts.target_len) = (offset(text, target), narrow(target.len()));
        (parts.path, parts.path_len) = (narrow(path.begin), narrow(path.len));
        Ok(Whole {
            head,
            len,
            length: marks.of_request(version)?,
            persists: marks.persists(version),
            continues: marks.continues(version)?,
        })
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
    fn parse(text: &[u8], limits: &Limits) -> Parsed<Whole<ResponseHead>> {
        let (version, status, line_len) = line::status(text)?;
        let mut marks = Marks::default();
        let mut kept = Fields::new();
        let len = fields(text, line_len, limits.fields, &mut marks, &mut kept)?;
        Ok(Whole {
            head: ResponseHead { version, status, fields: kept },
            len,
            length: marks.of_response(version, status)?,
            persists: marks.persists(version),
            continues: false,
        })
    }

    fn too_large(_text: &[u8], first_line: bool) -> Fault {
        if first_line { Fault::HeadTooLarge } else { Fault::FirstLine }
    }
}

/// Trailers: lines of fields, and an empty one.
pub(super) fn trailers(text: &[u8]) -> Result<Fields, Fault> {
    // What their fields say is said too late. It must make sense all the same.
    let mut kept = Fields::new();
    match fields(text, 0, FIELDS_MAX, &mut Marks::default(), &mut kept) {
        Ok(_len) => Ok(kept),
        Err(Some(Fault::TooManyFields)) => Err(Fault::TrailersTooLarge),
        Err(_) => Err(Fault::Trailer),
    }
}

/// Reads the fields that begin at `from` and end in an empty line, keeps them, and marks what they mean to
/// us. Says where the empty line ends.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of receiving a head")]
fn fields<'a>(
    text: &'a [u8],
    from: usize,
    most: usize,
    marks: &mut Marks<'a>,
    kept: &mut Fields,
) -> Parsed<usize> {
    let (mut few, mut some);
    let room = if text.len() <= SHORT_BYTES_MAX {
        few = [EMPTY_HEADER; FEW];
        &mut few[..]
    } else {
        some = [EMPTY_HEADER; SOME];
        &mut some[..]
    };
    match httparse::parse_headers(&text[from..], room) {
        Ok(Status::Complete((len, found))) if found.len() <= most => {
            keep(&text[..from + len], found, marks, kept)
        }
        Ok(Status::Partial) => Err(None),
        Ok(_) | Err(Error::TooManyHeaders) => many_fields(text, from, most, marks, kept),
        Err(error) => Err(Some(fault(error))),
    }
}

/// The same for more than a few.
#[inline(never)]
fn many_fields<'a>(
    text: &'a [u8],
    from: usize,
    most: usize,
    marks: &mut Marks<'a>,
    kept: &mut Fields,
) -> Parsed<usize> {
    let mut many = [EMPTY_HEADER; FIELDS_MAX];
    match httparse::parse_headers(&text[from..], &mut many[..most]) {
        Ok(Status::Complete((len, found))) => keep(&text[..from + len], found, marks, kept),
        Ok(Status::Partial) => Err(None),
        Err(error) => Err(Some(fault(error))),
    }
}

/// Keeps a text, and the places of its fields in it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of receiving a head")]
fn keep<'a>(
    text: &'a [u8],
    headers: &[Header<'a>],
    marks: &mut Marks<'a>,
    kept: &mut Fields,
) -> Parsed<usize> {
    // The last line, and the empty one.
    if !text.ends_with(b"\r\n\r\n") && text != b"\r\n" {
        return Err(Some(Fault::LineEnd));
    }
    kept.begin(text, headers.len());
    for header in headers {
        let name = header.name.as_bytes();
        // The line before: it ends in LF, or httparse would not have seen this one.
        let begin = offset(text, name) as usize;
        if begin >= 2 && text[begin - 2] != b'\r' {
            return Err(Some(Fault::LineEnd));
        }
        marks.see(name, header.value)?;
        kept.place(text, name, header.value);
    }
    Ok(text.len())
}

fn fault(error: Error) -> Fault {
    match error {
        Error::NewLine => Fault::LineEnd,
        Error::TooManyHeaders => Fault::TooManyFields,
        _ => Fault::Field,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use bytes::BytesMut;

    use super::super::{Fault, Limits};
    use super::{FEW, Length, Parse, Parsed, RequestHead, SHORT_BYTES_MAX, SOME, Search, Whole};

    thread_local! {
        static PARSED: Cell<u32> = const { Cell::new(0) };
    }

    /// Whole when it ends in an empty line; it counts how often it is asked.
    struct Counted;

    impl Parse for Counted {
        fn parse(text: &[u8], _: &Limits) -> Parsed<Whole<Counted>> {
            PARSED.set(PARSED.get() + 1);
            if !text.ends_with(b"\r\n\r\n") {
                return Err(None);
            }
            let (len, length) = (text.len(), Length::None);
            Ok(Whole { head: Counted, len, length, persists: true, continues: false })
        }

        fn too_large(_: &[u8], _: bool) -> Fault {
            Fault::HeadTooLarge
        }
    }

    /// Of any cut, and of lines as short as they can be.
    #[test]
    fn a_head_in_pieces_is_parsed_three_times_at_most() {
        let head = format!("line\r\n{}\r\n", "a\r\n".repeat(3000));
        for cut in [1, 2, 3, 1000, head.len() - 1, head.len()] {
            PARSED.set(0);
            let (mut search, mut input) = (Search::default(), BytesMut::new());
            let mut found = 0;
            for piece in head.as_bytes().chunks(cut) {
                input.extend_from_slice(piece);
                let whole = search.head::<Counted>(&mut input, &Limits::default());
                found += usize::from(whole.is_ok_and(|whole| whole.is_some()));
            }
            assert_eq!((found, input.len()), (1, 0), "cut into {cut}");
            assert!(PARSED.get() <= 3, "{} times, cut into {cut}", PARSED.get());
        }
    }

    /// Room is made for so many, and more are read all the same: whole, and not yet whole.
    #[test]
    fn fields_are_as_many_as_came_however_long_the_text_is() {
        for (line, short) in [
            ("A:b\r\n".to_owned(), true),
            (format!("A:{}\r\n", "b".repeat(SHORT_BYTES_MAX)), false),
        ] {
            for count in [1, FEW - 1, FEW, FEW + 1, SOME - 1, SOME, SOME + 1] {
                let head = format!("GET / HTTP/1.1\r\nHost:\r\n{}\r\n", line.repeat(count - 1));
                assert!(count == 1 || short == (head.len() <= SHORT_BYTES_MAX), "{count}");
                let parse = |text: &str| RequestHead::parse(text.as_bytes(), &Limits::default());
                let whole = parse(&head).expect("a head");
                assert_eq!((whole.head.fields().len(), whole.len), (count, head.len()));
                assert!(matches!(parse(&head[..head.len() - 1]), Err(None)), "{count}");
            }
        }
    }
}
