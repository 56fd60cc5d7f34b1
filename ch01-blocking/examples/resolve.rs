//! Names to addresses: in which order, what a failing name says, and how long it blocks.
//!
//! `getaddrinfo(3)` looks into files and asks name servers, and the thread waits until it is done.
//! No other call of this chapter waits so long and can be told so little: it has no timeout, no
//! non-blocking mode, and no descriptor for a selector. To see that without asking anybody outside,
//! a small name server of our own answers here: late, with a no, or not at all.
//!
//! `cargo run -p ch01-blocking --example resolve -- NAME…` looks up names of yours instead, as your
//! system does it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

#[path = "resolve/name_server.rs"]
mod name_server;

use name_server::{DELAY, NameServer, PATIENCE};

const LOCALHOST: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| name.starts_with('-')) {
        eprintln!("usage: resolve [NAME...]");
        return ExitCode::from(2);
    }
    let outcome = if names.is_empty() { demonstration() } else { names_of_yours(&names) };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("resolve: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What std does for every address that is given as text: `connect` and `bind` call this, too.
fn lookup(name: &str) -> io::Result<Vec<IpAddr>> {
    // A lookup is for a name and a port. A port in figures is only copied to each result.
    let addrs = (name, 0).to_socket_addrs();
    let addrs = addrs.map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
    Ok(addrs.map(|addr| addr.ip()).collect())
}

fn timed_lookup(name: &str) -> (io::Result<Vec<IpAddr>>, Duration) {
    let began = Instant::now();
    let outcome = lookup(name);
    let took = began.elapsed();
    match &outcome {
        Ok(addrs) => println!("  {took:>9.1?}  {name}: {addrs:?}"),
        Err(error) => println!("  {took:>9.1?}  {error}"),
    }
    (outcome, took)
}

fn names_of_yours(names: &[String]) -> io::Result<()> {
    names.iter().try_for_each(|name| {
        let began = Instant::now();
        let outcome = lookup(name);
        let took = began.elapsed();
        let explain = |error| io::Error::other(format!("after {took:.1?}: {error}"));
        println!("{took:>9.1?}  {name}: {:?}", outcome.map_err(explain)?);
        Ok(())
    })
}

fn demonstration() -> io::Result<()> {
    let server = NameServer::start()?;
    if let Some(server) = &server {
        server.is_asked_by_this_thread()?;
    }
    println!("without a name server");
    // These two are parsed, and nobody is asked. The third is as old as inet_aton(3): std does not
    // know it and hands it on, and the C library does. A list of allowed addresses must not be
    // compared with the text.
    for (literal, addr) in [("127.0.0.1", 0), ("::1", 1), ("127.1", 0)] {
        assert_eq!(timed_lookup(literal).0?, [LOCALHOST[addr]]);
    }
    // From /etc/hosts, where it may stand for one of the two only.
    let addrs = timed_lookup("localhost").0?;
    assert!(!addrs.is_empty() && addrs.iter().all(IpAddr::is_loopback));
    let error = timed_lookup("two..dots").0.expect_err("no label is empty (RFC 1035)");
    // The kind cannot be matched on, and getaddrinfo's own number (EAI_NONAME) is not kept: for
    // std, a failed lookup is a text.
    assert_eq!(error.raw_os_error(), None);
    let error = "127.0.0.1:65536".to_socket_addrs().expect_err("a port has 16 bits");
    println!("  (a bad port is found before any lookup: {error})\n");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let Some(server) = server else {
        println!(
            "the rest needs the C library of GNU, and a lookup by files and DNS only: on this"
        );
        println!("system, try names of yours (-- NAME), and then again with the network unplugged");
        return Ok(());
    };
    assert_eq!(server.asked(), 0, "for none of these was a server asked");
    with_a_name_server()?;
    bounded(&server)?;
    println!("our name server was asked {} times", server.asked());
    assert!(server.asked() >= 12, "twice for each of six lookups");
    Ok(())
}

fn with_a_name_server() -> io::Result<()> {
    println!("with one: for each name it is asked twice, for IPv4 and for IPv6");
    // The best address first, by the rules of RFC 6724: IPv6, where there is a way to it. The dot
    // at the end says that the name is whole: no domain of the machine's is tried behind it.
    let (addrs, _) = timed_lookup("both.test.");
    let addrs = addrs?;
    assert!(addrs.len() == 2 && LOCALHOST.iter().all(|addr| addrs.contains(addr)));
    let (error, _) = timed_lookup("missing.test.");
    let missing = error.expect_err("the server says that there is no such name").to_string();
    let (addrs, took) = timed_lookup("slow.test.");
    assert_eq!(addrs?.len(), 2);
    assert!(took >= DELAY, "the thread waits for the server");
    let (error, took) = timed_lookup("silent.test.");
    let silent = error.expect_err("the server says nothing").to_string();
    // By default this is 5 s, twice, for each server that the machine has (resolv.conf(5)).
    assert!(took + Duration::from_millis(10) >= PATIENCE, "the library has waited");
    assert_ne!(missing.replace("missing", ""), silent.replace("silent", ""));
    println!("  (\"no such name\" stays so; the last one may be asked again later)\n");

    println!("connect tries all addresses of a name, in that order, until one answers");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let stream = TcpStream::connect(("both.test.", listener.local_addr()?.port()))?;
    println!("  a server on {} only: connected to {}\n", LOCALHOST[0], stream.peer_addr()?.ip());
    assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    Ok(())
}

/// The only bound on a lookup: somebody else waits for it. Giving up leaves that thread behind,
/// in a call that nobody can end; many of them are threads that pile up.
fn bounded(server: &NameServer) -> io::Result<()> {
    const LIMIT: Duration = Duration::from_millis(100);
    println!("a lookup of which we wait for {LIMIT:?} only");
    let (result, receiver) = mpsc::channel();
    let server = server.clone();
    let began = Instant::now();
    thread::spawn(move || {
        let found = server.is_asked_by_this_thread().and_then(|()| lookup("slow.test."));
        // Who asked may have gone; then nobody wants to know.
        let _ = result.send(found);
    });
    let early = receiver.recv_timeout(LIMIT);
    println!("  {:>9.1?}  given up", began.elapsed());
    assert!(matches!(early, Err(RecvTimeoutError::Timeout)));
    let late = receiver.recv_timeout(PATIENCE * 4).map_err(io::Error::other)??;
    println!("  {:>9.1?}  the thread comes back all the same: {late:?}\n", began.elapsed());
    assert!(began.elapsed() >= DELAY);
    Ok(())
}
