//! The same page, fetched by a thread that waits: the place is the line that it is in.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::page::{self, Page};

pub(crate) fn fetch(addrs: &[SocketAddr], request: &[u8]) -> io::Result<Page> {
    let mut stream = TcpStream::connect(addrs)?;
    stream.write_all(request)?;
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    let (head, _) = loop {
        stream.read_exact(&mut byte)?;
        bytes.push(byte[0]);
        if let Some(head) = page::parse_head(&bytes)? {
            break head;
        }
    };
    let mut body = vec![0; head.length];
    stream.read_exact(&mut body)?;
    Ok(Page { status: head.status, body })
}
