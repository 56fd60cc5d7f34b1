//! A datagram that was cut.
//!
//! A datagram that is longer than the buffer it is received into is cut, and by default nobody says so. Half a
//! message is worse than none: it may look like a whole one. Make `receive` refuse what is longer than the bound.
//!
//! Two more things that are not as with TCP. An empty datagram is a message, not an end. And after one that was
//! too long the next one is whole: nothing of the first is left over.
//!
//! Hint: how can you tell a datagram that just fits from one that was cut? Give it room for more.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// The longest message of our protocol.
const MESSAGE_BYTES_MAX: usize = 32;

/// The next message, and who sent it. `InvalidData` for one that is too long.
fn receive(socket: &UdpSocket) -> io::Result<(Vec<u8>, SocketAddr)> {
    // SOLUTION
    // One byte more than allowed: if it is filled, there was more than allowed.
    let mut buffer = [0; MESSAGE_BYTES_MAX + 1];
    let (length, peer) = socket.recv_from(&mut buffer)?;
    if length > MESSAGE_BYTES_MAX {
        let text = format!("{peer} sent more than {MESSAGE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    // START
    // let mut buffer = [0; MESSAGE_BYTES_MAX];
    // let (length, peer) = socket.recv_from(&mut buffer)?;
    // END
    Ok((buffer[..length].to_vec(), peer))
}

/// Two sockets, of which the second sends to the first.
fn pair() -> (UdpSocket, UdpSocket) {
    let socket = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let (receiver, sender) = (socket(), socket());
    sender.connect(receiver.local_addr().expect("bound")).expect("an address");
    // A datagram over the loopback does not get lost, but a test must not wait for ever.
    receiver.set_read_timeout(Some(Duration::from_secs(10))).expect("not zero");
    (receiver, sender)
}

#[test]
fn a_message_comes_whole_and_with_its_sender() {
    let (receiver, sender) = pair();
    for length in [5, MESSAGE_BYTES_MAX, 0] {
        sender.send(&vec![b'm'; length]).expect("it is sent");
        let (message, peer) = receive(&receiver).expect("not too long");
        assert_eq!((message.len(), peer), (length, sender.local_addr().expect("bound")));
    }
}

#[test]
fn a_message_too_long_is_refused_and_the_next_one_whole() {
    let (receiver, sender) = pair();
    for length in [MESSAGE_BYTES_MAX + 1, 1000] {
        sender.send(&vec![b'm'; length]).expect("it is sent");
        sender.send(b"next").expect("it is sent");
        let refused = receive(&receiver).map_err(|error| error.kind());
        assert_eq!(refused.map(|(message, _)| message.len()), Err(io::ErrorKind::InvalidData));
        assert_eq!(receive(&receiver).expect("not too long").0, b"next");
    }
}
