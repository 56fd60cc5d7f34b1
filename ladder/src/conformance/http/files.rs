//! A file, whole and in parts (RFC 9110, section 14), and not at all for those who have it
//! (section 13).
//!
//! A download that breaks off is continued by a range. One byte too many or too few, or a part of a
//! file that has changed meanwhile, and what the client puts together is no file of ours.

use crate::client::{Client, Response};

use super::super::case::{Case, Failure, Verdict, Within, ensure};
use super::{bare, has_status, is_ok, still_serves};

/// The numbers from 0 in seven digits, a line each.
const NUMBERS: &str = "/files/numbers.txt";
const LINES: usize = 10_000;

/// What is asked for, and the bytes that are: from, and up to.
const PARTS: [(&str, usize, usize); 9] = [
    ("bytes=0-0", 0, 1),
    ("bytes=7-8", 7, 9),
    ("bytes=0-79999", 0, 80_000),
    ("bytes=79999-", 79_999, 80_000),
    ("bytes=65536-65536", 65_536, 65_537),
    ("bytes=40000-1000000", 40_000, 80_000),
    ("bytes=1-18446744073709551616", 1, 80_000),
    ("bytes=-8", 79_992, 80_000),
    ("bytes=-1000000", 0, 80_000),
];

/// Bytes that the file does not have.
const NOWHERE: [&str; 4] =
    ["bytes=80000-", "bytes=80000-80001", "bytes=99999999999999999999-", "bytes=-0"];

/// What is no range, is one of something else, or more than one: all of it is a right answer.
const NO_PARTS: [&str; 7] =
    ["bytes=5-4", "bytes=a-b", "bytes=", "bytes=-", "bytes=1", "lines=1-2", "bytes=0-0,7-8"];

/// Answers that fill what is on the way to a client who reads late: the server's writes get short.
const LATE: usize = 100;

pub(in super::super) fn run(case: &Case<'_>) -> Verdict {
    let server = case.spawn()?;
    let whole: Vec<u8> = (0..LINES).flat_map(|line| format!("{line:07}\n").into_bytes()).collect();
    let mut client = case.connect(&server)?;
    let first = client.request(&bare("GET", NUMBERS))?;
    is_ok(&first, &whole)?;
    for name in ["content-type", "etag", "last-modified"] {
        ensure(first.field(name).is_some(), || format!("expected one {name}, got {first}"))?;
    }
    let head = client.request(&bare("HEAD", NUMBERS))?;
    for name in ["content-length", "content-type", "etag", "last-modified"] {
        let same = head.status == 200 && head.field(name) == first.field(name);
        ensure(same, || format!("GET and HEAD differ: {first} and {head}"))?;
    }
    let index = client.request(&bare("GET", "/files/")).within("the folder's own page")?;
    has_status(&index, 200)?;
    for path in ["/files", "/files/nowhere", "/files/numbers.txt/", "/files//numbers.txt"] {
        has_status(&client.request(&bare("GET", path)).within(path)?, 404).within(path)?;
    }
    parts(&mut client, &whole)?;
    conditions(&mut client, &first, &whole)?;
    still_serves(&mut client).within("after files")?;

    let mut late = case.connect_narrow(&server)?;
    late.send(&bare("GET", NUMBERS).repeat(LATE))?;
    case.serves_another(&server, "while one who asked for files does not read")?;
    for number in 0..LATE {
        let what = format!("file {number} of {LATE}");
        is_ok(&late.next_response(false).within(&what)?, &whole).within(&what)?;
    }
    Ok(())
}

/// Asks for the file with these further fields, each with its CRLF.
fn ask(client: &mut Client, method: &str, fields: &str) -> Result<Response, Failure> {
    let request = format!("{method} {NUMBERS} HTTP/1.1\r\nHost: ladder\r\n{fields}\r\n");
    client.request(request.as_bytes()).within(fields.trim_end())
}

fn parts(client: &mut Client, whole: &[u8]) -> Verdict {
    let len = whole.len();
    for (range, from, to) in PARTS {
        let part = ask(client, "GET", &format!("Range: {range}\r\n"))?;
        let expected = format!("bytes {from}-{}/{len}", to - 1);
        let fine = part.status == 206
            && part.body == whole[from..to]
            && part.field("content-range") == Some(&expected);
        ensure(fine, || format!("{range}: expected a 206 with {expected}, got {part}"))?;
    }
    for range in NOWHERE {
        let none = ask(client, "GET", &format!("Range: {range}\r\n"))?;
        let fine = none.status == 416
            && none.field("content-range").is_some_and(|says| says == format!("bytes */{len}"));
        ensure(fine, || format!("{range}: expected a 416 of {len} bytes, got {none}"))?;
    }
    for range in NO_PARTS {
        is_ok(&ask(client, "GET", &format!("Range: {range}\r\n"))?, whole).within(range)?;
    }
    // Only GET has ranges (section 14.2).
    let head = ask(client, "HEAD", "Range: bytes=0-0\r\n")?;
    let fine = head.status == 200 && head.field("content-length") == Some(&len.to_string());
    ensure(fine, || format!("HEAD with a range: expected the whole's head, got {head}"))
}

/// The file's tag and date, in conditions that hold or do not.
fn conditions(client: &mut Client, first: &Response, whole: &[u8]) -> Verdict {
    let tag = first.field("etag").unwrap_or("");
    let date = first.field("last-modified").unwrap_or("");
    let old = "Thu, 01 Jan 1970 00:00:00 GMT";
    for (fields, status) in [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("If-None-Match: \"other\", {tag}\r\n"), 304),
        ("If-None-Match: *\r\n".to_owned(), 304),
        ("If-None-Match: \"other\"\r\n".to_owned(), 200),
        (format!("If-Modified-Since: {date}\r\n"), 304),
        (format!("If-Modified-Since: {old}\r\n"), 200),
        ("If-Modified-Since: yesterday\r\n".to_owned(), 200),
        // A tag says more than a date.
        (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {date}\r\n"), 200),
        (format!("If-None-Match: {tag}\r\nRange: bytes=0-0\r\n"), 304),
        ("If-Match: \"other\"\r\n".to_owned(), 412),
        ("If-Match: *\r\n".to_owned(), 200),
        (format!("If-Unmodified-Since: {old}\r\n"), 412),
        (format!("If-Unmodified-Since: {date}\r\n"), 200),
    ] {
        let response = ask(client, "GET", &fields)?;
        has_status(&response, status).within(fields.trim_end())?;
        match status {
            200 => is_ok(&response, whole).within(fields.trim_end())?,
            304 => ensure(response.field("etag") == Some(tag), || {
                format!("{}: expected the tag {tag}, got {response}", fields.trim_end())
            })?,
            _ => {}
        }
    }
    for (known, unchanged) in [("\"other\"", false), (old, false), (tag, !tag.starts_with("W/"))] {
        let fields = format!("Range: bytes=0-0\r\nIf-Range: {known}\r\n");
        let response = ask(client, "GET", &fields)?;
        if unchanged {
            has_status(&response, 206).within(fields.trim_end())?;
        } else {
            // The rest of another file is no use.
            is_ok(&response, whole).within(fields.trim_end())?;
        }
    }
    Ok(())
}
