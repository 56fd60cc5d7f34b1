//! What may take how long: `cargo run -p ch05-http --example timeouts`.
//!
//! A request waits for several things, each of which may never come: a connection, the answer's
//! head, the next piece of its body. And each may come again and again and the whole never.

use std::error::Error;
use std::io::{Read, Write};
use std::mem::forget;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::Runtime;
use ch05_http::client::{self, Session, Timeout, Timeouts};
use socket2::{Domain, Socket, Type};

const SHORT: Duration = Duration::from_millis(200);

/// A timer is never early; a busy machine makes it late.
const LATE: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    Runtime::new()?.block_on(async {
        let never = Timeouts::default();
        let connect = Timeouts { connect: Some(SHORT), ..never };
        let read = Timeouts { read: Some(SHORT), ..never };
        let total = Timeouts { total: Some(SHORT), ..never };

        let (full, _queue) = full()?;
        let silent = serve(forget)?;
        let stalls = serve(|mut stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            forget(stream);
        })?;
        let trickles = serve(|mut stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
            while stream.write_all(b".").is_ok() {
                thread::sleep(SHORT / 10);
            }
        })?;

        println!("each {SHORT:?}, where it is set:");
        for (what, addr, timeouts, expected) in [
            ("no connection", full, connect, Timeout::Connect),
            ("no connection", full, total, Timeout::Total),
            ("no answer", silent, read, Timeout::Read),
            ("no answer", silent, total, Timeout::Total),
            ("half of a body", stalls, read, Timeout::Read),
            ("half of a body", stalls, total, Timeout::Total),
            ("a byte now and then", trickles, total, Timeout::Total),
        ] {
            // Of the session, and of the request alone.
            let patient = Session::new();
            let strict = Session::builder().timeouts(timeouts).build();
            for (whose, asked) in [
                ("session", strict.get(&format!("http://{addr}/"))),
                ("request", patient.get(&format!("http://{addr}/")).timeouts(timeouts)),
            ] {
                let start = Instant::now();
                let answer = async { asked.send().await?.bytes(1 << 20).await };
                let error = answer.await.expect_err("it stalls");
                let took = start.elapsed();
                println!("  {what:<20} {whose}: {error}, after {took:.0?}");
                assert!(matches!(error, client::Error::Timeout(which) if which == expected));
                assert!(took >= SHORT && took < SHORT + LATE, "{took:?}");
            }
        }

        println!("a byte now and then, and a bound between two bytes alone:");
        let session = Session::builder().timeouts(read).build();
        let mut answer = session.get(&format!("http://{trickles}/")).send().await?;
        let start = Instant::now();
        let mut came = 0;
        while start.elapsed() < 3 * SHORT {
            came += answer.data().await?.map_or(0, |piece| piece.len());
        }
        println!("  after {:.0?} still going on, with {came} bytes", start.elapsed());
        assert!(came > 3, "each came in time");
        Ok(())
    })
}

/// A server that reads something of each request and does then what it is told to.
fn serve(then: impl Fn(TcpStream) + Send + Copy + 'static) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                if stream.read(&mut [0; 1024]).is_ok() {
                    then(stream);
                }
            });
        }
    });
    Ok(addr)
}

/// A listener that accepts nobody, and whose queue is full: who comes now is not answered, and his
/// kernel asks again after a second, and after two more, and so on (tcp(7), tcp_syn_retries).
fn full() -> std::io::Result<(SocketAddr, Vec<Socket>)> {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    listener.listen(1)?;
    let addr = listener.local_addr()?.as_socket().expect("an address");
    let mut queue = vec![listener];
    for _ in 0..100 {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if socket.connect_timeout(&addr.into(), SHORT).is_err() {
            return Ok((addr, queue));
        }
        queue.push(socket);
    }
    panic!("a queue without an end");
}
