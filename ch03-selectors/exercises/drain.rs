//! An edge is told once.
//!
//! The function below is called when an edge-triggered selector has named the stream. It reads once, and goes back to
//! wait. What it has left unread has no event of its own: the client waits for its answer, and the server for an event
//! that was spent.
//!
//! Write it so that nothing is left. It returns what came, and whether that was the end of the input. A signal is no
//! reason to stop.
//!
//! Hint: there is one answer of a read that says that the next edge will be told.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ch03_selectors::{Interest, Registration, Token, Trigger, Watch, default_selector};

/// Takes all that is there. True: and nothing more will come.
fn take(stream: &mut impl Read) -> io::Result<(Vec<u8>, bool)> {
    let mut taken = Vec::new();
    let mut buffer = [0; 8];
    // SOLUTION
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok((taken, true)),
            Ok(read) => taken.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok((taken, false)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // START
    // match stream.read(&mut buffer) {
    //     Ok(read) => taken.extend_from_slice(&buffer[..read]),
    //     Err(error) if error.kind() == ErrorKind::WouldBlock => {}
    //     Err(error) => return Err(error),
    // }
    // Ok((taken, false))
    // END
}

#[test]
fn all_of_a_request_is_taken_before_the_next_wait() {
    let selector = default_selector().expect("a selector");
    let (stream, mut client) = UnixStream::pair().expect("a pair");
    stream.set_nonblocking(true).expect("it is a socket");
    let token = Token { index: 0, generation: 0 };
    let watch = Watch { token, interest: Interest::READABLE, trigger: Trigger::Edge };
    let mut stream = Registration::new(&selector, stream, watch).expect("registered");
    let request = b"a request that is longer than the buffer";
    client.write_all(request).expect("room");

    let mut events = Vec::new();
    selector.select(&mut events, Some(Duration::from_secs(10))).expect("a wait");
    let (came, ended) = take(&mut stream).expect("input");
    assert_eq!(String::from_utf8_lossy(&came), String::from_utf8_lossy(request));
    assert!(!ended, "the client may say more");
    drop(client);
    selector.select(&mut events, Some(Duration::from_secs(10))).expect("a wait");
    assert_eq!(take(&mut stream).expect("an end"), (Vec::new(), true));
}

#[test]
fn a_signal_is_no_reason_to_stop() {
    struct Script(Vec<io::Result<&'static [u8]>>);
    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let bytes = self.0.pop().unwrap_or(Err(ErrorKind::WouldBlock.into()))?;
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }
    let interrupted = Err(ErrorKind::Interrupted.into());
    let mut script = Script(vec![Ok(b"two"), interrupted, Ok(b"one ")]);
    assert_eq!(take(&mut script).expect("input"), (b"one two".to_vec(), false));
}
