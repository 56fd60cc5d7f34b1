//! What the pool promises beyond the suite: a panic is one client's, and a crowd waits in order.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use ch01_blocking::echo::echo;
use ch01_blocking::pool::{self, QUEUE_MAX, WORKERS};
use ladder::{Report, Stop, socket};

/// Within this everything here ends, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a client must get nothing until we say that it waits.
const SILENCE: Duration = Duration::from_millis(100);

/// What makes the job below panic.
const BOMB: u8 = b'!';

/// An echo with a bug in it.
fn fragile(mut stream: &TcpStream, echoed: &mut u64) -> std::io::Result<()> {
    let mut first = [0];
    stream.read_exact(&mut first)?;
    assert_ne!(first[0], BOMB, "a bug in the job");
    stream.write_all(&first)?;
    *echoed += 1;
    echo(stream, echoed)
}

/// A pool, while `clients` runs.
fn beside_a_pool(clients: impl FnOnce(SocketAddr)) -> Report {
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let stop = Stop::new().expect("a pipe");
    let stopping = stop.clone();
    let server = thread::spawn(move || pool::serve_by(listener, stopping, fragile));
    clients(addr);
    stop.request();
    server.join().expect("no panic leaves it").expect("it served")
}

fn connect(addr: SocketAddr) -> TcpStream {
    let client = TcpStream::connect(addr).expect("listening");
    client.set_read_timeout(Some(PATIENCE)).expect("more than nothing");
    client
}

/// Sends a byte and takes it back: this client has a worker now.
fn is_served(mut client: &TcpStream) {
    client.write_all(b"?").expect("room");
    let mut echo = [0];
    client.read_exact(&mut echo).expect("an echo");
    assert_eq!(&echo, b"?");
}

fn waits(mut client: &TcpStream) {
    client.set_read_timeout(Some(SILENCE)).expect("more than nothing");
    let error = client.read(&mut [0]).expect_err("nobody has a thread for it");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
    client.set_read_timeout(Some(PATIENCE)).expect("more than nothing");
}

#[test]
fn a_job_that_panics_costs_one_client_and_no_worker() {
    // More than there are workers: were each panic the end of one, nobody would be left.
    let bombs = WORKERS + WORKERS / 2;
    let report = beside_a_pool(|addr| {
        let bystander = connect(addr);
        is_served(&bystander);
        for _ in 0..bombs {
            let mut client = connect(addr);
            client.write_all(&[BOMB]).expect("room");
            assert_eq!(client.read(&mut [0]).expect("closed in good order"), 0);
        }
        is_served(&bystander);
        // All the workers are there: as many clients as there are threads are served at once.
        let others: Vec<TcpStream> = (1..WORKERS).map(|_| connect(addr)).collect();
        others.iter().for_each(is_served);
    });
    let accepted = (1 + bombs + WORKERS - 1) as u64;
    let bytes_echoed = (2 + WORKERS - 1) as u64;
    assert_eq!(report, Report { accepted, bytes_echoed, lost: bombs as u64, refused: 0 });
}

#[test]
fn idle_clients_hold_the_pool_and_those_who_wait_get_their_turn_in_order() {
    let report = beside_a_pool(|addr| {
        let mut holders: Vec<TcpStream> = (0..WORKERS).map(|_| connect(addr)).collect();
        holders.iter().for_each(is_served);
        // More than the queue has room for: the last of them wait in the kernel's backlog.
        let late: Vec<TcpStream> = (0..QUEUE_MAX + 8).map(|_| connect(addr)).collect();
        for mut client in &late {
            client.write_all(b"?").expect("room in the kernel, if not in the pool");
        }
        waits(&late[0]);
        // Who leaves makes room for one, and for the one that came first.
        drop(holders.pop());
        let mut echo = [0];
        (&late[0]).read_exact(&mut echo).expect("its turn");
        waits(&late[1]);
        drop(holders);
        // They hold the workers in their turn, and leave as soon as they have their echo.
        for mut client in late {
            client.shutdown(Shutdown::Write).expect("connected");
            client.read_to_end(&mut Vec::new()).expect("an orderly end");
        }
    });
    let all = (WORKERS + QUEUE_MAX + 8) as u64;
    assert_eq!(report, Report { accepted: all, bytes_echoed: all, lost: 0, refused: 0 });
}

#[test]
fn a_stop_reaches_clients_in_the_queue_and_a_full_queue() {
    for waiting in [1, QUEUE_MAX, QUEUE_MAX + 8] {
        let (mut holders, mut late) = (Vec::new(), Vec::new());
        let report = beside_a_pool(|addr| {
            holders.extend((0..WORKERS).map(|_| connect(addr)));
            holders.iter().for_each(is_served);
            late.extend((0..waiting).map(|_| connect(addr)));
        });
        assert_eq!(
            report,
            Report { accepted: WORKERS as u64, bytes_echoed: WORKERS as u64, lost: 0, refused: 0 }
        );
        for mut client in holders.into_iter().chain(late) {
            // The end, or a reset for who was never accepted; but not a connection that stays.
            match client.read(&mut [0]) {
                Ok(count) => assert_eq!(count, 0),
                Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}"),
            }
        }
    }
}
