//! The folder `files`, as the server of this folder serves it: from memory, in a few lines.

use std::fs;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::answers::Answer;
use crate::fault::Fault;
use crate::request::Request;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/files");

/// Any one will do, as long as it is the same.
const TAG: &str = "\"1\"";
const DATE: &str = "Thu, 26 Nov 2026 00:00:00 GMT";

/// Answers a request for what is below `/files/`.
pub(crate) fn answer(request: &Request, path: &str, fault: Fault) -> Answer {
    let found = place(path, fault).filter(|_| !path.starts_with('/'));
    let Some(whole) = found.and_then(|place| fs::read(place).ok()) else { return nowhere() };
    let about = format!("ETag: {TAG}\r\nLast-Modified: {DATE}\r\n");
    let field = |name| request.field(name);
    if field("if-match").is_some_and(|tags| tags != "*" && !tags.contains(TAG))
        || field("if-unmodified-since").is_some_and(|date| date != DATE)
    {
        return Answer::text("412 Precondition Failed", "changed\n");
    }
    let same_date = field("if-modified-since") == Some(DATE);
    let has_it = match field("if-none-match") {
        Some(_) if fault == Fault::DateBeforeTag && same_date => true,
        Some(tags) => tags == "*" || tags.contains(TAG),
        None => same_date,
    };
    if has_it && fault != Fault::ConditionsIgnored {
        return Answer { status: "304 Not Modified", fields: about, body: Vec::new() };
    }
    let changed = field("if-range").is_some_and(|known| known != TAG && known != DATE);
    let ranged = request.method == "GET" || fault == Fault::RangeForHead;
    let range =
        field("range").filter(|_| ranged && (!changed || fault == Fault::RangeOfAnotherFile));
    let len = whole.len();
    match range.and_then(|range| part(range, len, fault)) {
        None => Answer { status: "200 OK", fields: about, body: whole },
        Some((from, to)) if from < to => {
            let fields = format!("{about}Content-Range: bytes {from}-{}/{len}\r\n", to - 1);
            Answer { status: "206 Partial Content", fields, body: whole[from..to].to_vec() }
        }
        Some(_) => {
            let mut none = Answer::text("416 Range Not Satisfiable", "no such bytes\n");
            if fault != Fault::NoLengthIn416 {
                none.fields = format!("Content-Range: bytes */{len}\r\n");
            }
            none
        }
    }
}

fn nowhere() -> Answer {
    Answer::text("404 Not Found", "no such file\n")
}

/// What is asked for: from, and up to. As much as nothing if that is not there; `None`: the whole.
fn part(range: &str, len: usize, fault: Fault) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse().unwrap_or(usize::MAX))
    };
    let (first, last) = match (first, last) {
        ("", "") => return None,
        ("", last) if fault == Fault::SuffixFromTheFront => (0, number(last)?.saturating_sub(1)),
        ("", last) => match number(last)? {
            0 => return Some((0, 0)),
            last => (len.saturating_sub(last), len - 1),
        },
        (first, "") => (number(first)?, usize::MAX),
        (first, last) => (number(first)?, number(last)?),
    };
    if last < first {
        return None;
    }
    let end = if fault == Fault::RangeWithoutItsLast { last } else { last.saturating_add(1) };
    Some((first.min(len), end.min(len).max(first.min(len))))
}

/// Where the file is that a path stands for.
fn place(path: &str, fault: Fault) -> Option<PathBuf> {
    let decode = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    let mut decoded = decode(path)?;
    let looked_at = if fault == Fault::LooksBeforeDecoding { path } else { &decoded };
    let plain = |part| matches!(part, Component::Normal(_));
    let odd = looked_at.contains("//") || looked_at.contains(['\\', '\0', ':']);
    if odd || !Path::new(looked_at).components().all(plain) {
        return None;
    }
    if fault == Fault::DecodesTwice {
        decoded = decode(&decoded)?;
    }
    match decoded.as_str() {
        "" => Some(Path::new(ROOT).join("index.html")),
        file if file.ends_with('/') => None,
        file => Some(Path::new(ROOT).join(file)),
    }
}
