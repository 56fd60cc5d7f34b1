//! Datagrams: each is a message of its own, and nothing about them is promised but that.
//!
//! A stream is a pipe between two; a UDP socket is a letter box. What is sent by one call is
//! received by one call or not at all (udp(7), RFC 768): no accept, no end of input, no writes
//! that run together. Shown here: where one message ends, what becomes of one that is too long,
//! whose messages a socket takes, and how a closed port is heard of.

use std::io::{self, ErrorKind, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use ladder::Stop;
use rustix::io::Errno;
use rustix::net::{RecvAncillaryBuffer, RecvFlags, ReturnFlags, recvmsg};

/// A datagram may be lost, so nobody waits for one without a limit. On the loopback none of these
/// few is, and the wait is never this long.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a silence has to be until we call it silence.
const SILENCE: Duration = Duration::from_millis(100);

/// The longest UDP message over IPv4: a packet of 65535 bytes, less 20 of IP and 8 of UDP.
const MESSAGE_BYTES_MAX: usize = 65_535 - 20 - 8;

fn main() -> io::Result<()> {
    let socket = letter_box()?;
    let server = socket.local_addr()?;
    let stop = Stop::new()?;
    let stopping = stop.clone();
    let serving = thread::spawn(move || echo(&socket, &stopping));

    let shown = boundaries(server)
        .and_then(|()| truncation(server))
        .and_then(|()| unconnected_and_connected(server))
        .and_then(|()| a_closed_port());
    stop.request();
    // A thread in recv_from is woken as one in accept is: by a caller. Its letter may be empty.
    letter_box()?.send_to(b"", server)?;
    let echoed = serving.join().expect("the server does not panic")?;
    shown?;
    println!("the server echoed {echoed} datagrams, on one socket, for four clients");
    assert_eq!(echoed, 9);
    Ok(())
}

/// A socket with a port of its own, in which nobody waits for ever.
fn letter_box() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// The whole server: no listener, no connections, and so no thread for each.
fn echo(socket: &UdpSocket, stop: &Stop) -> io::Result<u64> {
    // Room for the longest there is: what does not fit is lost.
    let mut message = vec![0; MESSAGE_BYTES_MAX];
    let mut echoed = 0;
    loop {
        let (len, sender) = socket.recv_from(&mut message)?;
        if stop.is_requested() {
            return Ok(echoed);
        }
        socket.send_to(&message[..len], sender)?;
        echoed += 1;
    }
}

fn boundaries(server: SocketAddr) -> io::Result<()> {
    println!("boundaries: every message arrives as it was sent");
    let client = letter_box()?;
    let messages: [&[u8]; 4] = [b"one", b"", b"three", &[b'4'; 4000]];
    // All of them are on their way before the first is read. From a stream, the first read could
    // bring all 4008 bytes; and an empty write would bring nothing.
    for message in messages {
        client.send_to(message, server)?;
    }
    let mut buffer = vec![0; MESSAGE_BYTES_MAX];
    for message in messages {
        let (len, _) = client.recv_from(&mut buffer)?;
        println!(
            "  sent {:4} bytes; one read with room for {} got {len}",
            message.len(),
            buffer.len()
        );
        // In this order on the loopback. A network may change it.
        assert_eq!(&buffer[..len], message);
    }
    println!("  (0 bytes are a message here, and not the end: there is no end)");
    let error = client.send_to(&vec![0; MESSAGE_BYTES_MAX + 1], server).expect_err("too long");
    println!("  sent {} bytes: {error}\n", MESSAGE_BYTES_MAX + 1);
    assert_eq!(Errno::from_io_error(&error), Some(Errno::MSGSIZE));
    Ok(())
}

fn truncation(server: SocketAddr) -> io::Result<()> {
    println!("truncation: what the buffer cannot hold is gone");
    let client = letter_box()?;
    let mut small = [0; 4];
    client.send_to(b"truncated", server)?;
    let (len, _) = client.recv_from(&mut small)?;
    println!("  9 bytes came; recv_from got {len} and no error: {:?}", text(&small[..len]));
    assert_eq!(&small[..len], b"trun");

    // The next read begins with the next message, not with "cated". And recvmsg(2) tells.
    for (message, cut) in [(&b"longer"[..], true), (b"fits", false)] {
        client.send_to(message, server)?;
        let mut control = RecvAncillaryBuffer::default();
        let mut into = [IoSliceMut::new(&mut small)];
        let received = recvmsg(&client, &mut into, &mut control, RecvFlags::empty())?;
        let told = received.flags.contains(ReturnFlags::TRUNC);
        println!(
            "  {} bytes came; recvmsg got {}; MSG_TRUNC: {told}",
            message.len(),
            received.bytes
        );
        assert_eq!((&small[..], told), (&message[..4], cut));
    }
    println!();
    Ok(())
}

fn unconnected_and_connected(server: SocketAddr) -> io::Result<()> {
    println!("whose messages a socket takes");
    let stranger = letter_box()?;
    let mut buffer = [0; 64];

    let open = letter_box()?;
    stranger.send_to(b"buy this", open.local_addr()?)?;
    open.send_to(b"ping", server)?;
    let (len, sender) = open.recv_from(&mut buffer)?;
    println!("  unconnected: everybody's. First {:?}, from {sender}", text(&buffer[..len]));
    assert_eq!((&buffer[..len], sender), (&b"buy this"[..], stranger.local_addr()?));
    // So whoever asks on such a socket must look at the sender of each answer.
    let (len, sender) = open.recv_from(&mut buffer)?;
    println!("               then {:?}, from {sender}", text(&buffer[..len]));
    assert_eq!((&buffer[..len], sender), (&b"ping"[..], server));

    // Sends nothing: it only notes the peer, so that send and recv need no address.
    let connected = letter_box()?;
    connected.connect(server)?;
    stranger.send_to(b"buy this", connected.local_addr()?)?;
    connected.send(b"ping")?;
    let len = connected.recv(&mut buffer)?;
    println!(
        "  connected:   its peer's only. First {:?}; the stranger's is dropped\n",
        text(&buffer[..len])
    );
    assert_eq!(&buffer[..len], b"ping");
    let error = silence(&connected, &mut buffer).expect_err("nothing else came");
    assert!(is_timeout(&error), "{error}");
    Ok(())
}

/// A host answers to a port without a socket by an ICMP message, "port unreachable" (RFC 792). It
/// comes after the send is done, so it can only be told to a later call.
fn a_closed_port() -> io::Result<()> {
    println!("a port where nobody is");
    // A port that nobody else can take meanwhile, and that is closed to us all the same: a socket
    // that is connected to itself takes nobody else's messages.
    let taken = letter_box()?;
    let nobody = taken.local_addr()?;
    taken.connect(nobody)?;
    let mut buffer = [0; 64];

    let connected = letter_box()?;
    connected.connect(nobody)?;
    let sent = connected.send(b"hello?")?;
    println!("  connected:   send says: {sent} bytes sent");
    let error = connected.recv(&mut buffer).expect_err("nobody is there");
    println!("               the recv after it says: {error}");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);

    // Which of the peers it sent to would the error be about? So it is not told (udp(7)).
    let open = letter_box()?;
    open.send_to(b"hello?", nobody)?;
    let asked = Instant::now();
    let error = silence(&open, &mut buffer).expect_err("nobody is there");
    println!("  unconnected: nothing, for {} ms: {error}\n", asked.elapsed().as_millis());
    assert!(is_timeout(&error), "{error}");
    Ok(())
}

/// A short wait for something that should not come.
fn silence(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<usize> {
    socket.set_read_timeout(Some(SILENCE))?;
    socket.recv(buffer)
}

/// A timeout of a socket is told as EAGAIN on Unix, so `WouldBlock`; elsewhere as `TimedOut`.
fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
