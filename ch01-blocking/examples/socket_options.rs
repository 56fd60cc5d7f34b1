//! What socket options do: five of them set, and their effect seen.
//!
//! An option is a number that a socket keeps (setsockopt(2), socket(7), tcp(7)). What it is good
//! for shows elsewhere: when a server starts again, in how long an answer takes, at the peer.

mod pair;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, TcpKeepalive, Type};

use pair::pair;

/// Nothing here waits as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> io::Result<()> {
    reuse_address()?;
    no_delay()?;
    buffer_sizes()?;
    keep_alive()?;
    linger_zero()
}

/// Who closes a connection first keeps its two addresses for a minute or so (TIME_WAIT; RFC 9293,
/// section 3.6.1), so that late packets of it reach nobody else. A server that was stopped with
/// clients connected has closed first: without SO_REUSEADDR, its port is not to be had meanwhile.
fn reuse_address() -> io::Result<()> {
    println!("SO_REUSEADDR: start a server again, right after it was stopped with a client");
    println!("  before  after   bind");
    for (before, after) in [(false, false), (true, false), (false, true), (true, true)] {
        let addr = port_in_time_wait(before)?;
        let bound = bind(addr, after);
        let said = bound.as_ref().map_or_else(ToString::to_string, |_| "done".to_owned());
        println!("  {:7} {:7} {said}", on(before), on(after));
        // Linux wants it of both: also of the server whose connection it was.
        if cfg!(target_os = "linux") {
            assert_eq!(bound.is_ok(), before && after);
        }
        match bound {
            Ok(_) => assert!(after, "without the option, the port has to wait"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse),
        }
    }
    // std sets it on every listener (not on Windows, where it means something else).
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    assert!(SockRef::from(&listener).reuse_address()?);
    println!("  (std's TcpListener::bind has it on; two that listen at once it does not allow)\n");
    let error = bind(v4(listener.local_addr()?), true).expect_err("somebody listens");
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    Ok(())
}

fn bind(addr: SocketAddrV4, reuse_address: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(reuse_address)?;
    socket.bind(&SocketAddr::from(addr).into())?;
    socket.listen(1)?;
    Ok(socket.into())
}

/// The address of a server that has stopped, of which nothing but a closed connection is left.
fn port_in_time_wait(reuse_address: bool) -> io::Result<SocketAddrV4> {
    let listener = bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0), reuse_address)?;
    let addr = v4(listener.local_addr()?);
    let mut client = TcpStream::connect(addr)?;
    client.set_read_timeout(Some(PATIENCE))?;
    let (server, peer) = listener.accept()?;
    drop((server, listener));
    assert_eq!(client.read(&mut [0; 1])?, 0, "the server was first to close");
    drop(client);
    if cfg!(target_os = "linux") {
        const TIME_WAIT: &str = "06";
        let deadline = Instant::now() + PATIENCE;
        while row_of_kernel(addr, v4(peer))?.is_none_or(|row| row[STATE] != TIME_WAIT) {
            assert!(Instant::now() < deadline, "{addr} should be in TIME_WAIT now");
            thread::yield_now();
        }
    }
    Ok(addr)
}

/// Nagle's algorithm holds a small segment back while another is unacknowledged (RFC 1122, section
/// 4.2.3.4). The peer delays its acknowledgement, in the hope that an answer will carry it (section
/// 4.2.3.2). A request in two small writes makes them wait for each other.
fn no_delay() -> io::Result<()> {
    println!("TCP_NODELAY: a request of a head and a body, and its answer");
    let two_writes: &[&[u8]] = &[b"head", b"body"];
    let waiting = round_trips(false, two_writes)?;
    println!("  off, two writes  {:>8.1?}", median(&waiting));
    let at_once = round_trips(true, two_writes)?;
    println!("  on,  two writes  {:>8.1?}", median(&at_once));
    let in_one = round_trips(false, &[b"headbody"])?;
    println!("  off, one write   {:>8.1?}  better than the option: one packet", median(&in_one));
    // A delay of 40 ms and more on Linux, against some microseconds; on a busy machine, the best of
    // those must do.
    let seen = median(&waiting) > at_once[0] * 4 && median(&waiting) > in_one[0] * 4;
    println!("  the delayed acknowledgement is {}\n", if seen { "seen" } else { "not seen here" });
    assert!(seen || cfg!(not(target_os = "linux")));
    Ok(())
}

/// The times from the first write of a request to its whole answer, the shortest first.
fn round_trips(no_delay: bool, request: &[&[u8]]) -> io::Result<Vec<Duration>> {
    /// The first of them are not like the others: Linux then acknowledges at once.
    const WARM_UP: usize = 3;
    const ROUNDS: usize = 11;
    let (mut client, mut server) = pair(PATIENCE)?;
    client.set_nodelay(no_delay)?;
    let answering = thread::spawn(move || {
        let mut request = [0; 8];
        for _ in 0..WARM_UP + ROUNDS {
            server.read_exact(&mut request)?;
            server.write_all(b"ok")?;
        }
        io::Result::Ok(())
    });
    let mut took = Vec::new();
    for _ in 0..WARM_UP + ROUNDS {
        let began = Instant::now();
        for part in request {
            client.write_all(part)?;
        }
        client.read_exact(&mut [0; 2])?;
        took.push(began.elapsed());
    }
    answering.join().expect("the server does not panic")?;
    took.drain(..WARM_UP);
    took.sort();
    Ok(took)
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}

