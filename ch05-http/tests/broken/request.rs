//! The head of a request: what is asked for, and where it ends.

use httparse::{EMPTY_HEADER, Status};

use crate::fault::Fault;

const FIELDS_MAX: usize = 64;

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Sized(u64),
    Chunked,
}

/// What a head says.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) framing: Framing,
    /// HTTP/1.0.
    pub(crate) old: bool,
    /// Nothing more is wanted on this connection.
    pub(crate) close: bool,
    pub(crate) expects: bool,
    /// Names in lower case, and values.
    fields: Vec<(String, String)>,
}

impl Request {
    /// The value of the first field of this name, in lower case.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a head that is whole. `None`: it is bad.
pub(crate) fn parse(head: &[u8], fault: Fault) -> Option<Request> {
    let mut fields = [EMPTY_HEADER; FIELDS_MAX];
    let mut parsed = httparse::Request::new(&mut fields);
    let Ok(Status::Complete(_)) = parsed.parse(head) else { return None };
    let (method, target) = (parsed.method?.to_owned(), parsed.path?);
    let old = parsed.version? == 0;
    let values = |wanted: &str| -> Vec<&[u8]> {
        let fields = parsed.headers.iter();
        fields.filter(|f| f.name.eq_ignore_ascii_case(wanted)).map(|f| f.value).collect()
    };
    let has_token = |name: &str, token: &str| {
        let text = values(name).join(&b',').to_ascii_lowercase();
        String::from_utf8_lossy(&text).split(',').any(|word| word.trim() == token)
    };
    let host_is_fine = match &values("host")[..] {
        [] => old,
        [one] => one.iter().all(|byte| byte.is_ascii_alphanumeric() || b".:-[]".contains(byte)),
        _ => false,
    };
    if !host_is_fine && fault != Fault::AnyHost {
        return None;
    }
    let (framing, last) =
        framing(&values("content-length"), &values("transfer-encoding"), old, fault)?;
    let fields = parsed.headers.iter().map(|field| {
        (field.name.to_ascii_lowercase(), String::from_utf8_lossy(field.value).into_owned())
    });
    Some(Request {
        fields: fields.collect(),
        path: path(target).to_owned(),
        framing,
        old,
        close: last
            || (old && fault != Fault::Keeps10)
            || (has_token("connection", "close") && fault != Fault::IgnoresClose),
        expects: has_token("expect", "100-continue"),
        method,
    })
}

/// The framing, and whether it is so dubious that this must be the last request.
fn framing(
    lengths: &[&[u8]],
    encodings: &[&[u8]],
    old: bool,
    fault: Fault,
) -> Option<(Framing, bool)> {
    let chunked = match encodings {
        [] => false,
        [one] if one.eq_ignore_ascii_case(b"chunked") => true,
        [one] if fault == Fault::NearlyChunked && one.ends_with(b"chunked") => true,
        _ if fault == Fault::UnknownEncodingIgnored => false,
        _ => return None,
    };
    let both = chunked && !lengths.is_empty();
    if chunked && !(both && fault == Fault::LengthBeforeChunks) {
        let last = both && fault != Fault::ChunksAndGoesOn;
        return (!old).then_some((Framing::Chunked, last));
    }
    let [first, others @ ..] = lengths else { return Some((Framing::Sized(0), false)) };
    if others.iter().any(|other| other != first) && fault != Fault::FirstLengthWins {
        return None;
    }
    let plain = first.iter().all(u8::is_ascii_digit) || fault == Fault::SignedLength;
    let length = std::str::from_utf8(first).ok().filter(|_| plain)?.parse().ok()?;
    // What no body can be; some server adds to it, and comes out at zero.
    (length < u64::MAX / 2).then_some((Framing::Sized(length), false))
}

/// A target without its origin and its query.
fn path(target: &str) -> &str {
    let path = target
        .strip_prefix("http://")
        .map_or(target, |rest| rest.find('/').map_or("/", |slash| &rest[slash..]));
    path.split('?').next().unwrap_or(path)
}
