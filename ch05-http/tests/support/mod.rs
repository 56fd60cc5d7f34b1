//! A server that says what it is told to, whatever it is asked.

#![allow(dead_code, reason = "each test uses some of it")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Nothing here takes long; this is for a test that hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Starts a server on a thread; `serve` gets each connection, in order, and its number.
pub(crate) fn server(mut serve: impl FnMut(usize, TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let stream = stream.expect("a client");
            stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
            serve(number, stream);
        }
    });
    addr
}

/// Reads one head, and so a request without a body. Empty when the client has hung up.
pub(crate) fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return String::new(),
        }
    }
    String::from_utf8(head).expect("a head is text")
}

/// Reads so many bytes.
pub(crate) fn body(stream: &mut TcpStream, bytes: usize) -> Vec<u8> {
    let mut body = vec![0; bytes];
    stream.read_exact(&mut body).expect("a body");
    body
}

/// Answers each request of each connection by the same bytes, and tells of each request's head and
/// the number of its connection.
pub(crate) fn always(answer: &'static [u8]) -> (SocketAddr, mpsc::Receiver<(usize, String)>) {
    let (tell, told) = mpsc::channel();
    let addr = server(move |number, mut stream| {
        let tell = tell.clone();
        thread::spawn(move || {
            loop {
                let head = head(&mut stream);
                if head.is_empty() || tell.send((number, head)).is_err() {
                    return;
                }
                if stream.write_all(answer).is_err() {
                    return;
                }
            }
        });
    });
    (addr, told)
}

/// A small answer.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
