//! A large write on a non-blocking socket is taken piece by piece.
//!
//! The kernel takes what fits into its buffers, and says how much that was. The rest is still ours:
//! we keep it, wait until the reader has made room, and go on where we were.
//!
//! `write_all` cannot do that. It ends at the first `WouldBlock`, and nobody knows how much went.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

/// Far more than the buffers below hold, and not a multiple of anything.
const MESSAGE_BYTES: usize = 1_000_003;

/// Asked for on both sides. Small, so that there are many pieces; a system may give more or less.
const BUFFER_BYTES: usize = 64 * 1024;

/// Nothing here takes long.
const PATIENCE: Duration = Duration::from_secs(8);

fn main() -> io::Result<()> {
    let message: Vec<u8> = (0..=250).cycle().take(MESSAGE_BYTES).collect();
    piece_by_piece(&message)?;
    println!();
    all_at_once(&message)
}

fn piece_by_piece(message: &[u8]) -> io::Result<()> {
    let (mut writer, mut reader) = pair()?;
    println!("a message of {} bytes, by write:", message.len());
    let deadline = Instant::now() + PATIENCE;
    let mut rest = message;
    let mut pieces = Vec::new();
    let mut received = Vec::new();
    let mut refusals = 0;
    while !rest.is_empty() {
        assert!(Instant::now() < deadline, "the reader makes room, and the writer goes on");
        match writer.write(rest) {
            Ok(count) => {
                assert!(count > 0, "a socket that has no room says so");
                // The place in the message: this is what has to be kept until the next try.
                rest = &rest[count..];
                pieces.push(count);
                println!("  piece {:2}: {count:6} bytes, {:6} are left", pieces.len(), rest.len());
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                refusals += 1;
                // A server would turn to its other clients here. We play the reader meanwhile.
                read_what_there_is(&mut reader, &mut received)?;
            }
            Err(error) => return Err(error),
        }
    }
    drop(writer);
    read_to_end(&mut reader, &mut received)?;

    println!("  {} pieces, between them {refusals} times WouldBlock", pieces.len());
    assert!(pieces.len() > 1 && refusals > 0, "more than the buffers hold at once");
    assert_eq!(pieces.iter().sum::<usize>(), message.len());
    assert!(received == message, "the pieces are the message");
    println!("  the reader has {} bytes, all of them, in order", received.len());
    Ok(())
}

fn all_at_once(message: &[u8]) -> io::Result<()> {
    let (mut writer, mut reader) = pair()?;
    println!("the same message, by write_all:");
    let error = writer.write_all(message).expect_err("more than the buffers hold");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    println!("  {error}");
    // It did write, until it could not. How much, is lost: to say it all again would send the
    // first part twice.
    drop(writer);
    let mut received = Vec::new();
    read_to_end(&mut reader, &mut received)?;
    assert!(!received.is_empty() && received.len() < message.len());
    assert!(message.starts_with(&received));
    println!(
        "  and yet the reader has {} bytes, of which the writer knows nothing",
        received.len()
    );
    Ok(())
}

/// Two ends of a connection with small buffers, both non-blocking: who writes, and who reads.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Before the handshake, which announces the window; accepted sockets inherit it (tcp(7)).
    SockRef::from(&listener).set_recv_buffer_size(BUFFER_BYTES)?;
    let writer = TcpStream::connect(listener.local_addr()?)?;
    SockRef::from(&writer).set_send_buffer_size(BUFFER_BYTES)?;
    let (reader, _) = listener.accept()?;
    writer.set_nonblocking(true)?;
    reader.set_nonblocking(true)?;
    Ok((writer, reader))
}

/// Reads until there is nothing now (false), or nothing any more (true).
fn read_what_there_is(reader: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; 16 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(true),
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

/// Reads until the end of the input.
fn read_to_end(reader: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while !read_what_there_is(reader, received)? {
        assert!(Instant::now() < deadline, "what was written arrives, and then the end");
        thread::yield_now();
    }
    Ok(())
}
