//! Netcat against servers in the same process.

use super::*;

use std::io::{Cursor, PipeReader, PipeWriter};
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::time::Instant;

use ladder::{Report, Stop, socket};
use socket2::{Domain, SockRef, Socket, Type};

/// Within this everything here ends, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

fn target(addr: SocketAddr) -> Address {
    Address { host: addr.ip().to_string(), port: addr.port() }
}

/// An echo server on `ip`, while `client` runs.
fn beside_a_server(ip: impl Into<IpAddr>, client: impl FnOnce(&Target)) -> Report {
    let listener = socket::listen((ip, 0).into()).expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let stop = Stop::new().expect("a pipe");
    let stopping = stop.clone();
    let server = thread::spawn(move || ch01_blocking::threads::serve(listener, stopping));
    client(&Target::Tcp(target(addr)));
    stop.request();
    server.join().expect("no panic").expect("it served")
}

/// An input that never ends by itself, and what keeps it open.
fn keyboard() -> (PipeReader, PipeWriter) {
    io::pipe().expect("a pipe")
}

#[test]
fn all_of_a_large_input_comes_back_and_half_close_ends_it() {
    let input: Vec<u8> = (0..=250).cycle().take(3_000_001).collect();
    for ip in [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        if TcpListener::bind((ip, 0)).is_err() {
            println!("{ip} is none of this machine's addresses");
            continue;
        }
        let mut output = Vec::new();
        let sent = Cursor::new(input.clone());
        let report = beside_a_server(ip, |target| {
            run(target, sent, &mut output).expect("carried");
        });
        assert!(output == input, "{ip}: every byte, in order");
        assert_eq!(report.lost, 0, "an orderly end");
    }
}

#[test]
fn a_part_of_a_line_is_shown_at_once_and_a_server_that_ends_first_ends_us() {
    /// Tells of each write, and when it was flushed.
    struct Screen(mpsc::Sender<Vec<u8>>, Vec<u8>);
    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.send(std::mem::take(&mut self.1)).map_err(io::Error::other)
        }
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let target = Target::Tcp(target(listener.local_addr().expect("bound")));
    let (shown, screen) = mpsc::channel();
    let (input, _open) = keyboard();
    let client = thread::spawn(move || run(&target, input, Screen(shown, Vec::new())));
    let (mut server, _) = listener.accept().expect("the client");
    server.write_all(b"name: ").expect("room");
    assert_eq!(screen.recv_timeout(PATIENCE).expect("shown"), b"name: ");
    drop(server);
    client.join().expect("no panic").expect("the server may end first");
}

#[test]
fn a_server_that_has_no_more_to_say_still_gets_all_of_a_large_input() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let target = Target::Tcp(target(listener.local_addr().expect("bound")));
    let input: Vec<u8> = (0..=250).cycle().take(8_000_001).collect();
    let sent = Cursor::new(input.clone());
    let client = thread::spawn(move || {
        let mut output = Vec::new();
        run(&target, sent, &mut output).map(|()| output)
    });
    let (mut server, _) = listener.accept().expect("the client");
    server.write_all(b"all I have to say").expect("room");
    server.shutdown(Shutdown::Write).expect("connected");
    // Slower than the client's patience with an input that pauses: this one does not, we do.
    let mut received = vec![0; 1000];
    server.read_exact(&mut received).expect("the beginning");
    thread::sleep(PAUSE * 3);
    server.read_to_end(&mut received).expect("the rest");
    assert!(received == input, "{} bytes of {}", received.len(), input.len());
    assert_eq!(client.join().expect("no panic").expect("carried"), b"all I have to say");
}

#[test]
fn what_a_server_did_not_take_is_a_failure() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let target = Target::Tcp(target(listener.local_addr().expect("bound")));
    let client = thread::spawn(move || run(&target, io::repeat(b'x'), io::sink()));
    let (server, _) = listener.accept().expect("the client");
    // It ends, and is gone with most of the input on its way.
    server.shutdown(Shutdown::Write).expect("connected");
    drop(server);
    let error = client.join().expect("no panic").expect_err("cut").to_string();
    assert!(error.starts_with("sending to ") || error.starts_with("receiving from "), "{error}");
}

