//! Answers that cannot be finished, over each carrier: the client must see that it has not all of
//! it, and nobody else must see anything.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::task::{Context, Poll};

use bytes::Bytes;
use ch04_async::Runtime;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::settings::Settings;
use ch05_http::web::{Body, Files, Request, Router, Source};
use ch05_http::{executor, hyper, hyper_executor, threads};
use ladder::{Report, Stop};
use socket2::{Domain, Socket, Type};

use super::ask::PATIENCE;

type Serve = fn(TcpListener, Stop, App) -> io::Result<Report>;

/// How they are run.
const CARRIERS: [(&str, Serve); 4] = [
    ("threads", |listener, stop, app| {
        threads::serve_with(listener, stop, &app, Settings::default())
    }),
    ("executor", |listener, stop, app| {
        let serve = executor::serve_with(listener, stop, app, Settings::default());
        Runtime::new()?.block_on(serve)
    }),
    ("hyper-executor", |listener, stop, app| {
        hyper_executor::serve_with(listener, stop, &app, Settings::default())
    }),
    ("hyper", |listener, stop, app| hyper::serve_with(listener, stop, &app, Settings::default())),
];

/// More than all buffers on the way.
const FILE_BYTES: usize = 32 << 20;

/// As much of it as is left.
const LEFT_BYTES: usize = 1 << 20;

/// Sends a GET, with little room for its answer.
fn ask(addr: SocketAddr, path: &str) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(64 << 10)?;
    socket.connect(&addr.into())?;
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: ladder\r\n\r\n")?;
    Ok(stream)
}

/// Reads a head, and the Content-Length in it.
fn head(stream: &mut TcpStream) -> io::Result<Option<usize>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text").to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    Ok(fields.find_map(|(name, value)| (name == "content-length").then(|| value.parse().ok())?))
}

/// Reads until the server ends it, in whatever way.
fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return rest,
            Ok(read) => rest.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return rest,
            Err(error) => panic!("the server should end it: {error}"),
        }
    }
}

fn still_serves(addr: SocketAddr, path: &str, expected: &[u8]) {
    let mut stream = ask(addr, path).expect("a server");
    let len = head(&mut stream).expect("an answer").expect("a length");
    stream.shutdown(Shutdown::Write).expect("a socket");
    let body = rest(&mut stream);
    assert_eq!((len, body.len(), body == expected), (expected.len(), expected.len(), true));
}

/// Its bytes say where they are.
fn noise(len: usize) -> Vec<u8> {
    (0..len / 8).flat_map(|at| (at as u64).to_le_bytes()).collect()
}

fn folder(path: &std::path::Path) -> App {
    let files = Files::new(path).expect("a folder");
    let serve = async move |request: Request| files.serve(&request);
    App::from(Router::new().get("/{*path}", serve))
}

#[test]
fn a_file_that_shrinks_meanwhile_is_no_whole_answer() {
    let folder_path = tempfile::tempdir().expect("a folder");
    let path = folder_path.path().join("file");
    let whole = noise(FILE_BYTES);
    fs::write(folder_path.path().join("small"), "small").expect("a file");
    for (name, serve) in CARRIERS {
        fs::write(&path, &whole).expect("a file");
        let app = folder(folder_path.path());
        let server = Background::start(move |listener, stop| serve(listener, stop, app));
        let server = server.expect("a server");
        let mut stream = ask(server.addr(), "/file").expect("a server");
        assert_eq!(head(&mut stream).expect("an answer"), Some(FILE_BYTES), "{name}");
        File::options()
            .write(true)
            .open(&path)
            .expect("there")
            .set_len(LEFT_BYTES as u64)
            .expect("cut");
        let came = rest(&mut stream);
        assert!(came.len() < FILE_BYTES, "{name}: {} bytes", came.len());
        // What was cut off may have become zeros on its way: sendfile(2) queues pages, not copies.
        let kept = came.len().min(LEFT_BYTES);
        assert!(came[..kept] == whole[..kept], "{name}: other bytes than the file had");
        still_serves(server.addr(), "/small", b"small");
        still_serves(server.addr(), "/file", &whole[..LEFT_BYTES]);
        server.stop().expect("a server in order");
    }
}

#[test]
fn a_file_that_grows_or_is_replaced_meanwhile_is_what_it_was() {
    let folder_path = tempfile::tempdir().expect("a folder");
    let path = folder_path.path().join("file");
    let whole = noise(FILE_BYTES);
    for (name, serve) in CARRIERS {
        fs::write(&path, &whole).expect("a file");
        let app = folder(folder_path.path());
        let server = Background::start(move |listener, stop| serve(listener, stop, app));
        let server = server.expect("a server");
        let mut stream = ask(server.addr(), "/file").expect("a server");
        assert_eq!(head(&mut stream).expect("an answer"), Some(FILE_BYTES), "{name}");
        File::options().append(true).open(&path).expect("there").write_all(b"more").expect("room");
        fs::write(folder_path.path().join("new"), "new").expect("a file");
        fs::rename(folder_path.path().join("new"), &path).expect("a file");
        stream.shutdown(Shutdown::Write).expect("a socket");
        assert!(rest(&mut stream) == whole, "{name}: not the file that was asked for");
        still_serves(server.addr(), "/file", b"new");
        server.stop().expect("a server in order");
    }
}

/// One piece, and then something else.
struct Then(Option<Bytes>, fn() -> io::Result<Bytes>);

impl Source for Then {
    fn poll_data(&mut self, _: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        Poll::Ready(Some(self.0.take().map_or_else(self.1, Ok)))
    }
}

#[test]
fn a_body_that_fails_or_panics_ends_its_own_connection_and_no_other() {
    let begun = || Some(Bytes::from_static(b"the beginning"));
    for (name, serve) in CARRIERS {
        let router = Router::new()
            .get("/fails", async move || {
                Body::Stream(Box::new(Then(begun(), || Err(io::Error::other("asked for")))))
            })
            .get("/panics", async move || {
                Body::Stream(Box::new(Then(begun(), || panic!("asked for"))))
            })
            .get("/", async || "still here");
        let app = App::from(router);
        let server = Background::start(move |listener, stop| serve(listener, stop, app));
        let server = server.expect("a server");
        for path in ["/fails", "/panics", "/fails", "/panics"] {
            let mut stream = ask(server.addr(), path).expect("a server");
            assert_eq!(rest_of_chunks(&mut stream), None, "{name} {path}: a whole answer");
            still_serves(server.addr(), "/", b"still here");
        }
        // Nobody is owed anything, and the server ends in order.
        let report = server.stop().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((report.accepted, report.lost), (8, 4), "{name}");
    }
}

/// What came, if its last chunk did.
fn rest_of_chunks(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let came = rest(stream);
    came.ends_with(b"0\r\n\r\n").then_some(came)
}
