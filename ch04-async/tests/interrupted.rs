//! A storm of signals during every call: nothing is lost, nobody hears of EINTR, and no handler waits for what it
//! has interrupted.

mod support;

use std::mem;
use std::net::Ipv4Addr;
use std::os::unix::thread::JoinHandleExt;
use std::process::Stdio;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::net::pipe::pipe;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::udp::UdpSocket;
use ch04_async::process::Command;
use ch04_async::signal::{SignalKind, signal};
use ch04_async::{sleep, spawn, spawn_blocking};
use support::run;

/// So many signals are a storm.
const STORM: usize = 200;

/// More than a storm takes on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(120);

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
fn interrupt<T>(thread: &thread::JoinHandle<T>, signal: libc::c_int) {
    // SAFETY: a thread's number is valid until it is joined, and joining takes the handle.
    unsafe { libc::pthread_kill(thread.as_pthread_t(), signal) };
}

/// Interrupts a thread again and again, until it has ended; fails if it does not end.
fn storm<T>(thread: thread::JoinHandle<T>, signal: libc::c_int) -> T {
    let deadline = Instant::now() + PATIENCE;
    while !thread.is_finished() {
        assert!(Instant::now() < deadline, "the thread hangs");
        interrupt(&thread, signal);
        thread::sleep(Duration::from_micros(50));
    }
    thread.join().expect("as if there were no signals")
}

#[test]
fn a_storm_of_signals_changes_nothing() {
    handle_without_restart();
    let work = thread::spawn(|| {
        // On a busy machine, all may be over before the storm has begun.
        while RUNS.load(Ordering::Relaxed) < STORM {
            run(everything());
        }
    });
    storm(work, libc::SIGUSR1);
}

/// A handler that took a lock, or memory, would wait for what it has interrupted.
#[test]
fn a_handler_meets_no_lock_of_what_it_interrupts() {
    let (ready, listening) = mpsc::channel();
    let work = thread::spawn(move || {
        run(async move {
            let mut signals = signal(SignalKind::USER_2).unwrap();
            ready.send(()).unwrap();
            for _ in 0..STORM {
                // Registries are locked in here, and memory is taken and given back.
                for size in 0..20 {
                    let other = signal(SignalKind::USER_2).unwrap();
                    drop((other, vec![0_u8; size * 10_000], format!("{size}")));
                }
                signals.recv().await;
            }
        });
    });
    listening.recv().expect("the handler is there");
    storm(work, libc::SIGUSR2);
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