#[test]
fn a_unix_socket_is_a_stream_like_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("echo");
    let listener = UnixListener::bind(&path).expect("a free path");
    let server = thread::spawn(move || {
        let (stream, _) = listener.accept().expect("the client");
        carry(&stream, &stream).map_err(|_| "carried").expect("an echo");
    });
    let mut output = Vec::new();
    run(&Target::Unix(path), Cursor::new(b"hello\nworld"), &mut output).expect("carried");
    assert_eq!(output, b"hello\nworld");
    server.join().expect("no panic");
}

#[test]
fn each_line_is_a_datagram_and_silence_after_the_input_ends_it() {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    server.set_read_timeout(Some(PATIENCE)).expect("more than nothing");
    let target = Target::Udp(target(server.local_addr().expect("bound")));
    let long = usize::try_from(SENT_DATAGRAM_BYTES_MAX).expect("small") + 1;
    let lines = [b"one\n".to_vec(), b"\n".to_vec(), vec![b'x'; long]];
    let input = Cursor::new(lines.concat());
    let echo = thread::spawn(move || {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let mut lengths = Vec::new();
        while lengths.len() < 4 {
            let (count, client) = server.recv_from(&mut buffer).expect("a datagram");
            server.send_to(&buffer[..count], client).expect("sent");
            lengths.push(count);
        }
        lengths
    });
    let mut output = Vec::new();
    let began = Instant::now();
    run(&target, input, &mut output).expect("carried");
    assert!(began.elapsed() >= SILENCE, "it waited for more");
    assert_eq!(echo.join().expect("no panic"), [4, 1, long - 1, 1]);
    assert!(output == lines.concat(), "all of it came back");
}

#[test]
fn a_port_that_refuses_is_told_with_its_address() {
    // Bound, so that nobody else takes the port; not listening, so that it refuses.
    let tcp = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    tcp.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).expect("a free port");
    let addr = tcp.local_addr().expect("bound").as_socket().expect("an IPv4 address");
    let error = run(&Target::Tcp(target(addr)), io::empty(), io::sink()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let begin = format!("connecting to 127.0.0.1 port {}: ", addr.port());
    assert!(error.to_string().starts_with(&begin), "{error}");

    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let addr = udp.local_addr().expect("bound");
    // It hears nobody but itself; for all others the port is closed (udp(7)).
    udp.connect(addr).expect("any address will do");
    // The keyboard stays open: the refusal comes by the socket, and ends it all the same.
    let (input, mut keys) = keyboard();
    keys.write_all(b"anybody?\n").expect("room");
    let error = run(&Target::Udp(target(addr)), input, io::sink()).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&format!("127.0.0.1 port {}: ", addr.port())), "{error}");
}

#[test]
fn what_cannot_be_found_is_told_with_its_name() {
    // No name may have a label of more than 63 bytes (RFC 1035, section 2.3.4), so nobody is asked.
    let host = format!("{}.invalid", "n".repeat(64));
    for udp in [false, true] {
        let address = Address { host: host.clone(), port: 7000 };
        let target = if udp { Target::Udp(address) } else { Target::Tcp(address) };
        let error = run(&target, io::empty(), io::sink()).expect_err("no such host").to_string();
        assert!(error.starts_with(&format!("connecting to {host} port 7000: ")), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("nosuch");
    let error = run(&Target::Unix(path.clone()), io::empty(), io::sink()).expect_err("no path");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[test]
fn a_reset_is_a_failure() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let target = Target::Tcp(target(listener.local_addr().expect("bound")));
    let (input, _open) = keyboard();
    let client = thread::spawn(move || run(&target, input, io::sink()));
    let (server, _) = listener.accept().expect("the client");
    // To close with this set is to reset (socket(7), SO_LINGER).
    SockRef::from(&server).set_linger(Some(Duration::ZERO)).expect("set");
    drop(server);
    let error = client.join().expect("no panic").expect_err("reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert!(error.to_string().starts_with("receiving from 127.0.0.1 port "), "{error}");
}

/// Fails at once.
struct Broken(ErrorKind);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_input_that_fails_ends_it_and_an_output_that_nobody_takes_is_no_failure() {
    beside_a_server(Ipv4Addr::LOCALHOST, |target| {
        let error = run(target, Broken(ErrorKind::IsADirectory), io::sink()).expect_err("no input");
        assert!(error.to_string().starts_with("reading input: "), "{error}");
        run(target, Cursor::new("x"), Broken(ErrorKind::BrokenPipe)).expect("enough was seen");
        let error = run(target, Cursor::new("x"), Broken(ErrorKind::StorageFull));
        let error = error.expect_err("not written");
        assert!(error.to_string().starts_with("writing output: "), "{error}");
    });
}
