//! A folder, and what must not come out of it.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path as FilePath;
use std::process::Command;
use std::time::{Duration, SystemTime};

use ch05_http::web::{Body, Files, Request, Router};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;

use super::ask::{Answer, ask, get, request, run};

const SECRET: &str = "nobody must read this";

/// A folder beside a secret, and a router that serves it.
struct Served {
    outside: TempDir,
    router: Router,
}

impl Served {
    fn new() -> Served {
        let outside = tempfile::tempdir().expect("a folder");
        let at = |name: &str| outside.path().join(name);
        fs::create_dir_all(at("root/sub")).expect("a folder");
        for (name, text) in [
            ("secret.txt", SECRET),
            ("root/.hidden", SECRET),
            ("root/a.txt", "a"),
            ("root/index.html", "index"),
            ("root/empty.txt", ""),
            ("root/two words ä.txt", "odd"),
            ("root/100%.txt", "percent"),
            ("root/%2e%2e", "oddly named"),
            ("root/sub/b.json", "{}"),
        ] {
            fs::write(at(name), text).expect("a file");
        }
        for (to, name) in [
            ("a.txt", "root/inner"),
            ("sub/b.json", "root/deep"),
            ("../secret.txt", "root/out"),
            ("..", "root/up"),
            (outside.path().to_str().expect("text"), "root/absolute"),
            ("loop", "root/loop"),
            ("nowhere", "root/dangling"),
        ] {
            symlink(to, at(name)).expect("a link");
        }
        let files = Files::new(at("root")).expect("a folder");
        let serve = async move |request: Request| files.serve(&request);
        Served { router: Router::new().get("/{*path}", serve), outside }
    }

    fn get(&self, target: &str) -> Answer {
        get(&self.router, target)
    }

    fn get_if(&self, target: &str, fields: &[(&str, &str)]) -> Answer {
        ask(&self.router, "GET", target, fields, Body::Empty)
    }

    fn root(&self, name: &str) -> std::path::PathBuf {
        self.outside.path().join("root").join(name)
    }
}

#[test]
fn files_are_found_by_their_names_whatever_is_in_them() {
    let served = Served::new();
    for (target, text, kind) in [
        ("/a.txt", "a", "text/plain"),
        ("/%61.txt", "a", "text/plain"),
        ("/", "index", "text/html"),
        ("/empty.txt", "", "text/plain"),
        ("/two%20words%20%C3%A4.txt", "odd", "text/plain"),
        ("/100%25.txt", "percent", "text/plain"),
        // A name that would be a way out if it were decoded twice.
        ("/%252e%252e", "oddly named", "application/octet-stream"),
        ("/sub/b.json", "{}", "application/json"),
        // A link that stays inside; its type is that of what it leads to.
        ("/inner", "a", "text/plain"),
        ("/deep", "{}", "application/json"),
    ] {
        let answer = served.get(target);
        assert_eq!((answer.status, answer.text()), (200, text), "{target}");
        assert_eq!(answer.field("content-type"), Some(kind), "{target}");
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{target}");
    }
}

#[test]
fn what_is_not_to_be_seen_is_not_there() {
    let served = Served::new();
    let fifo = Command::new("mkfifo").arg(served.root("fifo")).status().expect("mkfifo(1)");
    assert!(fifo.success());
    for target in [
        "/nowhere",
        "/sub",
        "/sub/",
        "/a.txt/",
        "/a.txt/b",
        "//a.txt",
        "/sub//b.json",
        "/sub/./b.json",
        "/.hidden",
        "/%2ehidden",
        "/..",
        "/../secret.txt",
        "/sub/../a.txt",
        "/a.txt%00",
        // Links that lead out, to nothing, and to themselves.
        "/out",
        "/up/secret.txt",
        "/absolute/secret.txt",
        "/loop",
        "/dangling",
        // Opening it would wait for somebody who writes.
        "/fifo",
        "/%ff",
    ] {
        assert_eq!(served.get(target).status, 404, "{target}");
    }
}

#[test]
fn a_folder_is_named_by_any_way_to_it() {
    let served = Served::new();
    let way = served.outside.path().join("way");
    symlink("root", &way).expect("a link");
    let files = Files::new(way.join("../root")).expect("a folder");
    let router = Router::new().get("/{*path}", async move |request: Request| files.serve(&request));
    assert_eq!(get(&router, "/a.txt").text(), "a");
    assert_eq!(get(&router, "/out").status, 404);
    assert!(Files::new(served.root("a.txt")).is_err(), "a file is no folder");
    assert!(Files::new(served.root("nowhere")).is_err());
}

