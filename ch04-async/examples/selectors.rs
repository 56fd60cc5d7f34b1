//! The same server, on the same runtime, over each selector of this system. Where a selector knows no
//! edges, sockets are armed for one shot each time that a task waits.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use ch03_selectors::{BACKENDS, Trigger};
use ch04_async::{Async, Runtime, spawn};

const CLIENTS: usize = 10;

fn main() {
    for backend in BACKENDS {
        let (name, selector) = (backend.name, (backend.make)().expect("a selector"));
        let edges = selector.supports(Trigger::Edge);
        let runtime = Runtime::over(selector).expect("a runtime");
        let echoed = runtime.block_on(serve_some());
        let how = if edges { "by edges" } else { "armed for each wait" };
        println!("{name:>8}: {CLIENTS} clients at once, {echoed} bytes echoed, {how}");
        assert_eq!(echoed, CLIENTS * 5);
    }
}

async fn serve_some() -> usize {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let addr = listener.local_addr().expect("bound");
    listener.set_nonblocking(true).expect("it is a socket");
    let listener = Async::new(listener).expect("registered");
    // All of them connect before the first one says a word.
    let clients = thread::spawn(move || {
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| TcpStream::connect(addr).expect("listening")).collect();
        for mut client in clients {
            client.write_all(b"hello").expect("connected");
            let mut answer = [0; 5];
            client.read_exact(&mut answer).expect("an echo");
            assert_eq!(&answer, b"hello");
        }
    });
    let mut tasks = Vec::new();
    for _ in 0..CLIENTS {
        tasks.push(spawn(echo(listener.accept().await.expect("a client"))));
    }
    let mut echoed = 0;
    for task in tasks {
        echoed += task.await.expect("no panic");
    }
    clients.join().expect("every client had its echo");
    echoed
}

async fn echo(stream: TcpStream) -> usize {
    let stream = Async::from_accepted(stream).expect("registered");
    let mut echoed = 0;
    loop {
        let bytes = stream.recv().await.expect("input");
        if bytes.is_empty() {
            return echoed;
        }
        stream.send_all(&bytes).await.expect("room");
        echoed += bytes.len();
    }
}
