//! Accept, read and write on non-blocking sockets: each says `WouldBlock`, and later succeeds.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    // ANCHOR: accept
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let error = listener.accept().expect_err("nobody has connected yet");
    // ANCHOR_END: accept
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    println!("accept with nobody there:  {error}");

    let mut client = TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = later(|| listener.accept())?;
    println!("the same call a bit later: a client");

    // An accepted socket does not inherit the mode of its listener on Linux; on the BSDs it does.
    server.set_nonblocking(true)?;
    let mut buffer = vec![0; 1 << 16];
    let error = server.read(&mut buffer).expect_err("nothing was sent yet");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    println!("read with nothing there:   {error}");

    client.write_all(b"here it is")?;
    let read = later(|| server.read(&mut buffer))?;
    assert_eq!(&buffer[..read], b"here it is");
    println!("the same call a bit later: {read} bytes");

    let mut written = 0;
    let error = loop {
        match server.write(&buffer) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    println!("write when nobody reads:   {error}, after {written} bytes");

    let mut taken = 0;
    while taken < written {
        taken += client.read(&mut buffer)?;
    }
    let count = later(|| server.write(&buffer))?;
    println!("the same call a bit later: {count} bytes, because the client has read {taken}");
    assert_eq!(taken, written, "what was taken by write was not lost");
    Ok(())
}

/// Asks again until the answer is another one than `WouldBlock`.
fn later<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let deadline = Instant::now() + Duration::from_secs(8);
    loop {
        match call() {
            Err(error) if error.kind() == ErrorKind::WouldBlock && Instant::now() < deadline => {
                thread::yield_now();
            }
            answer => return answer,
        }
    }
}