/// The kernel keeps what was sent and not yet taken; how much, is ours to wish and its to grant.
fn buffer_sizes() -> io::Result<()> {
    println!("SO_SNDBUF, SO_RCVBUF: bytes for what is under way");
    println!("  asked for     send      receive");
    let (client, _server) = pair(PATIENCE)?;
    let socket = SockRef::from(&client);
    // Until somebody asks, Linux lets them grow with the traffic; from then on they stay.
    println!("  nothing  {:>9} {:>12}", socket.send_buffer_size()?, socket.recv_buffer_size()?);
    for asked in [1, 20_000, 1 << 30] {
        // The BSDs and macOS refuse what is too much; Linux grants what it has.
        let set = socket.set_send_buffer_size(asked).and(socket.set_recv_buffer_size(asked));
        let (send, receive) = (socket.send_buffer_size()?, socket.recv_buffer_size()?);
        let said = set.err().map_or_else(String::new, |error| format!("  {error}"));
        println!("  {asked:<10} {send:>7} {receive:>12}{said}");
        if cfg!(target_os = "linux") {
            match asked {
                1 => assert!(send > 1 && receive > 1, "there is a least size"),
                // Half of it is for the kernel's own notes about the packets (socket(7)).
                20_000 => assert_eq!((send, receive), (40_000, 40_000)),
                _ => assert!(send < asked && receive < asked, "there is a greatest size"),
            }
        }
    }
    println!();
    Ok(())
}

/// A peer that was switched off says nothing more, which is what an idle one says, too. Keep-alive
/// asks after so long a silence, so often, and then ends the connection with `TimedOut`.
fn keep_alive() -> io::Result<()> {
    println!("SO_KEEPALIVE: is a silent peer still there?");
    let (client, server) = pair(PATIENCE)?;
    let socket = SockRef::from(&client);
    assert!(!socket.keepalive()?, "nobody is asked who has not asked for it");
    socket.set_tcp_keepalive(&TcpKeepalive::new().with_time(Duration::from_secs(60)))?;
    assert!(socket.keepalive()?);
    println!("  ours is to ask after 60 s of silence, its peer is not");
    if cfg!(target_os = "linux") {
        let ours = keep_alive_timer(&client)?.expect("the option starts the timer");
        println!("  the kernel's timers: ours ends in {ours:.2?}, the peer has none");
        // It is no sooner on a busy machine; and a minute is long enough to be read.
        assert!(ours <= Duration::from_secs(60) && ours > Duration::from_secs(50));
        assert_eq!(keep_alive_timer(&server)?, None);
    }
    println!();
    Ok(())
}

/// When the kernel will next ask the peer of `stream`, if ever (proc(5), /proc/net/tcp).
fn keep_alive_timer(stream: &TcpStream) -> io::Result<Option<Duration>> {
    let row = row_of_kernel(v4(stream.local_addr()?), v4(stream.peer_addr()?))?;
    let row = row.expect("the kernel lists an open connection");
    // "02:" is this timer, and behind it how long until it ends, in hundredths of a second.
    let Some(left) = row[TIMER].strip_prefix("02:") else { return Ok(None) };
    let left = u64::from_str_radix(left, 16).map_err(io::Error::other)?;
    Ok(Some(Duration::from_millis(left * 10)))
}

/// Close gives back at once, and the kernel goes on sending what is left. SO_LINGER of zero throws
/// all of that away, and the connection with it: the peer is told by a reset (RST).
fn linger_zero() -> io::Result<()> {
    println!("SO_LINGER: what the peer sees of a close");
    let (mut client, server) = pair(PATIENCE)?;
    drop(server);
    let read = client.read(&mut [0; 1])?;
    println!("  not set: a read of {read} bytes, the end");
    assert_eq!(read, 0);

    let (mut client, server) = pair(PATIENCE)?;
    SockRef::from(&server).set_linger(Some(Duration::ZERO))?;
    drop(server);
    let error = client.read(&mut [0; 1]).expect_err("a reset is an error");
    println!("  zero:    {error}");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    Ok(())
}

/// Columns of what [`row_of_kernel`] gives.
const STATE: usize = 3;
const TIMER: usize = 5;

/// What Linux lists of one connection (proc(5), /proc/net/tcp).
fn row_of_kernel(ours: SocketAddrV4, peer: SocketAddrV4) -> io::Result<Option<Vec<String>>> {
    let ends = [ours, peer]
        .map(|addr| format!("{:08X}:{:04X}", u32::from_ne_bytes(addr.ip().octets()), addr.port()));
    let table = std::fs::read_to_string("/proc/net/tcp")?;
    let mut rows = table.lines().map(|row| row.split_whitespace().map(str::to_owned).collect());
    Ok(rows.find(|row: &Vec<String>| row[1..3] == ends))
}

fn v4(addr: SocketAddr) -> SocketAddrV4 {
    match addr {
        SocketAddr::V4(addr) => addr,
        SocketAddr::V6(_) => unreachable!("all sockets of this example are of IPv4"),
    }
}

fn on(option: bool) -> &'static str {
    if option { "on" } else { "off" }
}
