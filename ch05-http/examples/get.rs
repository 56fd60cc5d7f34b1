//! A page fetched over a plain socket: `cargo run -p ch05-http --example get`.
//!
//! HTTP/1.1 is lines of text, then bytes. A blocking client needs no library for that; what it
//! must know is where the body ends, and the head says so in one of two ways:
//!
//! - `Content-Length: 6`: that many bytes follow (RFC 9112, section 6.2).
//! - `Transfer-Encoding: chunked`: pieces follow, each after its size in hexadecimal digits, and
//!   one of size 0 is the last (section 7.1). So may a server answer that does not know yet how
//!   much it has to say.
//!
//! The end of the connection would be a third one, but then nothing else could be asked on it.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use ladder::{Stop, socket};

/// Nothing here takes long; a server that says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A response, as it came.
struct Response {
    status: u16,
    fields: Vec<(String, String)>,
    body: Vec<u8>,
}

fn main() -> io::Result<()> {
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let addr = listener.local_addr()?;
    let stop = Stop::new()?;
    let asked = stop.clone();
    let server = thread::spawn(move || ch05_http::hyper::serve(listener, asked));

    let outcome = fetch_both(addr);
    stop.request();
    let report = server.join().expect("the server does not panic")?;
    outcome?;
    println!("the server: {report}");
    assert_eq!(report.accepted, 1, "all of it went over one connection");
    Ok(())
}

/// Asks twice on one connection.
fn fetch_both(addr: SocketAddr) -> io::Result<()> {
    let stream = TcpStream::connect_timeout(&addr, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // Lines are short and a read costs a system call: the reader asks for more and keeps the rest.
    let mut reader = BufReader::new(&stream);

    println!("-- a body of known size: http://{addr}/");
    let get = format!("GET / HTTP/1.1\r\nHost: {addr}\r\n\r\n");
    let page = fetch(&stream, &mut reader, &get)?;
    assert_eq!((page.status, page.body.as_slice()), (200, &b"hello\n"[..]));
    assert_eq!(page.field("content-length"), Some("6"));

    println!("-- a body in chunks: http://{addr}/echo");
    // Two chunks: what was asked in chunks is answered in chunks, not always the same ones.
    let post = format!(
        "POST /echo HTTP/1.1\r\nHost: {addr}\r\nTransfer-Encoding: chunked\r\n\r\n\
         7\r\nhello, \r\n6\r\nworld\n\r\n0\r\n\r\n"
    );
    let page = fetch(&stream, &mut reader, &post)?;
    assert_eq!((page.status, page.body.as_slice()), (200, &b"hello, world\n"[..]));
    assert_eq!(page.field("transfer-encoding"), Some("chunked"));
    assert_eq!(page.field("content-length"), None, "never both");
    Ok(())
}

/// Sends one request, and prints it and the response to it.
fn fetch(mut stream: &TcpStream, reader: &mut impl BufRead, request: &str) -> io::Result<Response> {
    stream.write_all(request.as_bytes())?;
    for line in request.trim_end().lines() {
        println!("> {line}");
    }
    let response = read_response(reader)?;
    for line in String::from_utf8_lossy(&response.body).lines() {
        println!("  {line}");
    }
    println!();
    Ok(response)
}

// ANCHOR: read_response
fn read_response(reader: &mut impl BufRead) -> io::Result<Response> {
    let status_line = read_line(reader)?;
    println!("< {status_line}");
    // "HTTP/1.1 200 OK"
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| wrong(&status_line))?;
    let mut fields = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            break;
        }
        println!("< {line}");
        let (name, value) = line.split_once(':').ok_or_else(|| wrong(&line))?;
        fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut response = Response { status, fields, body: Vec::new() };
    if response.field("transfer-encoding") == Some("chunked") {
        response.body = read_chunks(reader)?;
    } else {
        let length = response.field("content-length").unwrap_or("0");
        let length = length.parse().map_err(|_| wrong(length))?;
        read_exactly(reader, length, &mut response.body)?;
    }
    Ok(response)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?;
        let size = u64::from_str_radix(&line, 16).map_err(|_| wrong(&line))?;
        println!("< a chunk of {size} bytes");
        read_exactly(reader, size, &mut body)?;
        // Behind its data, and behind the last chunk, which has none.
        let end = read_line(reader)?;
        if !end.is_empty() {
            return Err(wrong(&end));
        }
        if size == 0 {
            return Ok(body);
        }
    }
}
// ANCHOR_END: read_response

/// Appends exactly `len` bytes. `take` bounds the reading, and a body that was cut short is an
/// error: half a page is not a page.
fn read_exactly(reader: &mut impl BufRead, len: u64, body: &mut Vec<u8>) -> io::Result<()> {
    let read = reader.take(len).read_to_end(body)?;
    if read as u64 == len { Ok(()) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

/// One line, without its end. No longer than a line may be here, whatever the server sends.
fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    const LINE_BYTES_MAX: u64 = 8 * 1024;
    let mut line = String::new();
    reader.take(LINE_BYTES_MAX).read_line(&mut line)?;
    match line.strip_suffix("\r\n") {
        Some(line) => Ok(line.to_owned()),
        None => Err(wrong(&line)),
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, format!("reading a response: {what:?}"))
}

impl Response {
    /// A field's value; names are in lower case.
    fn field(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(known, _)| known == name)?;
        Some(found.1.as_str())
    }
}
