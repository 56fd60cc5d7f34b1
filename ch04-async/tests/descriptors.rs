//! No descriptor is left open, and no child gets one. Alone in its program: descriptors belong to
//! the process, and tests beside it would have theirs.
#![cfg(any(target_os = "linux", target_os = "macos"))]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::process::Stdio;

use ch04_async::net::pipe::pipe;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::udp::UdpSocket;
use ch04_async::net::unix::{UnixDatagram, UnixListener, UnixStream};
use ch04_async::process::Command;
use ch04_async::signal::{SignalKind, signal};
use ch04_async::{Runtime, spawn, spawn_blocking, yield_now};
use futures_util::io::AsyncReadExt;
use support::{run, until};

/// The numbers that are open in this process, without the one that lists them.
fn open() -> BTreeSet<u32> {
    let entries: Vec<_> = fs::read_dir("/dev/fd").expect("a list").collect();
    let number = |entry: std::io::Result<fs::DirEntry>| {
        entry.ok()?.file_name().to_str()?.parse::<u32>().ok()
    };
    let listed: BTreeSet<_> = entries.into_iter().filter_map(number).collect();
    // The list's own descriptor is closed by now.
    let is_open = |fd: &u32| fs::symlink_metadata(format!("/dev/fd/{fd}")).is_ok();
    listed.into_iter().filter(is_open).collect()
}

/// The numbers that a child finds open, without the one that lists them.
async fn open_in_a_child() -> BTreeSet<u32> {
    // `ls` opens one to look; the shell has closed its own when it comes to the loop.
    let script = "for fd in /dev/fd/*; do [ -e \"$fd\" ] && echo \"${fd##*/}\"; done";
    let output = Command::new("sh").args(["-c", script]).output().await.expect("a shell");
    let text = String::from_utf8(output.stdout).expect("numbers");
    text.lines().map(|line| line.parse().expect("a number")).collect()
}

#[test]
fn everything_is_closed_once_and_no_child_gets_any_of_it() {
    // Runtimes and pools, once before: what the process keeps for good is open then.
    run(everything(10));
    let before = open();
    run(everything(200));
    assert_eq!(open(), before, "after the runtime");

    run(async {
        // What whoever started this test has let through is let through to our children, too.
        let inherited = open_in_a_child().await;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let accepted = listener.accept().await.unwrap();
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let connected = UdpSocket::connected_to(udp.local_addr().unwrap()).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let unix = UnixListener::bind(&path).unwrap();
        let called = UnixStream::connect(&path).await.unwrap();
        let answered = unix.accept().await.unwrap();
        let pairs = (UnixStream::pair().unwrap(), UnixDatagram::pair().unwrap(), pipe().unwrap());
        let signals = signal(SignalKind::USER_1).unwrap();
        let mut other = Command::new("cat");
        other.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let other = other.kill_on_drop(true).spawn().unwrap();
        let inner = Runtime::new().unwrap();
        assert!(open().len() > inherited.len() + 20, "all of these are open here");
        assert_eq!(open_in_a_child().await, inherited, "and none of them in a child");
        drop((listener, client, accepted, udp, connected, unix, called, answered));
        drop((pairs, signals, other, inner));
    });
    assert_eq!(open(), before, "the descriptor of a killed child is closed, too");
}

/// Opens and closes one of each, `rounds` times, and some while they are waited for.
async fn everything(rounds: usize) {
    let before = open().len();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let server = spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            spawn(async move {
                let mut buffer = [0; 16];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    stream.write_all(&buffer[..read]).await.unwrap();
                }
            });
        }
    });
    for round in 0..rounds {
        let stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(b"hi").await.unwrap();
        (&stream).read_exact(&mut [0; 2]).await.unwrap();
        let (mut reading, writing) = stream.into_halves();
        let waits = spawn(async move { reading.read(&mut [0; 8]).await });
        let (one, other) = UnixDatagram::pair().unwrap();
        let waits_too = spawn(async move { one.recv(&mut [0; 8]).await });
        let mut signals = signal(SignalKind::USER_1).unwrap();
        let and_this = spawn(async move { signals.recv().await });
        yield_now().await;
        if round % 2 == 0 {
            // Closed by the abort of who waits.
            waits.abort();
            assert!(waits.await.is_err());
            drop(writing);
        } else {
            drop(writing);
            assert_eq!(waits.await.unwrap().unwrap(), 0);
        }
        waits_too.abort();
        and_this.abort();
        drop(other);
        if round % 20 == 0 {
            let mut child = Command::new("cat");
            let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            if round % 40 == 0 {
                child.communicate(b"hi").await.unwrap();
            }
            spawn_blocking(|| ()).await.unwrap();
        }
    }
    server.abort();
    assert!(server.await.is_err());
    // The server's side hears of the last ends a little later, and so does who reaps.
    until(|| open().len() <= before).await;
    assert_eq!(open().len(), before, "within the runtime");
}
