//! A folder, served.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{self, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{
    ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use super::body::{Body, FilePart};
use super::error::Error;
use super::range::{Asked, asked};
use super::request::Request;
use super::response::Response;

/// What a folder is asked for as: its own page.
const INDEX: &str = "index.html";

/// The files below a folder.
///
/// Nothing outside of it is served: no segment of a path may be `..`, or hide a slash, a backslash
/// or a NUL behind percent signs, or begin with a dot; and a symbolic link that leads out of the
/// folder leads to nothing. Whoever may *change* the folder while it is served can still win a race
/// against this look; that needs openat2(2), and a folder that strangers write into.
///
/// Opening a file may block, and here keeps the thread that does it: disks are not selectable. A
/// local file is open in microseconds; one on a network's disk belongs on a pool of threads.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// The files below this folder.
    ///
    /// # Errors
    ///
    /// When there is no such folder.
    pub fn new(root: impl AsRef<path::Path>) -> io::Result<Files> {
        let root = fs::canonicalize(root)?;
        if root.is_dir() { Ok(Files { root }) } else { Err(io::ErrorKind::NotADirectory.into()) }
    }

    /// Answers a GET or HEAD for the route's last parameter, `{*path}`: a 200, a part of the file
    /// (206, 416; RFC 9110, section 14), or 304 for whoever has it already (section 13).
    ///
    /// # Errors
    ///
    /// 404 for whatever is not there, or should not be seen.
    pub fn serve(&self, request: &Request) -> Result<Response, Error> {
        let path = request.parameters().last().map_or("", String::as_str);
        let (file, path) = self.open(path).ok_or_else(Error::not_found)?;
        let about = file.metadata()?;
        let (len, modified) = (about.len(), modified(&about));
        let tag = tag(len, modified);
        let shown = |response: Response| {
            response
                .with(ETAG, tag.clone())
                .with(LAST_MODIFIED, value(&httpdate::fmt_http_date(modified)))
                .with(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
        };
        if has_it(request, &tag, modified) {
            return Ok(shown(Response::new(StatusCode::NOT_MODIFIED, Body::Empty)));
        }
        let range = request.field_text("range").filter(|_| still_the_same(request, &tag, modified));
        let (status, offset, part) = match asked(range, len) {
            Asked::All => (StatusCode::OK, 0, len),
            Asked::Part(offset, part) => (StatusCode::PARTIAL_CONTENT, offset, part),
            Asked::Nothing => {
                let text = "the file has no such bytes\n";
                let none = Response::text(StatusCode::RANGE_NOT_SATISFIABLE, text);
                return Ok(none.with(CONTENT_RANGE, value(&format!("bytes */{len}"))));
            }
        };
        let body = Body::File(FilePart { file: Rc::new(file), offset, len: part });
        let kind = mime_guess::from_path(&path).first_raw().unwrap_or("application/octet-stream");
        // A browser that guesses at types can take a text for a page.
        let mut response = shown(Response::new(status, body))
            .with(CONTENT_TYPE, HeaderValue::from_static(kind))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if status == StatusCode::PARTIAL_CONTENT {
            let last = offset + part - 1;
            let range: (HeaderName, _) =
                (CONTENT_RANGE, value(&format!("bytes {offset}-{last}/{len}")));
            response.fields.push(range);
        }
        Ok(response)
    }

    /// Opens what a path of a target stands for.
    fn open(&self, path: &str) -> Option<(File, PathBuf)> {
        let mut wanted = self.root.clone();
        let mut segments = path.split('/').peekable();
        while let Some(segment) = segments.next() {
            // "a/" is the page of the folder "a"; "a//b" is nothing.
            if segment.is_empty() && segments.peek().is_none() {
                break;
            }
            let segment = percent_decode_str(segment).decode_utf8().ok()?;
            let hides = segment.contains(['/', '\\', '\0', ':']) || segment.starts_with('.');
            if segment.is_empty() || hides {
                return None;
            }
            wanted.push(&*segment);
        }
        // Follows links, and so shows where they lead.
        let mut found = fs::canonicalize(&wanted).ok()?;
        if found.is_dir() && (path.is_empty() || path.ends_with('/')) {
            found = fs::canonicalize(found.join(INDEX)).ok()?;
        }
        // A pipe or a device would block at its opening, or never end.
        if !found.starts_with(&self.root) || !fs::metadata(&found).ok()?.is_file() {
            return None;
        }
        Some((File::open(&found).ok()?, found))
    }
}

/// When the file was changed, in whole seconds: a Date says no more.
fn modified(about: &Metadata) -> SystemTime {
    let since = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    UNIX_EPOCH + Duration::from_secs(since.unwrap_or_default().as_secs())
}

/// Another size or another time is another file. Weak, for a file may change twice in a second.
fn tag(len: u64, modified: SystemTime) -> HeaderValue {
    let seconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    value(&format!("W/\"{len:x}-{seconds:x}\""))
}

/// Whether the client has it already (RFC 9110, sections 13.1.2 and 13.1.3): by its tag, or, if it
/// names none, by its date.
fn has_it(request: &Request, tag: &HeaderValue, modified: SystemTime) -> bool {
    if let Some(tags) = request.field_text("if-none-match") {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let ours = opaque(tag.to_str().unwrap_or_default());
        return tags.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == ours);
    }
    let since = request
        .field_text("if-modified-since")
        .and_then(|date| httpdate::parse_http_date(date).ok());
    since.is_some_and(|since| modified <= since)
}

/// Whether the part that the client wants is of the file that it knows (section 13.1.5). A weak
/// tag never says so.
fn still_the_same(request: &Request, tag: &HeaderValue, modified: SystemTime) -> bool {
    let Some(known) = request.field_text("if-range") else { return true };
    match httpdate::parse_http_date(known) {
        // Only a date that is not of this very second is a strong validator (section 8.8.2.2).
        Ok(date) => {
            let age = SystemTime::now().duration_since(modified).unwrap_or_default();
            date == modified && age > Duration::from_secs(1)
        }
        Err(_) => !known.starts_with("W/") && known.as_bytes() == tag.as_bytes(),
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("visible ASCII")
}
