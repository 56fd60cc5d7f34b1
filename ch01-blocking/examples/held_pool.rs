//! A pool whose every worker is held by a client that says nothing.
//!
//! A bounded pool cannot be made to use too much memory. It can be made to do nothing: who connects
//! and keeps silent holds a thread, and no more is needed than as many of those as there are threads.
//! Shown: where the others wait meanwhile, in what order they are let in, and the usual remedy, a
//! limit on silence, with what it costs.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ch01_blocking::echo::echo;
use ch01_blocking::pool::{self, QUEUE_MAX, WORKERS};
use ladder::{Report, Stop, socket};

/// Nothing here takes as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(8);

/// How long a client gets nothing until we say that it waits.
const SILENCE: Duration = Duration::from_millis(200);

/// How long a client may keep silent in the second half.
const IDLE_MAX: Duration = Duration::from_millis(500);

/// Clients that come when the pool's own queue is full, too.
const BEYOND: usize = 3;

fn main() -> io::Result<()> {
    println!("{WORKERS} workers, and room for {QUEUE_MAX} clients who wait for one");
    let report = beside_a_pool(|stream, echoed| echo(stream, echoed), held)?;
    println!("  the server says: {report}\n");
    assert_eq!(report.lost, 0, "nobody was turned away");

    println!("the same, and who says nothing for {IDLE_MAX:?} is lost");
    let limited = |mut stream: &TcpStream, echoed: &mut u64| {
        stream.set_read_timeout(Some(IDLE_MAX))?;
        let outcome = echo(stream, echoed);
        if outcome.is_err() {
            // A last word, so that a person knows why. Nobody may be there to hear it.
            let _ = stream.write_all(b"too quiet\n");
        }
        outcome
    };
    let report = beside_a_pool(limited, limited_silence)?;
    println!("  the server says: {report}");
    assert_eq!(report.lost, WORKERS as u64, "each of those who kept silent");
    Ok(())
}

fn held(addr: SocketAddr) -> io::Result<()> {
    let mut silent = hold_all_workers(addr)?;
    // To connect takes nothing of the server: the kernel does it (listen(2)).
    let mut late =
        (0..QUEUE_MAX + BEYOND).map(|_| connect(addr)).collect::<io::Result<Vec<_>>>()?;
    for mut client in &late {
        client.write_all(b"?")?;
    }
    let error = answer(&late[0], SILENCE).expect_err("nobody has a thread for it");
    println!("  {} more connect and send: all of them succeed", late.len());
    println!("  the first of them, after {SILENCE:?}: {error}");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));

    drop(silent.pop());
    answer(&late[0], PATIENCE)?;
    println!("  one of the silent leaves: the first who waited has its answer");
    answer(&late[1], SILENCE).expect_err("one left, and one was let in");
    println!("  the second has none: one left, one was let in");

    drop(silent);
    drop(late.remove(0));
    for client in late {
        // Each takes its answer and leaves, or the last of them would wait for the others.
        answer(&client, PATIENCE)?;
    }
    println!("  all of the silent leave: all who waited have their answers");
    Ok(())
}

fn limited_silence(addr: SocketAddr) -> io::Result<()> {
    let began = Instant::now();
    let silent = hold_all_workers(addr)?;
    let mut late = connect(addr)?;
    late.write_all(b"?")?;
    answer(&late, PATIENCE)?;
    println!("  a late client has its answer after {:.1?}", began.elapsed());
    for mut client in &silent {
        let mut last_words = String::new();
        client.read_to_string(&mut last_words)?;
        assert_eq!(last_words, "too quiet\n");
    }
    println!("  each of the silent reads \"too quiet\", and the end");
    // The price: a person who thinks for longer than that is a silent client, too.
    Ok(())
}

/// Clients, one for each worker, who say one word, so that we know they are served, and no more.
fn hold_all_workers(addr: SocketAddr) -> io::Result<Vec<TcpStream>> {
    let clients = (0..WORKERS).map(|_| connect(addr)).collect::<io::Result<Vec<_>>>()?;
    for mut client in &clients {
        client.write_all(b"?")?;
    }
    clients.iter().try_for_each(|client| answer(client, PATIENCE))?;
    println!("  {WORKERS} clients are served, and fall silent");
    Ok(clients)
}

fn connect(addr: SocketAddr) -> io::Result<TcpStream> {
    TcpStream::connect_timeout(&addr, PATIENCE)
}

/// Waits for the one byte that a client has sent to come back.
fn answer(mut client: &TcpStream, patience: Duration) -> io::Result<()> {
    client.set_read_timeout(Some(patience))?;
    let mut echo = [0];
    client.read_exact(&mut echo)?;
    assert_eq!(&echo, b"?");
    Ok(())
}

/// Runs a pool whose workers do `job`, while `clients` runs.
fn beside_a_pool(
    job: impl Fn(&TcpStream, &mut u64) -> io::Result<()> + Send + Sync + 'static,
    clients: impl FnOnce(SocketAddr) -> io::Result<()>,
) -> io::Result<Report> {
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let addr = listener.local_addr()?;
    let stop = Stop::new()?;
    let stopping = stop.clone();
    let server = thread::spawn(move || pool::serve_by(listener, stopping, job));
    let outcome = clients(addr);
    stop.request();
    let report = server.join().expect("the server does not panic")?;
    outcome.map(|()| report)
}
