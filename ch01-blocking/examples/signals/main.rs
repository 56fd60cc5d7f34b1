//! Signals: a call that is interrupted, a handler that does next to nothing, and a server that
//! Ctrl-C stops.
//!
//! A signal is a doorbell that rings in the middle of anything. The safe thing to do is to note
//! that it rang, and to look at the note where that suits; so all comes down to one question: how
//! does a thread learn of it that is blocked? It sends its signals to itself, and ends.

mod posix;

use std::error::Error;
use std::io::{self, ErrorKind, PipeWriter, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use ladder::{Stop, socket};
use posix::Then;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGINT, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;
use signal_hook::low_level::raise;

/// Nothing here takes as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    interrupted()?;
    coalesced()?;
    flag_and_pipe()?;
    which_thread()?;
    ctrl_c()?;
    Ok(())
}

/// Blocked in `read`, the thread is sent signals. Which of three ways to read ends early?
fn interrupted() -> Result<(), Box<dyn Error>> {
    println!("a read that waits, and a handler that runs meanwhile");
    posix::handle(Signal::USR1, &Then::Fail)?;
    let (mut reader, mut writer) = io::pipe()?;
    let (tell, told) = mpsc::channel();
    let reading = thread::spawn(move || {
        loop {
            match reader.read(&mut [0; 8]) {
                // The only thing to do: ask again. Nothing was read, and nothing is lost.
                Err(error) if error.kind() == ErrorKind::Interrupted => {
                    tell.send(error).expect("main listens");
                }
                other => return other,
            }
        }
    });
    let deadline = Instant::now() + PATIENCE;
    let error = loop {
        // Again and again: the first may come before the thread is in its read.
        posix::send(&reading, Signal::USR1);
        match told.recv_timeout(Duration::from_millis(5)) {
            Ok(error) => break error,
            Err(error) if Instant::now() > deadline => return Err(error.into()),
            Err(_) => {}
        }
    };
    println!("  read:       {error}");
    writer.write_all(b"at last")?;
    let read = join(reading)??;
    println!("              asked again, it got {read} bytes");
    assert_eq!(read, 7);

    let outcome = beside_signals(|mut reader| reader.read_exact(&mut [0; 7]).map(|()| 7))?;
    println!(
        "  read_exact: {outcome} bytes; std asks again by itself, here and in read_to_end, copy ..."
    );
    posix::handle(Signal::USR1, &Then::Restart)?;
    let outcome = beside_signals(|mut reader| reader.read(&mut [0; 7]))?;
    println!(
        "  read, and the handler set with SA_RESTART: {outcome} bytes; the kernel asks again\n"
    );
    Ok(())
}

/// Runs `read` on a pipe in which nothing is, until the handler has run a few times beside it. Then
/// sends it seven bytes.
fn beside_signals(read: fn(io::PipeReader) -> io::Result<usize>) -> Result<usize, Box<dyn Error>> {
    let (reader, mut writer) = io::pipe()?;
    let reading = thread::spawn(move || read(reader));
    ring(&reading);
    assert!(!reading.is_finished(), "the call goes on");
    writer.write_all(b"at last")?;
    let read = join(reading)??;
    assert_eq!(read, 7);
    Ok(read)
}

/// Sends the thread signals, until the handler has run ten times.
fn ring<T>(thread: &JoinHandle<T>) {
    let before = posix::runs();
    for run in 1..=10 {
        thread::sleep(Duration::from_millis(1));
        posix::send(thread, Signal::USR1);
        wait_until("the handler has run", || posix::runs() >= before + run);
    }
}

/// A pending signal is one bit, and no counter.
fn coalesced() -> io::Result<()> {
    let before = posix::runs();
    posix::without(Signal::USR1, || (0..100).try_for_each(|_| raise(SIGUSR1)))?;
    let runs = posix::runs() - before;
    println!("100 signals while the thread had them blocked: the handler ran {runs} time\n");
    assert_eq!(runs, 1);
    Ok(())
}

