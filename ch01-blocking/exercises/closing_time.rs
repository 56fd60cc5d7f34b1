//! Closing time.
//!
//! To stop a server whose threads are blocked in reads, its sockets are shut down: every read returns the end of
//! its input. For that somebody keeps a list of all connections. The list below is right for everybody who is in it
//! when the stop comes. But a client may have been accepted just before the stop, and enter the list just after it.
//! Nobody will ever shut it down, and the server waits for it for ever.
//!
//! Mend it: who comes after closing time is shut down at once.
//!
//! Hint: a flag says that it is closing time. Where must it be kept, so that nobody slips through between the look
//! at the flag and the entry in the list?

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

/// Everybody who is connected.
#[derive(Default)]
struct Guests {
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    next: u64,
    open: HashMap<u64, Arc<UnixStream>>,
    // SOLUTION
    /// Under the same lock as the list: there is no moment between the two.
    closed: bool,
    // START
    // END
}

impl Guests {
    /// Notes a connection, under a number by which it leaves again.
    fn enter(&self, stream: &Arc<UnixStream>) -> io::Result<u64> {
        let mut shared = self.shared.lock().expect("nobody panics under it");
        // SOLUTION
        if shared.closed {
            stream.shutdown(Shutdown::Both)?;
        }
        // START
        // END
        let number = shared.next;
        shared.next += 1;
        shared.open.insert(number, Arc::clone(stream));
        Ok(number)
    }

    fn leave(&self, number: u64) {
        self.shared.lock().expect("nobody panics under it").open.remove(&number);
    }

    /// Ends every read, those that block now and those to come.
    fn close(&self) -> io::Result<()> {
        // SOLUTION
        let mut shared = self.shared.lock().expect("nobody panics under it");
        shared.closed = true;
        // START
        // let shared = self.shared.lock().expect("nobody panics under it");
        // END
        shared.open.values().try_for_each(|stream| stream.shutdown(Shutdown::Both))
    }
}

/// A server's end that never blocks, so that a test can ask it anything, and the client's end.
fn connected() -> (Arc<UnixStream>, UnixStream) {
    let (server, client) = UnixStream::pair().expect("two descriptors");
    server.set_nonblocking(true).expect("a socket");
    (Arc::new(server), client)
}

/// Whether a read is at its end. One that would block is not.
fn has_ended(stream: &UnixStream) -> bool {
    let mut stream = stream;
    match stream.read(&mut [0; 1]) {
        Ok(read) => read == 0,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
            false
        }
    }
}

#[test]
fn those_who_are_there_are_reached() {
    let guests = Guests::default();
    let ((one, _one), (two, _two)) = (connected(), connected());
    for stream in [&one, &two] {
        guests.enter(stream).expect("an open stream");
        assert!(!has_ended(stream), "before closing time");
    }
    guests.close().expect("open streams");
    assert!(has_ended(&one) && has_ended(&two));
}

#[test]
fn those_who_have_left_are_not_held() {
    let guests = Guests::default();
    let (stream, _client) = connected();
    let number = guests.enter(&stream).expect("an open stream");
    guests.leave(number);
    assert_eq!(Arc::strong_count(&stream), 1, "a descriptor that nobody closes");
}

#[test]
fn who_comes_after_closing_time_is_sent_away() {
    let guests = Guests::default();
    guests.close().expect("nobody is there");
    let (late, _client) = connected();
    guests.enter(&late).expect("an open stream");
    assert!(has_ended(&late), "a thread would block in this read for ever");
}
