//! A timeout must not lose what has come.
//!
//! A message has four bytes. The server gives a client a moment, looks after something else, and tries again. What
//! `next` had read when its time was up lay in the future, and has gone with it. So the next call begins in the middle
//! of a message, and everything after that is wrong.
//!
//! Keep what has come where it outlives the future.
//!
//! Hint: the `Reader` outlives it.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ch04_async::{Async, Runtime, timeout};

const MESSAGE_BYTES: usize = 4;

struct Reader {
    stream: Async<UnixStream>,
    /// What has come of a message, and how much.
    kept: ([u8; MESSAGE_BYTES], usize),
}

impl Reader {
    async fn next(&mut self) -> io::Result<[u8; MESSAGE_BYTES]> {
        // SOLUTION
        let (bytes, have) = &mut self.kept;
        while *have < MESSAGE_BYTES {
            match self.stream.read(&mut bytes[*have..]).await? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => *have += read,
            }
        }
        *have = 0;
        Ok(*bytes)
        // START
        // let (mut bytes, mut have) = self.kept;
        // while have < MESSAGE_BYTES {
        //     match self.stream.read(&mut bytes[have..]).await? {
        //         0 => return Err(ErrorKind::UnexpectedEof.into()),
        //         read => have += read,
        //     }
        // }
        // Ok(bytes)
        // END
    }
}

#[test]
fn a_message_in_two_halves_survives_a_timeout_between_them() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let (ours, mut peer) = UnixStream::pair().expect("a pair");
        ours.set_nonblocking(true).expect("it is a socket");
        let stream = Async::new(ours).expect("registered");
        let mut reader = Reader { stream, kept: ([0; MESSAGE_BYTES], 0) };
        peer.write_all(b"he").expect("room");
        let cut = timeout(Duration::from_millis(20), reader.next()).await;
        assert!(cut.is_err(), "only half of it is here");
        peer.write_all(b"y youokay").expect("room");
        drop(peer);
        let mut messages = Vec::new();
        while let Ok(message) = reader.next().await {
            messages.push(String::from_utf8_lossy(&message).into_owned());
        }
        assert_eq!(messages, ["hey ", "youo"], "each begins where the one before ended");
    });
}
