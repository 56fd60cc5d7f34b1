//! What a server tells of its requests: `cargo run -p ch05-http --example access_log`.
//!
//! A server tells it to whoever listens: `RUST_LOG=info cargo run -p ch05-http` is another way to do so.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::Runtime;
use ch05_http::background::Background;
use ch05_http::client::Session;
use ch05_http::{axum, executor};

const TINY: usize = 1 << 10;

/// What was told so far.
static TOLD: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps it, and shows it.
struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        TOLD.lock().expect("nobody panics with it").extend_from_slice(bytes);
        io::stdout().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}

/// Waits until it was told.
fn told(line: &str) {
    let begun = Instant::now();
    while !String::from_utf8_lossy(&TOLD.lock().expect("nobody panics with it")).contains(line) {
        assert!(begun.elapsed() < Duration::from_secs(5), "no line has {line:?}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().without_time().with_ansi(false).with_writer(|| Log).init();
    println!("-- ours");
    let server = Background::start(executor::serve)?;
    Runtime::new()?.block_on(async {
        let session = Session::new();
        session.get(&server.url("/")).send().await?.bytes(TINY).await?;
        told("path=/ status=200 bytes=6 whole=true");
        session.post(&server.url("/echo")).body("hello").send().await?.bytes(TINY).await?;
        told("path=/echo status=200 bytes=5 whole=true");
        session.get(&server.url("/a\u{1b}b")).send().await?.bytes(TINY).await?;
        told("path=/a%1Bb status=404");
        session.get(&server.url("/error")).send().await?.bytes(TINY).await?;
        told("path=/error status=500");
        Ok::<(), Box<dyn Error>>(())
    })?;
    // One who asks for an echo, and leaves in its middle.
    let mut leaves = TcpStream::connect(server.addr())?;
    leaves.write_all(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")?;
    let mut head = [0; 4];
    leaves.read_exact(&mut head)?;
    drop(leaves);
    told("bytes=4 whole=false");
    server.stop()?;

    println!("-- axum's, by tower-http");
    let server = Background::start(axum::serve)?;
    Runtime::new()?.block_on(async {
        Session::new().get(&server.url("/")).send().await?.bytes(TINY).await?;
        told("uri=/ version=HTTP/1.1");
        Ok::<(), Box<dyn Error>>(())
    })?;
    server.stop()?;
    Ok(())
}
