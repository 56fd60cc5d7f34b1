//! A URL fetched by a thread that waits.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use bytes::BytesMut;
use http::Method;
use ladder::socket::READ_BYTES;

use super::error::Error;
use super::origin::{self, Origin, Scheme};
use crate::proto::{Client, Fields, Length, Limits, Received, ResponseHead};

/// A whole answer.
#[derive(Debug)]
pub struct Page {
    /// Its head.
    pub head: ResponseHead,
    /// Its body.
    pub body: Vec<u8>,
    /// What came behind it.
    pub trailers: Fields,
}

/// Fetches a URL over a connection of its own, whose every call may take `patience`. The body may
/// have `bytes_max` bytes.
///
/// # Errors
///
/// When there is no answer, or a larger one.
pub fn get(url: &str, patience: Duration, bytes_max: usize) -> Result<Page, Error> {
    let url = origin::parse(url)?;
    let origin = Origin::of(&url)?;
    let failed = |error| Error::Connect(origin.clone(), error);
    if origin.scheme == Scheme::Https {
        let text = "give `exchange` a stream over TLS";
        return Err(failed(io::Error::new(ErrorKind::Unsupported, text)));
    }
    let stream = connect(&origin, patience).map_err(failed)?;
    let mut fields = Fields::new();
    fields.push("host", origin.authority().as_bytes());
    fields.push("connection", b"close");
    exchange(stream, &Method::GET, &origin::target(&url), &fields, bytes_max)
}

/// Connects to the first of the origin's addresses that answers, each within `patience`.
///
/// # Errors
///
/// What the last of them said.
pub fn connect(origin: &Origin, patience: Duration) -> io::Result<TcpStream> {
    let mut error = io::Error::new(ErrorKind::NotFound, "the name has no address");
    for addr in (origin.bare_host(), origin.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&addr, patience) {
            Ok(stream) => {
                stream.set_read_timeout(Some(patience))?;
                stream.set_write_timeout(Some(patience))?;
                return Ok(stream);
            }
            Err(failed) => error = failed,
        }
    }
    Err(error)
}

// ANCHOR: exchange
/// Sends a request without a body over a stream, and reads the answer.
///
/// # Errors
///
/// When there is none, or a larger one than `bytes_max`.
pub fn exchange(
    mut stream: impl Read + Write,
    method: &Method,
    target: &str,
    fields: &Fields,
    bytes_max: usize,
) -> Result<Page, Error> {
    let mut client = Client::new(Limits::default());
    let mut request = Vec::new();
    client.send_request(method, target, fields.iter(), Length::None, &mut request)?;
    client.send_end(&mut request)?;
    stream.write_all(&request)?;
    stream.flush()?;

    let (mut input, mut head, mut body) = (BytesMut::new(), None, Vec::new());
    loop {
        match client.receive(&mut input)? {
            Received::Head(received) => head = Some(received),
            Received::Data(data) if body.len() + data.len() > bytes_max => {
                return Err(Error::TooLarge(bytes_max));
            }
            Received::Data(data) => body.extend_from_slice(&data),
            Received::End(trailers) => {
                let head = head.ok_or(crate::proto::Fault::FirstLine)?;
                return Ok(Page { head, body, trailers });
            }
            Received::Nothing | Received::Closed => {
                if read(&mut stream, &mut input)? == 0 {
                    client.end_of_input();
                }
            }
        }
    }
}
// ANCHOR_END: exchange

fn read(stream: &mut impl Read, input: &mut BytesMut) -> io::Result<usize> {
    let begin = input.len();
    input.resize(begin + READ_BYTES, 0);
    let read = loop {
        match stream.read(&mut input[begin..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => break read,
        }
    };
    input.truncate(begin + read.as_ref().map_or(0, |read| *read));
    read
}
