//! Sockets on the runtime over each selector of this system, those without edges as well.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ch03_selectors::BACKENDS;
use ch04_async::{Async, Runtime, spawn, timeout};
use std::future::poll_fn;

const PATIENCE: Duration = Duration::from_secs(20);

/// More than a socket's buffers hold, so that both directions have to wait.
const BYTES: usize = 4 << 20;

fn pair() -> (Async<UnixStream>, Async<UnixStream>) {
    let (one, other) = UnixStream::pair().expect("a pair");
    let ours = |stream: UnixStream| {
        stream.set_nonblocking(true).expect("it is a socket");
        Async::new(stream).expect("registered")
    };
    (ours(one), ours(other))
}

async fn write(stream: &Async<UnixStream>, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let write = |mut stream: &UnixStream| stream.write(bytes);
        let written = poll_fn(|context| stream.poll_write_with(context, write)).await;
        bytes = &bytes[written.expect("room")..];
    }
}

async fn read(stream: &Async<UnixStream>, wanted: usize) -> usize {
    let mut buffer = [0; 1000];
    let mut got = 0;
    while got < wanted {
        let mut read = |mut stream: &UnixStream| stream.read(&mut buffer);
        match poll_fn(|context| stream.poll_read_with(context, &mut read)).await.expect("input") {
            0 => break,
            read => got += read,
        }
    }
    got
}

/// Runs `test` once on each selector.
fn on_each(test: impl AsyncFn()) {
    for backend in BACKENDS {
        let runtime = Runtime::over((backend.make)().expect("a selector")).expect("a runtime");
        let ended = runtime.block_on(timeout(PATIENCE, test()));
        assert!(ended.is_ok(), "{} does not get on", backend.name);
    }
}

#[test]
fn a_reader_and_a_writer_of_one_socket_both_get_on() {
    on_each(async || {
        let (ours, theirs) = pair();
        let (ours, theirs) = (std::rc::Rc::new(ours), std::rc::Rc::new(theirs));
        let mut tasks = Vec::new();
        for stream in [&ours, &theirs] {
            let (reading, writing) = (stream.clone(), stream.clone());
            tasks.push(spawn(async move { assert_eq!(read(&reading, BYTES).await, BYTES) }));
            tasks.push(spawn(async move { write(&writing, &vec![7; BYTES]).await }));
        }
        for task in tasks {
            task.await.expect("no panic");
        }
    });
}

#[test]
fn two_readers_of_one_socket_both_get_on() {
    on_each(async || {
        let (ours, theirs) = pair();
        let ours = std::rc::Rc::new(ours);
        let readers =
            [ours.clone(), ours].map(|stream| spawn(async move { read(&stream, 1).await }));
        ch04_async::yield_now().await;
        write(&theirs, b"x").await;
        write(&theirs, &[b'y'; 1000]).await;
        for reader in readers {
            assert!(reader.await.expect("no panic") >= 1);
        }
    });
}

#[test]
fn an_end_and_a_departure_wake_whoever_waits() {
    on_each(async || {
        let (ours, theirs) = pair();
        let reader = spawn(async move { read(&ours, 1).await });
        ch04_async::yield_now().await;
        drop(theirs);
        assert_eq!(reader.await.expect("no panic"), 0);
    });
}
