//! A name is looked up on the pool, and a ticker keeps ticking.
//!
//! `getaddrinfo(3)` blocks its thread until an answer comes, and nothing can be done about it
//! (chapter 1's `resolve`). A small name server of our own answers late here, so that there is
//! something to see.

use std::cell::Cell;
use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ch04_async::blocking::Settings;
use ch04_async::net::lookup::lookup_host;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::{Runtime, sleep, spawn, spawn_blocking, timeout};

#[path = "../../ch01-blocking/examples/resolve/name_server.rs"]
mod name_server;

use name_server::{DELAY, NameServer, PATIENCE};

const TICK: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    // One thread only: whom to ask is a setting of each thread's, and this one will have it.
    let settings = Settings { threads_max: 1, ..Settings::default() };
    Runtime::builder().blocking(settings).build()?.block_on(async {
        let ticks = Rc::new(Cell::new(0));
        let counted = Rc::clone(&ticks);
        spawn(async move {
            loop {
                sleep(TICK).await;
                counted.set(counted.get() + 1);
            }
        });
        figures(&ticks).await?;
        let Some(server) = NameServer::start()? else {
            let found = lookup_host("localhost:80").await?;
            println!("localhost: {found:?}\nthe rest needs the C library of GNU");
            return Ok(());
        };
        let ours = server.clone();
        spawn_blocking(move || ours.is_asked_by_this_thread()).await??;
        late(&ticks).await?;
        given_up().await?;
        connect_by_name().await?;
        println!("our name server was asked {} times", server.asked());
        assert!(server.asked() >= 6, "twice for each of three lookups");
        Ok(())
    })
}

/// An address in figures is only read: no thread, and no turn of the loop.
async fn figures(ticks: &Cell<u32>) -> Result<(), Box<dyn Error>> {
    let before = ticks.get();
    let found = lookup_host("127.0.0.1:80").await?;
    println!("127.0.0.1:80     {found:?}, at once");
    assert_eq!(found, [SocketAddr::from((Ipv4Addr::LOCALHOST, 80))]);
    assert_eq!(ticks.get(), before);
    Ok(())
}

async fn late(ticks: &Cell<u32>) -> Result<(), Box<dyn Error>> {
    let (began, before) = (Instant::now(), ticks.get());
    let found = lookup_host("slow.test.:80").await?;
    let (took, ticked) = (began.elapsed(), ticks.get() - before);
    println!("slow.test.:80    {found:?}");
    println!(
        "                 after {} ms, in which the ticker ticked {ticked} times",
        took.as_millis()
    );
    assert!(took >= DELAY && found.len() == 2);
    // The thread of the loop may have been kept from its processor, but not all of the time.
    assert!(ticked >= 3, "the loop went on");
    Ok(())
}

/// A timeout ends our waiting. The lookup goes on: its thread is busy until it comes back.
async fn given_up() -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let lookup = timeout(TICK, lookup_host("slow.test.:80")).await;
    println!("slow.test.:80    given up after {} ms", began.elapsed().as_millis());
    assert!(lookup.is_err());
    spawn_blocking(|| ()).await?;
    println!(
        "                 the pool's only thread is free after {} ms",
        began.elapsed().as_millis()
    );
    assert!(began.elapsed() >= DELAY);
    Ok(())
}

/// A connect takes a name as well, and tries all of its addresses.
async fn connect_by_name() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let stream = timeout(PATIENCE * 4, TcpStream::connect(("both.test.", port))).await??;
    println!("both.test.:{port}  connected to {}", stream.peer_addr()?);
    assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    Ok(())
}
