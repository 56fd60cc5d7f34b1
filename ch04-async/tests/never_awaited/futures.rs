//! Each line of `forgets` makes a future and drops it.

#![deny(unused_must_use)]

use std::net::TcpStream;
use std::time::Duration;

use ch04_async::{Async, sleep, timeout, yield_now};

async fn forgets(stream: Async<TcpStream>) {
    sleep(Duration::from_secs(1));
    timeout(Duration::from_secs(1), async {});
    yield_now();
    stream.recv();
    stream.send_all(b"never sent");
    ch04_async::time::interval(Duration::from_secs(1));
    ch04_async::task::Builder::new().name("never spawned");
    forgotten();
}

async fn forgotten() {}

fn main() {
    let _ = forgets;
}
