//! A storm of signals during every call: nothing is lost, and nobody hears of EINTR.

mod support;

use std::mem;
use std::net::Ipv4Addr;
use std::os::unix::thread::JoinHandleExt;
use std::process::Stdio;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ch04_async::net::pipe::pipe;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::udp::UdpSocket;
use ch04_async::process::Command;
use ch04_async::{sleep, spawn, spawn_blocking};
use support::run;

/// So many signals are a storm.
const STORM: usize = 200;

/// How often the handler has run.
static RUNS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_signal: libc::c_int) {
    RUNS.fetch_add(1, Ordering::Relaxed);
}

/// Handles SIGUSR1 without SA_RESTART: calls that wait are cut short by it (signal(7)).
#[expect(unsafe_code, reason = "std has no sigaction, and signal-hook sets SA_RESTART")]
fn handle_without_restart() {
    // SAFETY: a C struct of integers, for which zero is "default action, empty mask, no flags".
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    let handler: extern "C" fn(libc::c_int) = count;
    action.sa_sigaction = handler as *const () as libc::sighandler_t;
    // SAFETY: `action` is complete and lives through the call; the handler only adds to an atomic.
    let set = unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()) };
    assert_eq!(set, 0);
}

#[expect(unsafe_code, reason = "std has no pthread_kill")]
fn interrupt<T>(thread: &thread::JoinHandle<T>) {
    // SAFETY: a thread's number is valid until it is joined, and joining takes the handle.
    unsafe { libc::pthread_kill(thread.as_pthread_t(), libc::SIGUSR1) };
}

#[test]
fn a_storm_of_signals_changes_nothing() {
    handle_without_restart();
    let done = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&done);
    let work = thread::spawn(move || {
        // On a busy machine, all may be over before the storm has begun.
        while RUNS.load(Ordering::Relaxed) < STORM {
            run(everything());
        }
        ends.store(true, Ordering::SeqCst);
    });
    while !done.load(Ordering::SeqCst) && !work.is_finished() {
        interrupt(&work);
        thread::sleep(Duration::from_micros(50));
    }
    work.join().expect("as if there were no signals");
}

async fn everything() {
    let (tcp, udp) = (spawn(tcp()), spawn(udp()));
    let (pipes, children) = (spawn(pipes()), spawn(children()));
    for _ in 0..20 {
        sleep(Duration::from_millis(1)).await;
        assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
    }
    for task in [tcp, udp, pipes, children] {
        task.await.unwrap();
    }
}

async fn tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    for _ in 0..50 {
        let client = spawn(async move {
            let stream = TcpStream::connect(addr).await.unwrap();
            stream.write_all(&vec![7; 500_000]).await.unwrap();
        });
        let (server, _) = listener.accept().await.unwrap();
        let (mut got, mut buffer) = (0, vec![0; 16_384]);
        loop {
            match server.read(&mut buffer).await.unwrap() {
                0 => break,
                read => got += read,
            }
        }
        assert_eq!(got, 500_000);
        client.await.unwrap();
    }
}

async fn udp() {
    let server = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = UdpSocket::connected_to(server.local_addr().unwrap()).await.unwrap();
    for _ in 0..500 {
        client.send(b"ping").await.unwrap();
        assert_eq!(server.recv(&mut [0; 8]).await.unwrap(), 4);
    }
}

async fn pipes() {
    let (reader, writer) = pipe().unwrap();
    let sending = spawn(async move { writer.write_all(&vec![7; 5_000_000]).await });
    let (mut got, mut buffer) = (0, vec![0; 16_384]);
    loop {
        match reader.read(&mut buffer).await.unwrap() {
            0 => break,
            read => got += read,
        }
    }
    assert_eq!(got, 5_000_000);
    sending.await.unwrap().unwrap();
}

async fn children() {
    for _ in 0..10 {
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let output = command.spawn().unwrap().communicate(&vec![7; 300_000]).await.unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout.len(), 300_000);
    }
}
