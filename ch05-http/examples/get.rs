//! A page fetched over a plain socket: `cargo run -p ch05-http --example get`. With a URL behind
//! `--`, that one is fetched.
//!
//! HTTP/1.1 is lines of text, then bytes. What a client must know is where the body ends, and the
//! head says so in one of two ways:
//!
//! - `Content-Length: 6`: that many bytes follow (RFC 9112, section 6.2).
//! - `Transfer-Encoding: chunked`: pieces follow, each after its size in hexadecimal digits, and
//!   one of size 0 is the last (section 7.1). So may a server answer that does not know yet how
//!   much it has to say.
//!
//! Without either, the body goes on until the connection ends; and a body that was cut off looks
//! whole.

use std::env;
use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use ch05_http::background::Background;
use ch05_http::client::{Page, get};
use ch05_http::executor;

/// Nothing here takes long; a server that says nothing is not waited for.
const PATIENCE: Duration = Duration::from_secs(5);

const BYTES_MAX: usize = 16 << 20;

/// What a server of long ago sends: in chunks, with an extension and a trailer, and by one byte a
/// write, so that nothing comes whole.
const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
    4\r\nin p\r\n6;of=6\r\nieces\n\r\n0\r\nChecksum: none\r\n\r\n";

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(url) = env::args().nth(1) {
        show(&url, &get(&url, PATIENCE, BYTES_MAX)?);
        return Ok(());
    }
    let server = Background::start(executor::serve)?;

    println!("-- a body of known size");
    let url = server.url("/");
    let page = get(&url, PATIENCE, BYTES_MAX)?;
    show(&url, &page);
    assert_eq!((page.head.status().as_u16(), &page.body[..]), (200, &b"hello\n"[..]));
    assert_eq!(page.head.fields().get("content-length"), Some(&b"6"[..]));

    println!("-- a body in chunks, of which one byte comes at a time");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let trickle = thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.read_exact(&mut [0; 1])?;
        CHUNKED.iter().try_for_each(|byte| stream.write_all(&[*byte]))?;
        // Unread input at the close would be a reset.
        stream.shutdown(std::net::Shutdown::Write)?;
        std::io::copy(&mut stream, &mut std::io::sink()).map(drop)
    });
    let page = get(&url, PATIENCE, BYTES_MAX)?;
    trickle.join().expect("it does not panic")?;
    show(&url, &page);
    assert_eq!(page.body, b"in pieces\n");
    assert_eq!(page.trailers.get("checksum"), Some(&b"none"[..]));

    println!("-- nothing there");
    let url = server.url("/nowhere");
    let page = get(&url, PATIENCE, BYTES_MAX)?;
    show(&url, &page);
    assert_eq!(page.head.status(), 404, "an answer is an answer");

    println!("the server: {}", server.stop()?);
    Ok(())
}

fn show(url: &str, page: &Page) {
    println!("{url}: {}", page.head.status());
    for (name, value) in page.head.fields().iter().chain(page.trailers.iter()) {
        println!("  {name}: {}", value.escape_ascii());
    }
    println!("{}", String::from_utf8_lossy(&page.body));
}
