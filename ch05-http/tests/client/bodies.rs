//! Bodies: packed, endless, not wanted.

use std::io::Write;
use std::net::SocketAddr;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ch05_http::client::{DECODED_BYTES_FREE, Error, Session, Timeout, Timeouts};
use ch05_http::web::Source;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::run;
use super::support::{head, server};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}

fn gzipped(packed: Vec<u8>) -> SocketAddr {
    server(move |_, mut stream| {
        assert!(head(&mut stream).contains("accept-encoding: gzip"));
        let len = packed.len();
        let head =
            format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a client");
        // It may hang up when it has seen enough.
        let _ = stream.write_all(&packed);
    })
}

#[test]
fn a_packed_body_is_unpacked_and_a_bomb_is_not() {
    let said: Vec<u8> = (0..200_000_u32).flat_map(u32::to_be_bytes).collect();
    let addr = gzipped(gzip(&said));
    let free = usize::try_from(DECODED_BYTES_FREE).expect("small");
    let (small, bomb) = (gzipped(gzip(&vec![0; free])), gzipped(gzip(&vec![0; 64 << 20])));
    let broken = gzipped(b"not packed at all".to_vec());
    run(async {
        let session = Session::new();
        let ask = async |addr: SocketAddr| {
            session.get(&format!("http://{addr}/")).send().await?.bytes(usize::MAX).await
        };
        assert_eq!(ask(addr).await.expect("packed"), said);
        assert_eq!(ask(small).await.expect("small enough").len(), free);
        let error = ask(bomb).await.expect_err("a bomb");
        assert!(matches!(error, Error::Bomb(_)), "{error}");
        let error = ask(broken).await.expect_err("it is not packed");
        assert!(matches!(error, Error::Decode(_)), "{error}");
    });
}

/// Bytes without an end, a piece at a time, and how many were asked for.
struct Endless(std::rc::Rc<std::cell::Cell<u64>>);

impl Source for Endless {
    fn poll_data(
        &mut self,
        _context: &mut std::task::Context<'_>,
    ) -> Poll<Option<std::io::Result<Bytes>>> {
        self.0.set(self.0.get() + 1);
        Poll::Ready(Some(Ok(Bytes::from_static(&[7; 16 << 10]))))
    }
}

#[test]
fn an_error_that_comes_before_the_body_is_sent_is_seen() {
    let addr = server(|_, mut stream| {
        head(&mut stream);
        let full = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        stream.write_all(full).expect("a client");
        // Reads for a while what it does not want, as a server should.
        thread::spawn(move || std::io::copy(&mut stream, &mut std::io::sink()));
    });
    run(async {
        let asked = std::rc::Rc::default();
        let session = Session::new();
        let endless = Endless(std::rc::Rc::clone(&asked));
        let response = session.post(&format!("http://{addr}/")).stream(endless).send().await;
        assert_eq!(response.expect("an answer").status(), 413);
    });
}

#[test]
fn a_server_that_does_not_read_is_not_sent_more() {
    let addr = server(|_, stream| std::mem::forget(stream));
    run(async {
        let asked: std::rc::Rc<std::cell::Cell<u64>> = std::rc::Rc::default();
        let session = Session::new();
        let endless = Endless(std::rc::Rc::clone(&asked));
        let url = format!("http://{addr}/");
        let read = Timeouts { read: Some(Duration::from_millis(300)), ..Timeouts::default() };
        let sending = session.post(&url).stream(endless).timeouts(read).send();
        let error = sending.await.expect_err("no answer");
        assert!(matches!(error, Error::Timeout(Timeout::Read)), "{error}");
        // What the kernels' buffers hold, and one piece.
        assert!(asked.get() * (16 << 10) < 64 << 20, "{} pieces", asked.get());
    });
}