/// The signal comes after the flag was asked, and before the wait begins. Here it always does.
fn flag_and_pipe() -> Result<(), Box<dyn Error>> {
    println!("a signal between the question \"did it ring?\" and the wait");
    let (mut waits_here, _peer) = UnixStream::pair()?;
    waits_here.set_read_timeout(Some(Duration::from_millis(200)))?;
    let before = posix::runs();
    let asked = Instant::now();
    let rang = || posix::runs() > before;
    assert!(!rang());
    raise(SIGUSR1)?;
    let error = waits_here.read(&mut [0]).expect_err("nobody writes");
    println!("  with a flag: it is set, and read waits for {} ms", asked.elapsed().as_millis());
    assert!(rang() && matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
    assert!(asked.elapsed() >= Duration::from_millis(200), "all of its timeout");

    // The self-pipe: the handler writes one byte into it, and that stays there.
    let (reader, writer) = io::pipe()?;
    let id = signal_hook::low_level::pipe::register::<PipeWriter>(SIGUSR2, writer)?;
    let asked = Instant::now();
    raise(SIGUSR2)?;
    let mut waits_for =
        [PollFd::new(&waits_here, PollFlags::IN), PollFd::new(&reader, PollFlags::IN)];
    let patience = Timespec::try_from(PATIENCE)?;
    let ready = poll(&mut waits_for, Some(&patience))?;
    println!(
        "  with a pipe: a wait for the socket and for the pipe took {} µs\n",
        asked.elapsed().as_micros()
    );
    assert_eq!((ready, waits_for[0].revents().is_empty()), (1, true));
    assert!(waits_for[1].revents().contains(PollFlags::IN));
    signal_hook::low_level::unregister(id);
    Ok(())
}

fn which_thread() -> Result<(), Box<dyn Error>> {
    println!("which thread gets it");
    let (release, released) = mpsc::channel::<()>();
    let worker = thread::spawn(move || released.recv_timeout(PATIENCE));
    let who = || match posix::ran_on() {
        thread if thread == posix::this_thread() => "main",
        thread if thread == posix::thread_of(&worker) => "the worker",
        _ => "another",
    };
    let whom = |signal: &dyn Fn()| {
        let before = posix::runs();
        signal();
        wait_until("the handler has run", || posix::runs() > before);
        who()
    };
    let to_the_process = || kill_process(getpid(), Signal::USR1).expect("it is us");

    let got = whom(&to_the_process);
    println!("  sent to the process:                   {got}, and it could be any of them");
    let got = posix::without(Signal::USR1, || whom(&to_the_process));
    println!("  the same while main has it blocked:    {got}");
    assert_eq!(got, "the worker");
    let got = whom(&|| posix::send(&worker, Signal::USR1));
    println!("  sent to the worker (pthread_kill):     {got}");
    assert_eq!(got, "the worker");
    let got = whom(&|| raise(SIGUSR1).expect("a signal"));
    println!("  raised by main, as a fault would be:   {got}\n");
    assert_eq!(got, "main");
    drop(release);
    // The answer is "the sender is gone"; what counts is that the worker is, too.
    let _ = join(worker)?;
    Ok(())
}

fn ctrl_c() -> Result<(), Box<dyn Error>> {
    println!("a server that is blocked in accept");
    // Not even a handler without SA_RESTART ends it: std's accept asks again after EINTR, and so
    // nobody comes to look at the flag.
    posix::handle(Signal::USR1, &Then::Fail)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    let accepting = thread::spawn(move || listener.accept().map(|_| ()));
    ring(&accepting);
    assert!(!accepting.is_finished(), "accept goes on");
    println!("  after ten signals it still is");
    TcpStream::connect(addr)?;
    join(accepting)??;
    println!("  a client wakes it");

    // So this is how Ctrl-C stops the servers of this chapter: one thread waits for the signal, by
    // a self-pipe, and has all the time and all the calls of an ordinary thread. It asks for the
    // stop, and that calls the server like a client.
    let stop = Stop::new()?;
    let asks = stop.clone();
    let mut signals = Signals::new([SIGINT])?;
    let waiter = thread::spawn(move || {
        let signal = signals.forever().next();
        asks.request();
        signal
    });
    let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let addr = listener.local_addr()?;
    let server = thread::spawn(move || ch01_blocking::iterative::serve(listener, stop));
    let mut client = TcpStream::connect(addr)?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(b"hello")?;
    client.shutdown(Shutdown::Write)?;
    let mut echo = String::new();
    client.read_to_string(&mut echo)?;
    assert_eq!(echo, "hello");

    let asked = Instant::now();
    // The terminal would send it to every process in the foreground.
    kill_process(getpid(), Signal::INT)?;
    assert_eq!(join(waiter)?, Some(SIGINT));
    let report = join(server)??;
    println!("  Ctrl-C stops `iterative` in {} µs: {report}", asked.elapsed().as_micros());
    assert_eq!((report.accepted, report.bytes_echoed), (1, 5));
    Ok(())
}

/// Joins a thread that is about to end, and panics if it is not.
fn join<T>(thread: JoinHandle<T>) -> Result<T, Box<dyn Error>> {
    wait_until("the thread has ended", || thread.is_finished());
    thread.join().map_err(|_| "a thread panicked".into())
}

fn wait_until(what: &str, done: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited {PATIENCE:?} in vain until {what}");
        thread::yield_now();
    }
}