/// What paths are made of that lead out of folders.
const PIECES: [&str; 26] = [
    "/",
    "/",
    "/",
    "..",
    ".",
    "%2e",
    "%2E%2e",
    "%2f",
    "\\",
    "%5c",
    "%00",
    "%25",
    "%c0%ae",
    "%",
    "%zz",
    ":",
    ";",
    "?",
    "secret.txt",
    "root",
    "sub",
    "a.txt",
    "out",
    "up",
    "absolute",
    ".hidden",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_path_shows_what_is_outside(pieces in vec(select(&PIECES[..]), 1..9)) {
        thread_local!(static SERVED: Served = Served::new());
        SERVED.with(|served| {
            let target = format!("/{}", pieces.concat());
            // Some of them are no targets.
            let Ok(request) = request("GET", &target, &[], Body::Empty) else { return };
            let (status, body) = run(async {
                let mut response = served.router.answer(request).await;
                (response.status, response.body.whole(1 << 20).await.expect("a body"))
            });
            assert!(matches!(status.as_u16(), 200 | 404), "{target}: {status}");
            assert_ne!(body, SECRET.as_bytes(), "{target}");
        });
    }
}

/// As long ago as that, a file is known not to have changed again in the same moment.
fn age(path: &FilePath, by: Duration) {
    let file = File::options().write(true).open(path).expect("a file");
    file.set_modified(SystemTime::now() - by).expect("a time");
}

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_download_goes_on_where_it_broke_off_if_the_file_is_the_same() {
    let served = Served::new();
    fs::write(served.root("long.txt"), "0123456789").expect("a file");
    age(&served.root("long.txt"), DAY);
    let first = served.get("/long.txt");
    let (tag, date) = (first.field("etag").expect("a tag"), first.field("last-modified"));
    let rest = |known: &str| {
        let answer = served.get_if("/long.txt", &[("Range", "bytes=4-"), ("If-Range", known)]);
        (answer.status, answer.text().to_owned())
    };
    let date = date.expect("a date");
    assert_eq!(rest(tag), (206, "456789".to_owned()));
    assert_eq!(rest(date), (206, "456789".to_owned()));
    assert_eq!(rest(&format!("W/{tag}")).0, 200, "weak");
    // Another day, the same length.
    fs::write(served.root("long.txt"), "abcdefghij").expect("a file");
    age(&served.root("long.txt"), DAY / 2);
    assert_eq!(rest(tag), (200, "abcdefghij".to_owned()));
    assert_eq!(rest(date), (200, "abcdefghij".to_owned()));
    // It was changed just now, and may change again without anybody seeing it.
    fs::write(served.root("long.txt"), "ABCDEFGHIJ").expect("a file");
    let fresh = served.get("/long.txt");
    let tag = fresh.field("etag").expect("a tag");
    assert!(tag.starts_with("W/"), "{tag}");
    assert_eq!(rest(tag).0, 200);
    assert_eq!(rest(fresh.field("last-modified").expect("a date")).0, 200);
    // For a look whether it is another one, that is good enough.
    assert_eq!(served.get_if("/long.txt", &[("If-None-Match", tag)]).status, 304);
}

#[test]
fn several_fields_of_one_name_are_one_list_or_none() {
    let served = Served::new();
    age(&served.root("a.txt"), DAY);
    let first = served.get("/a.txt");
    let tag = first.field("etag").expect("a tag");
    let date = first.field("last-modified").expect("a date");
    let status = |fields: &[(&str, &str)]| served.get_if("/a.txt", fields).status;
    assert_eq!(status(&[("If-None-Match", "\"x\""), ("If-None-Match", tag)]), 304);
    assert_eq!(status(&[("If-Match", "\"x\""), ("If-Match", tag)]), 200);
    assert_eq!(status(&[("If-Match", "\"x\""), ("If-Match", "\"y\"")]), 412);
    assert_eq!(status(&[("If-Match", "")]), 412);
    assert_eq!(status(&[("If-Modified-Since", date), ("If-Modified-Since", date)]), 200);
    assert_eq!(status(&[("Range", "bytes=0-0"), ("Range", "bytes=0-0")]), 200);
    let twice = [("Range", "bytes=0-0"), ("If-Range", tag), ("If-Range", tag)];
    assert_eq!(status(&twice), 200);
}
