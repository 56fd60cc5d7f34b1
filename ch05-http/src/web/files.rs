//! A folder, served.

use std::fs::{self, File};
use std::io;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{
    ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use super::body::{Body, FilePart};
use super::conditions::{Validators, Verdict};
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
    /// (206, 416; RFC 9110, section 14), or what the request's conditions make of it (304, 412;
    /// section 13).
    ///
    /// # Errors
    ///
    /// 404 for whatever is not there, or should not be seen.
    pub fn serve(&self, request: &Request) -> Result<Response, Error> {
        let path = request.parameters().last().map_or("", String::as_str);
        let (file, path) = self.open(path).ok_or_else(Error::not_found)?;
        let about = file.metadata()?;
        let now = SystemTime::now();
        let validators = Validators::new(about.len(), about.modified().unwrap_or(now), now);
        let shown = |status, body| {
            Response::new(status, body)
                .with(ETAG, validators.tag.clone())
                .with(LAST_MODIFIED, value(&httpdate::fmt_http_date(validators.modified)))
                .with(ACCEPT_RANGES, HeaderValue::from_static("bytes"))
        };
        match validators.judge(request) {
            Verdict::Holds => {}
            Verdict::HasIt => return Ok(shown(StatusCode::NOT_MODIFIED, Body::Empty)),
            Verdict::Fails => {
                let text = "the file is another one by now";
                return Err(Error::new(StatusCode::PRECONDITION_FAILED, text));
            }
        }
        let len = about.len();
        let (status, offset, part) = match asked(validators.range(request), len) {
            Asked::All => (StatusCode::OK, 0, len),
            Asked::Part(offset, part) => (StatusCode::PARTIAL_CONTENT, offset, part),
            Asked::Nothing => {
                let text = "the file has no such bytes\n";
                let none = Response::text(StatusCode::RANGE_NOT_SATISFIABLE, text);
                return Ok(none.with(CONTENT_RANGE, value(&format!("bytes */{len}"))));
            }
        };
        let body = Body::File(FilePart { file: Arc::new(file), offset, len: part });
        let kind = mime_guess::from_path(&path).first_raw().unwrap_or("application/octet-stream");
        // A browser that guesses at types can take a text for a page.
        let response = shown(status, body)
            .with(CONTENT_TYPE, HeaderValue::from_static(kind))
            .with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if status == StatusCode::OK {
            return Ok(response);
        }
        let range = format!("bytes {offset}-{}/{len}", offset + part - 1);
        Ok(response.with(CONTENT_RANGE, value(&range)))
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
        // Only a folder has a slash at its end.
        let as_folder = path.is_empty() || path.ends_with('/');
        if as_folder {
            found = fs::canonicalize(found.join(INDEX)).ok()?;
        }
        // A pipe or a device would block at its opening, or never end.
        if !found.starts_with(&self.root) || !fs::metadata(&found).ok()?.is_file() {
            return None;
        }
        Some((File::open(&found).ok()?, found))
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("visible ASCII")
}
