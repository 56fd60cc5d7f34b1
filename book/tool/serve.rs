//! The book in a browser while it is written: built, served on the loopback, built again on a change.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use super::html;
use super::workspace::{Workspace, files_below};

/// How often the sources are looked at: soon enough for someone who has just saved a page.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A browser sends its head at once; a connection it opens ahead of need is given up after this.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn run(workspace: &Workspace, addr: &str) -> Result<()> {
    let listener = TcpListener::bind(addr).with_context(|| format!("listening on {addr}"))?;
    let folder = workspace.path("book/book");
    let mut seen = sources(workspace)?;
    html::build(workspace, &folder)?;
    println!("serving http://{}/ (Ctrl-C ends it)", listener.local_addr()?);
    let served = folder.clone();
    thread::spawn(move || accept(&listener, &served));
    loop {
        thread::sleep(LOOK_EVERY);
        let now = sources(workspace)?;
        if now == seen {
            continue;
        }
        seen = now;
        match html::build(workspace, &folder) {
            Ok(_) => eprintln!("built again"),
            Err(error) => eprintln!("book: {error:#}"),
        }
    }
}

/// Every file that a page can draw on, and when it was last written.
fn sources(workspace: &Workspace) -> Result<BTreeMap<PathBuf, Option<SystemTime>>> {
    // `book` inside the package is what is built from all the rest.
    let built = workspace.path("book/book");
    let mut seen = BTreeMap::new();
    for package in &workspace.packages {
        for path in files_below(&workspace.path(&package.folder), &["target", ".git"])? {
            if !path.starts_with(&built) {
                let written = fs::metadata(&path).and_then(|data| data.modified()).ok();
                seen.insert(path, written);
            }
        }
    }
    Ok(seen)
}

/// A thread a connection, and one request each: the readers are one browser.
fn accept(listener: &TcpListener, folder: &Path) {
    for stream in listener.incoming().flatten() {
        let folder = folder.to_path_buf();
        thread::spawn(move || {
            // A browser that goes away mid-answer is no news.
            let _ = answer(&stream, &folder);
        });
    }
}

fn answer(stream: &TcpStream, folder: &Path) -> Result<()> {
    stream.set_read_timeout(Some(HEAD_WITHIN))?;
    let mut head = BufReader::new(stream).lines();
    let request = head.next().context("no request")??;
    // The rest of the head is read and dropped: closing on unread bytes would reset the connection.
    for line in head {
        if line?.is_empty() {
            break;
        }
    }
    let target = request.split(' ').nth(1).unwrap_or("/");
    let found = file_for(target, folder).and_then(|path| Some((fs::read(&path).ok()?, path)));
    let (status, kind, body) = match found {
        Some((body, path)) => ("200 OK", content_type(&path), body),
        None => ("404 Not Found", "text/plain; charset=utf-8", b"no such page\n".to_vec()),
    };
    let mut answer = stream;
    write!(
        answer,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n\
         Connection: close\r\n\r\n",
        body.len()
    )?;
    answer.write_all(&body)?;
    Ok(())
}

/// The file below `folder` that a request's target names, if it names one there.
fn file_for(target: &str, folder: &Path) -> Option<PathBuf> {
    let path = target.split(['?', '#']).next()?.trim_start_matches('/');
    if path.split('/').any(|part| part == "..") || path.contains('\\') {
        return None;
    }
    let file = folder.join(path.replace("%20", " "));
    let file = if file.is_dir() { file.join("index.html") } else { file };
    file.is_file().then_some(file)
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css",
        Some("js") => "text/javascript",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_stays_below_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(file_for("/book.toml?x", folder), Some(folder.join("book.toml")));
        assert_eq!(file_for("/../Cargo.toml", folder), None);
        assert_eq!(file_for("//etc/passwd", folder), None);
    }
}
