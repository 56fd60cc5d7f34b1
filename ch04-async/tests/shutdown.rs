//! What an end in good order promises.

mod support;

use std::cell::Cell;
use std::future::pending;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::net::server::Server;
use ch04_async::net::tcp::{TcpListener, TcpStream};
use ch04_async::net::unix::{UnixListener, UnixStream};
use ch04_async::shutdown::{Counts, Shutdown};
use ch04_async::time::Clock;
use ch04_async::{Runtime, sleep, spawn, yield_now};
use support::{run, until};

const ANY_PORT: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

struct Guard(Rc<Cell<usize>>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

/// Time stands still while somebody has something to do, and jumps when nobody has.
fn run_without_waiting<T>(test: impl Future<Output = T>) -> T {
    Runtime::builder().clock(Clock::paused()).build().expect("a runtime").block_on(test)
}

#[test]
fn each_task_is_counted_by_how_it_ended() {
    run_without_waiting(async {
        let (shutdown, drops) = (Shutdown::new(), Rc::new(Cell::new(0)));
        let task = |seconds: u64| {
            let guard = Guard(Rc::clone(&drops));
            async move {
                let _guard = guard;
                sleep(Duration::from_secs(seconds)).await;
            }
        };
        shutdown.spawn(task(1));
        shutdown.spawn(async { panic!("on purpose") });
        sleep(Duration::from_secs(2)).await;
        assert_eq!(shutdown.counts(), Counts { finished: 1, panicked: 1, ..Counts::default() });
        for seconds in [5, 6, 7, 100, 200] {
            shutdown.spawn(task(seconds));
        }
        assert_eq!(shutdown.alive(), 5);
        let counts = shutdown.drain(Duration::from_secs(10)).await;
        assert_eq!(counts, Counts { finished: 1, drained: 3, cancelled: 2, panicked: 1 });
        assert_eq!((shutdown.alive(), drops.get()), (0, 6), "each dropped, and once");
    });
}

#[test]
fn the_grace_period_ends_with_the_last_task() {
    let clock = Clock::paused();
    let runtime = Runtime::builder().clock(clock.clone()).build().unwrap();
    runtime.block_on(async {
        let shutdown = Shutdown::new();
        let began = clock.now();
        assert_eq!(shutdown.drain(Duration::from_secs(10)).await, Counts::default());
        assert_eq!(clock.now(), began, "nobody to wait for");

        let shutdown = Shutdown::new();
        shutdown.spawn(sleep(Duration::from_secs(3)));
        shutdown.drain(Duration::MAX).await;
        assert_eq!(clock.now() - began, Duration::from_secs(3));
    });
}

#[test]
fn what_takes_new_work_in_is_dropped_at_once_and_the_idle_may_leave_early() {
    run(async {
        let shutdown = Shutdown::new();
        let drops = Rc::new(Cell::new(0));
        let guard = Guard(Rc::clone(&drops));
        let (taking, other) = (shutdown.clone(), shutdown.clone());
        let accepting = spawn(async move {
            let endless = async {
                let _guard = guard;
                pending::<()>().await;
            };
            taking.until_begun(endless).await
        });
        shutdown.spawn(async move { other.begun().await });
        assert_eq!(shutdown.until_begun(async { 7 }).await, Some(7));
        yield_now().await;
        assert!(!accepting.is_finished() && !shutdown.has_begun());
        shutdown.begin();
        assert_eq!(accepting.await.unwrap(), None);
        assert_eq!(drops.get(), 1);
        shutdown.idle().await;
        assert_eq!(shutdown.counts(), Counts { drained: 1, ..Counts::default() });
    });
}

#[test]
fn a_runtime_that_is_dropped_counts_its_tasks_as_cancelled() {
    let shutdown = Shutdown::new();
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        shutdown.spawn(pending());
        shutdown.spawn(pending());
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(shutdown.counts(), Counts { cancelled: 2, ..Counts::default() });
    assert_eq!(shutdown.alive(), 0);
}

async fn echo(stream: TcpStream) {
    let mut buffer = [0; 64];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        if stream.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}

/// Two connections that the server has accepted.
async fn two_clients(server: &Server, addr: std::net::SocketAddr) -> (TcpStream, TcpStream) {
    let one = TcpStream::connect(addr).await.unwrap();
    let other = TcpStream::connect(addr).await.unwrap();
    until(|| server.shutdown().alive() == 2).await;
    (one, other)
}

#[test]
fn a_server_that_drains_serves_no_new_client_finishes_one_and_cancels_the_other() {
    run(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = Server::start(listener, echo);
        let (under_way, silent) = two_clients(&server, addr).await;
        let shutdown = server.shutdown().clone();
        let draining = spawn(server.drain(Duration::from_millis(200)));
        until(|| shutdown.has_begun()).await;
        // The listener is closed in one of the next turns.
        let refused = loop {
            match TcpStream::connect(addr).await {
                Ok(_) => yield_now().await,
                Err(error) => break error,
            }
        };
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        under_way.write_all(b"the rest").await.unwrap();
        under_way.end_output().unwrap();
        let mut buffer = [0; 16];
        assert_eq!(under_way.read(&mut buffer).await.unwrap(), 8, "it is still served");
        assert_eq!(under_way.read(&mut buffer).await.unwrap(), 0);
        let counts = draining.await.unwrap().unwrap();
        assert_eq!((counts.finished + counts.drained, counts.cancelled), (1, 1), "{counts:?}");
        assert_eq!(silent.read(&mut buffer).await.unwrap(), 0, "cancelled, and so closed");
    });
}

#[test]
fn a_closed_server_can_be_waited_for() {
    run(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = Server::start(listener, echo);
        let clients = two_clients(&server, addr).await;
        server.close();
        let waiting = spawn(server.wait_closed());
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(!waiting.is_finished(), "two clients are still there");
        drop(clients);
        let counts = waiting.await.unwrap().unwrap();
        assert_eq!(counts, Counts { drained: 2, ..Counts::default() });
    });
}

#[test]
fn a_unix_server_takes_its_path_away_when_it_closes() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let server =
            Server::start(UnixListener::bind(&path).unwrap(), |stream: UnixStream| async move {
                drop(stream.read(&mut [0]).await);
            });
        let client = UnixStream::connect(&path).await.unwrap();
        client.write_all(b"x").await.unwrap();
        until(|| server.shutdown().counts().finished == 1).await;
        server.drain(Duration::ZERO).await.unwrap();
        assert!(!path.exists());
    });
}

#[test]
fn a_handler_that_panics_ends_its_own_client_only() {
    run(async {
        let listener = TcpListener::bind(ANY_PORT).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut number = 0;
        let server = Server::start(listener, move |stream| {
            number += 1;
            let fails = number == 1;
            async move {
                assert!(!fails, "on purpose");
                echo(stream).await;
            }
        });
        let first = TcpStream::connect(addr).await.unwrap();
        assert_eq!(first.read(&mut [0]).await.unwrap_or(0), 0);
        let second = TcpStream::connect(addr).await.unwrap();
        second.write_all(b"hi").await.unwrap();
        assert_eq!(second.read(&mut [0; 4]).await.unwrap(), 2);
        drop(second);
        until(|| server.shutdown().alive() == 0).await;
        let counts = server.drain(Duration::ZERO).await.unwrap();
        assert_eq!(counts, Counts { finished: 1, panicked: 1, ..Counts::default() });
    });
}
