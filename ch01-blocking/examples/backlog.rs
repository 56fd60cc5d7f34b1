//! A server that is too slow to accept: who waits where, who is told, and for how long.
//!
//! The kernel finishes handshakes by itself and keeps the connections in a queue until the server
//! asks for them (listen(2)). When the queue is full Linux drops what a further client sends. Nobody
//! tells the client: it asks again after a second, by its own clock, and after two more, and so on.
//! So a burst that a server could have served in milliseconds takes a second for some of its clients.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ladder::socket::{self, BACKLOG};
use socket2::{Domain, Socket, Type};

/// A short queue.
const SHORT: i32 = 2;

/// More connections than that queue holds, whatever a system adds to the asked length.
const KNOCKS_MAX: usize = 64;

/// How long nobody must answer until we say that a client waits.
const SILENCE: Duration = Duration::from_millis(100);

/// When a client asks again, at the soonest: a second after its first packet (RFC 6298, section 2),
/// less a tick of the kernel's clock.
const RETRY_MIN: Duration = Duration::from_millis(980);

/// Clients of the burst that does find room.
const BURST: usize = 100;

/// Nothing here takes as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(8);

fn main() -> io::Result<()> {
    if too_short()? {
        long_enough()?;
    }
    Ok(())
}

/// False where a full queue does something else than to keep silent.
fn too_short() -> io::Result<bool> {
    println!("a server that listens with a backlog of {SHORT}, and does not accept");
    let listener = listen(SHORT)?;
    let addr = listener.local_addr()?;
    let overflows = listen_overflows();
    let mut queued = Vec::new();
    loop {
        match TcpStream::connect_timeout(&addr, SILENCE) {
            Ok(stream) => queued.push(stream),
            Err(error) if error.kind() == ErrorKind::TimedOut => break,
            Err(error) => {
                println!("  a full queue is told to clients on this system: {error}");
                return Ok(false);
            }
        }
        assert!(queued.len() < KNOCKS_MAX, "a queue has an end");
    }
    println!("  {} clients are connected, though nobody has accepted them", queued.len());
    if cfg!(target_os = "linux") {
        assert_eq!(queued.len(), SHORT as usize + 1, "one more than was asked for");
    }
    (&queued[0]).write_all(b"I may even send")?;
    println!("  the first of them even sends something, and has no way to know");
    println!("  the next one gives up after {SILENCE:?} of silence");

    let began = Instant::now();
    let late = thread::spawn(move || TcpStream::connect_timeout(&addr, PATIENCE));
    // Its first packet must find the queue full.
    while is_asking(addr) == Some(false) {
        assert!(began.elapsed() < PATIENCE, "it has begun to connect");
        thread::sleep(Duration::from_millis(1));
    }
    thread::sleep(SILENCE);
    assert!(!late.is_finished(), "there is no room for it");
    let (_first, _) = listener.accept()?;
    let room = began.elapsed();
    println!("  another one waits; after {room:.0?} the server accepts, and there is room");
    let late = late.join().expect("no panic")?;
    let took = began.elapsed();
    println!(
        "  it is connected after {took:.2?}: not when there was room, but when it asked again"
    );
    assert_eq!(late.peer_addr()?, addr);
    assert!(took >= RETRY_MIN || cfg!(not(target_os = "linux")), "{took:?}");
    if let (Some(before), Some(after)) = (overflows, listen_overflows()) {
        println!("  the kernel has counted: ListenOverflows + {}", after - before);
        assert!(after - before >= 2, "one who gave up, and one who asked again");
    }
    Ok(true)
}

fn long_enough() -> io::Result<()> {
    println!("\nthe same with a backlog of {BACKLOG}, as our servers have it");
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let addr = listener.local_addr()?;
    let began = Instant::now();
    let burst = (0..BURST).map(|_| TcpStream::connect_timeout(&addr, PATIENCE));
    let burst = burst.collect::<io::Result<Vec<_>>>()?;
    println!("  {} clients are connected after {:.1?}", burst.len(), began.elapsed());
    for _ in burst {
        listener.accept()?;
    }
    println!("  and all of them are there to be accepted");
    Ok(())
}

/// std asks for a backlog of 128, and lets nobody choose.
fn listen(backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}

/// Whether somebody has asked `addr` for a connection and has no answer (proc(5), /proc/net/tcp).
/// `None` where there is no such list.
fn is_asking(addr: SocketAddr) -> Option<bool> {
    const SYN_SENT: &str = "02";
    let SocketAddr::V4(addr) = addr else { return None };
    let peer = format!("{:08X}:{:04X}", u32::from_ne_bytes(addr.ip().octets()), addr.port());
    let list = fs::read_to_string("/proc/net/tcp").ok()?;
    let mut rows = list.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    Some(rows.any(|row| row[2..4] == [&peer[..], SYN_SENT]))
}

/// How often this machine has dropped a client because some queue was full (nstat(8) shows it, from
/// /proc/net/netstat: a line of names, and a line of numbers). `None` where there is no such list.
fn listen_overflows() -> Option<u64> {
    let list = fs::read_to_string("/proc/net/netstat").ok()?;
    let mut lines = list.lines().filter(|line| line.starts_with("TcpExt:"));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let at = names.split(' ').position(|name| name == "ListenOverflows")?;
    numbers.split(' ').nth(at)?.parse().ok()
}
