//! What our server on threads does about a client whose calls never time out.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ch05_http::app::App;
use ch05_http::background::Background;
use ch05_http::settings::Settings;
use ch05_http::threads;
use ch05_http::web::Router;

use super::all::PATIENCE;

#[test]
fn a_head_that_comes_byte_by_byte_ends_in_time_and_so_does_what_follows() {
    let bound = Duration::from_millis(100);
    let settings = Settings { head: bound, linger: bound, ..Settings::default() };
    let server = Background::start(move |listener, stop| {
        threads::serve_with(listener, stop, &App::new()?, settings)
    });
    let server = server.expect("a server");
    let mut client = TcpStream::connect(server.addr()).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a socket");
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nA: ").expect("it is read");
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        // Long before the server's own calls time out.
        let sending = scope.spawn(|| {
            while !over.load(SeqCst) {
                if (&client).write_all(b"a").is_err() {
                    return true;
                }
                thread::sleep(Duration::from_millis(1));
            }
            false
        });
        let (mut answer, mut byte) = (Vec::new(), [0]);
        let end = loop {
            match (&client).read(&mut byte) {
                Ok(1) => answer.push(byte[0]),
                end => break end,
            }
        };
        assert!(answer.starts_with(b"HTTP/1.1 408 "), "{}", answer.escape_ascii());
        // An end, or a reset that overtook it.
        assert!(!end.is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
        // It is not read for ever either: at some time nobody takes its bytes.
        let start = std::time::Instant::now();
        while !sending.is_finished() && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        over.store(true, SeqCst);
        assert!(sending.join().expect("no panic"), "it is read for as long as it sends");
    });
}

#[test]
fn an_answer_that_is_taken_bit_by_bit_ends_when_the_time_of_all_is_over() {
    /// More than the kernel keeps on the way, and far more than is taken in time.
    const ANSWER_BYTES: usize = 256 << 20;
    let settings = Settings { total: Duration::from_millis(200), ..Settings::default() };
    let server = Background::start(move |listener, stop| {
        let large = Bytes::from(vec![0; ANSWER_BYTES]);
        let router = Router::new().get("/", async move || large.clone());
        threads::serve_with(listener, stop, &App::from(router), settings)
    });
    let server = server.expect("a server");
    let mut client = TcpStream::connect(server.addr()).expect("a connection");
    client.set_read_timeout(Some(PATIENCE)).expect("a socket");
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it is read");
    let (mut came, mut buffer) = (0, vec![0; 64 << 10]);
    // An end, or a reset.
    while let Ok(some @ 1..) = client.read(&mut buffer) {
        came += some;
        // There is always room soon, so that the server's own calls never time out.
        thread::sleep(Duration::from_millis(1));
    }
    assert!(came > 0 && came < ANSWER_BYTES, "{came} bytes were taken");
    drop(client);
    let report = server.stop().expect("an end");
    assert_eq!((report.accepted, report.lost), (1, 1));
}
