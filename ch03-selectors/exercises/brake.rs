//! A brake for a writer.
//!
//! `write` of a transport does not wait: what the peer does not take stays in memory. The protocol below writes all it
//! has at once, and for a slow client all of it lies there.
//!
//! Write a chunk at a time, while no more than `HIGH_WATER_BYTES` wait in the transport. Go on when the transport says
//! so. When all was written, close; what still waits goes out before the end.
//!
//! Hint: `pause_writing` is called when your method has come back. So within the loop ask `write_buffer_size`.

use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use ch03_selectors::event_loop::EventLoop;
use ch03_selectors::protocol::buffer::HIGH_WATER_BYTES;
use ch03_selectors::protocol::{Protocol, Transport};

const CHUNK_BYTES: usize = 16 * 1024;

/// More than any pair of sockets holds.
const TOTAL_BYTES: usize = 512 * CHUNK_BYTES;

struct Sender {
    left: usize,
}

impl Sender {
    fn send(&mut self, transport: &Transport) {
        loop {
            // SOLUTION
            if self.left == 0 || transport.write_buffer_size() > HIGH_WATER_BYTES {
                break;
            }
            // START
            // if self.left == 0 {
            //     break;
            // }
            // END
            transport.write(&[b'x'; CHUNK_BYTES]);
            self.left -= CHUNK_BYTES;
        }
        // SOLUTION
        if self.left == 0 {
            transport.close();
        }
        // START
        // transport.close();
        // END
    }
}

impl Protocol for Sender {
    fn connection_made(&mut self, transport: &Transport) {
        self.send(transport);
    }

    // SOLUTION
    fn resume_writing(&mut self, transport: &Transport) {
        self.send(transport);
    }
    // START
    // END
}

/// How many bytes came, and how many waited at most. The client reads a little in each turn.
fn sent() -> (usize, usize) {
    let event_loop = EventLoop::new().expect("a loop");
    let (ours, mut client) = UnixStream::pair().expect("two descriptors");
    client.set_nonblocking(true).expect("a socket");
    let sender = Sender { left: TOTAL_BYTES };
    let transport = event_loop.connect_accepted(ours, sender).expect("a transport");
    let (mut heard, mut waited, mut buffer) = (0, 0, vec![0; 64 * 1024]);
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        event_loop.call_soon(EventLoop::stop);
        event_loop.run_forever().expect("the selector works");
        waited = waited.max(transport.write_buffer_size());
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => heard += read,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
        }
    }
    (heard, waited)
}

#[test]
fn a_slow_client_hears_all_of_it_and_then_the_end() {
    assert_eq!(sent().0, TOTAL_BYTES);
}

#[test]
fn little_waits_for_a_slow_client() {
    let (_, waited) = sent();
    let bound = HIGH_WATER_BYTES + CHUNK_BYTES;
    assert!(waited <= bound, "{waited} bytes waited, and {bound} are enough");
}
