//! A page fetched by callbacks, and the same by a thread that waits.
//!
//! Connect, send the request, read the response: each step must be over before the next one can
//! begin, and each has a wait in it. A thread writes them one below the other. A callback ends
//! where it would have to wait, so here the steps become states, and the reader sees why chapter 4
//! exists.

mod blocking;
mod fetch;
mod page;
mod server;

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, ToSocketAddrs};
use std::thread;

use ch03_selectors::default_selector;
use ch03_selectors::dispatcher::Map;
use ladder::Stop;
use socket2::{Domain, Socket, Type};

use fetch::{Failure, Fetch, Outcome};
use page::Page;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\nwaiting is an art";

fn main() -> Result<(), Box<dyn Error>> {
    let (_held, refuses) = refusing()?;
    let nobody = [refuses, refuses];
    let page = Page { status: 200, body: b"waiting is an art".to_vec() };

    println!("an address that refuses, then one that answers, a byte at a time");
    let fetched = fetch(GOOD, &[refuses])?;
    let text = fetched.as_ref().map(|page| String::from_utf8_lossy(&page.body).into_owned());
    println!("  {text:?}");
    assert_eq!(fetched.map_err(|(step, _)| step), Ok(page));

    println!("what may go wrong, and where");
    let failures: [(&str, &'static [u8], &str, ErrorKind); 5] = [
        ("it hangs up", b"", "reading the head", ErrorKind::UnexpectedEof),
        ("it is cut short", &GOOD[..50], "reading the body", ErrorKind::UnexpectedEof),
        ("it is not HTTP", b"220 mail\r\n\r\n", "reading the head", ErrorKind::InvalidData),
        ("it has no end", &[b'x'; 2000], "reading the head", ErrorKind::InvalidData),
        ("it is too long", TOO_LONG, "reading the head", ErrorKind::InvalidData),
    ];
    for (what, response, expected_step, expected_kind) in failures {
        let (step, error) = fetch(response, &[])?.expect_err("a failure");
        println!("  {what}: {step}: {error}");
        assert_eq!((step, error.kind()), (expected_step, expected_kind));
    }
    let (step, error) =
        fetch_from(&mut Map::new(default_selector()?), &nobody)?.expect_err("nobody is there");
    println!("  nobody is there: {step}: {error}");
    assert_eq!((step, error.kind()), ("connecting", ErrorKind::ConnectionRefused));

    by_a_thread(refuses)?;
    let lines = |source: &str| source.lines().count();
    let (by_callbacks, by_thread) =
        (lines(include_str!("fetch.rs")), lines(include_str!("blocking.rs")));
    println!("{by_callbacks} lines by callbacks, {by_thread} by a thread");
    assert!(by_callbacks > 4 * by_thread);
    Ok(())
}

const TOO_LONG: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n";

/// Fetches from a server that says `response`, after trying the addresses `before` it.
fn fetch(response: &'static [u8], before: &[SocketAddr]) -> io::Result<Result<Page, Failure>> {
    let mut map = Map::new(default_selector()?);
    let addr = server::add(&mut map, response)?;
    // A name would be looked up here, and that blocks: resolvers know no callbacks.
    let found = (addr.ip().to_string(), addr.port()).to_socket_addrs();
    let addrs: Vec<_> = before.iter().copied().chain(found?).collect();
    fetch_from(&mut map, &addrs)
}

fn fetch_from(map: &mut Map, addrs: &[SocketAddr]) -> io::Result<Result<Page, Failure>> {
    let outcome = Outcome::default();
    let addrs = addrs.iter().copied().collect();
    Fetch::start(addrs, REQUEST, &outcome, |addr, fetch| map.connect(addr, fetch));
    loop {
        if let Some(result) = outcome.take() {
            return Ok(result);
        }
        map.turn()?;
    }
}

/// The same server, and a client that waits.
fn by_a_thread(refuses: SocketAddr) -> Result<(), Box<dyn Error>> {
    println!("the same page by a thread that waits");
    let mut map = Map::new(default_selector()?);
    let addrs = [refuses, server::add(&mut map, GOOD)?];
    let stop = Stop::new()?;
    let registered = map.watch_stop(stop.clone())?;
    let waiting = thread::spawn(move || {
        let page = blocking::fetch(&addrs, REQUEST);
        stop.request();
        page
    });
    map.run_until(&registered)?;
    let page = waiting.join().map_err(|_| "the thread panicked")??;
    println!("  {:?}", String::from_utf8_lossy(&page.body));
    assert_eq!(page, Page { status: 200, body: b"waiting is an art".to_vec() });
    Ok(())
}

/// An address that refuses while the socket lives: bound, and not listening.
fn refusing() -> io::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let addr = socket.local_addr()?.as_socket().ok_or(ErrorKind::AddrNotAvailable)?;
    Ok((socket, addr))
}
