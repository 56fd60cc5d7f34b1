//! A client that cannot get stuck.
//!
//! The client below sends all it has, and then reads what comes back. With a short message that works. With a
//! long one both sides stop for ever: the server cannot write, because nobody reads, so it does not read either;
//! and the client cannot write, because the server does not read.
//!
//! Let the client send and read at the same time, and return what came back. Each side must also be told when
//! there is no more: the server by the end of the client's side, the client by the end of the server's.
//!
//! Until you have solved it, the test takes ten seconds: then a timeout ends the wait.
//!
//! Hint: `std::thread::scope`, and the fact that `&UnixStream` is `Read` and `Write` as well.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use ch01_blocking::echo::echo;

/// How long a test waits for a byte that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends the message, ends this side, and returns all that comes back.
fn ask(stream: &UnixStream, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    // SOLUTION
    thread::scope(|scope| {
        let sent = scope.spawn(|| {
            let mut writer = stream;
            writer.write_all(message)?;
            stream.shutdown(Shutdown::Write)
        });
        let mut reader = stream;
        let read = reader.read_to_end(&mut answer);
        // Why it could not be sent says more than why nothing came back.
        sent.join().unwrap_or_else(|_| Err(io::Error::other("the sender panicked")))?;
        read
    })?;
    // START
    // let mut both = stream;
    // both.write_all(message)?;
    // stream.shutdown(Shutdown::Write)?;
    // both.read_to_end(&mut answer)?;
    // END
    Ok(answer)
}

/// A client's end of a connection to an echo server.
fn connected() -> UnixStream {
    let (client, server) = UnixStream::pair().expect("two descriptors");
    client.set_read_timeout(Some(PATIENCE)).expect("not zero");
    client.set_write_timeout(Some(PATIENCE)).expect("not zero");
    thread::spawn(move || echo(server, &mut 0));
    client
}

#[test]
fn a_short_message_comes_back() {
    assert_eq!(ask(&connected(), b"hello").expect("an echo"), b"hello");
}

#[test]
fn a_message_longer_than_all_buffers_comes_back() {
    // A pair of Unix sockets holds some hundred kilobytes in each direction.
    let message: Vec<u8> = (0..=250).cycle().take(8_000_003).collect();
    let answer = ask(&connected(), &message).expect("no timeout: somebody reads all the time");
    assert!(answer == message, "{} bytes of {} came back", answer.len(), message.len());
}
