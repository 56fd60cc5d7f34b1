//! How long connect, accept, read and write may wait: each made to run out of time, and measured.
//!
//! Left alone, all four wait as long as the other side likes. A timeout gives the thread back; it
//! does not end the connection, and what was on its way still comes. Also shown: why a timeout on
//! each call is no bound on the whole, and what is.

mod pair;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::{SockRef, Socket};

use pair::pair;

/// What every call is given.
const ASKED: Duration = Duration::from_millis(200);

/// The kernel counts in ticks, of 10 ms where it has the fewest, and may begin within one.
const TICK: Duration = Duration::from_millis(10);

/// Nothing that should come takes as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// More connections than a queue for one could hold, whatever a system adds to the asked length.
const KNOCKS_MAX: usize = 64;

fn main() -> io::Result<()> {
    println!("         asked      took        error");
    connect()?;
    accept()?;
    read()?;
    write()?;
    println!();
    no_time_at_all()?;
    a_timeout_is_per_call()
}

/// Prints and checks one call that was to run out of time.
fn ran_out<T>(call: &str, began: Instant, outcome: io::Result<T>, kinds: &[ErrorKind]) {
    let took = began.elapsed();
    let error = outcome.err().expect("nothing came that could have ended the wait");
    println!("{call:8} {ASKED:<10?} {:<11} {:?}: {error}", format!("{took:.1?}"), error.kind());
    assert!(kinds.contains(&error.kind()), "{error}");
    // A busy machine may make it any longer. It must never be shorter.
    assert!(took + TICK >= ASKED, "{call} has waited for {took:?} only");
}

/// The one of the four that cannot be undone in halves: the library makes the socket non-blocking,
/// begins to connect, and waits in poll(2); it closes the socket when the time is over.
fn connect() -> io::Result<()> {
    // A queue for one, and nobody accepts. When it is full, Linux answers nothing at all.
    let listener = Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    listener.listen(1)?;
    let addr = listener.local_addr()?.as_socket().expect("an IPv4 address");
    let mut queued = Vec::new();
    while queued.len() < KNOCKS_MAX {
        let began = Instant::now();
        match TcpStream::connect_timeout(&addr, ASKED) {
            Ok(stream) => queued.push(stream),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => break,
            failed => {
                ran_out("connect", began, failed, &[ErrorKind::TimedOut]);
                return Ok(());
            }
        }
    }
    println!("connect  (a full queue does not keep silent on this system: nothing to wait for)");
    Ok(())
}

/// std has no timeout for accept. poll(2) waits until there is a client, or for so long; then
/// accept does not wait. It must not even be able to: the client may have left in between.
fn accept_timeout(listener: &TcpListener, timeout: Duration) -> io::Result<TcpStream> {
    let deadline = Instant::now() + timeout;
    listener.set_nonblocking(true)?;
    loop {
        match listener.accept() {
            // On the BSDs it has its listener's mode; on Linux never.
            Ok((stream, _)) => return stream.set_nonblocking(false).map(|()| stream),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).expect("a timeout of this example is short");
        match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&left)) {
            Ok(0) => return Err(ErrorKind::TimedOut.into()),
            // A client, or a signal: ask again, for what is left of the time.
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn accept() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let began = Instant::now();
    ran_out("accept", began, accept_timeout(&listener, ASKED), &[ErrorKind::TimedOut]);
    let _client = TcpStream::connect(listener.local_addr()?)?;
    accept_timeout(&listener, PATIENCE).map(drop)
}

/// The kernel keeps the time here (socket(7), SO_RCVTIMEO), and says EAGAIN, as it does to who must
/// not wait at all. Windows says `TimedOut`: portable programs know both.
const KERNEL_SAYS: &[ErrorKind] = &[ErrorKind::WouldBlock, ErrorKind::TimedOut];

fn read() -> io::Result<()> {
    let (mut ours, mut theirs) = pair(PATIENCE)?;
    ours.set_read_timeout(Some(ASKED))?;
    let began = Instant::now();
    ran_out("read", began, ours.read(&mut [0; 16]), KERNEL_SAYS);
    // The connection is as good as it was: what comes late is not lost, and not doubled.
    theirs.write_all(b"late")?;
    ours.set_read_timeout(Some(PATIENCE))?;
    let mut late = [0; 4];
    ours.read_exact(&mut late)?;
    assert_eq!(&late, b"late");
    Ok(())
}

/// A write waits for room, and there is none when the peer does not read (SO_SNDTIMEO).
fn write() -> io::Result<()> {
    let (mut ours, mut theirs) = pair(PATIENCE)?;
    // Small, so that they are soon full.
    SockRef::from(&ours).set_send_buffer_size(16 * 1024)?;
    SockRef::from(&theirs).set_recv_buffer_size(16 * 1024)?;
    ours.set_write_timeout(Some(ASKED))?;
    let piece = vec![b'x'; 1 << 20];
    // A write that has put in some bytes before its time was over says so: that is no error. Which
    // is why a timeout on write_all leaves nobody knowing how much of it went out.
    let mut written = 0;
    let (began, full) = loop {
        let began = Instant::now();
        match ours.write(&piece) {
            Ok(count) => written += count,
            full => break (began, full),
        }
    };
    ran_out("write", began, full, KERNEL_SAYS);
    drop(ours);
    let received = io::copy(&mut theirs, &mut io::sink())?;
    assert_eq!(received, written as u64, "what was taken, arrives");
    Ok(())
}

/// Zero means "for ever" to the kernel, and "not at all" to people: the library refuses it.
fn no_time_at_all() -> io::Result<()> {
    let (ours, _theirs) = pair(PATIENCE)?;
    let error = ours.set_read_timeout(Some(Duration::ZERO)).expect_err("a trap");
    println!("a timeout of zero is refused: {error}");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}

/// A peer that sends a byte now and then lets no single read run out of time. So it keeps a thread
/// for as long as it likes: an attack that is called slow loris.
fn a_timeout_is_per_call() -> io::Result<()> {
    const BYTES: usize = 20;
    const PAUSE: Duration = Duration::from_millis(40);
    // Far more than a pause, so that a busy machine does not end a read.
    const EACH: Duration = ASKED.saturating_mul(5);
    let trickle = |mut theirs: TcpStream| {
        thread::spawn(move || {
            for _ in 0..BYTES {
                thread::sleep(PAUSE);
                // Whoever has read enough closes, and then there is nobody to write to.
                if theirs.write_all(b".").is_err() {
                    break;
                }
            }
        })
    };
    println!("{BYTES} bytes are asked for, one comes each {PAUSE:?}:");

    let (mut ours, theirs) = pair(PATIENCE)?;
    ours.set_read_timeout(Some(EACH))?;
    let began = Instant::now();
    let writing = trickle(theirs);
    ours.read_exact(&mut [0; BYTES])?;
    let took = began.elapsed();
    println!("  {EACH:?} for each read: all of them, after {took:.0?}, and no error");
    writing.join().expect("the peer does not panic");
    assert!(took > ASKED * 2, "the time of one read was no bound for all of them");

    let (ours, theirs) = pair(PATIENCE)?;
    let began = Instant::now();
    let writing = trickle(theirs);
    let (count, error) = read_exact_until(&ours, &mut [0; BYTES], began + ASKED);
    let took = began.elapsed();
    let error = error.expect_err("the deadline came first");
    println!("  {ASKED:?} for all of it: {count} of them, then after {took:.0?}: {error}");
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(took + TICK >= ASKED && count < BYTES);
    drop(ours);
    writing.join().expect("the peer does not panic");
    Ok(())
}

/// Reads until `buffer` is full or `deadline` is there: each read gets what is left of the time.
/// Also says how many bytes have come, as they are not lost by an error.
fn read_exact_until(
    mut stream: &TcpStream,
    buffer: &mut [u8],
    deadline: Instant,
) -> (usize, io::Result<()>) {
    let mut count = 0;
    while count < buffer.len() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return (count, Err(ErrorKind::TimedOut.into()));
        }
        let read =
            stream.set_read_timeout(Some(left)).and_then(|()| stream.read(&mut buffer[count..]));
        match read {
            Ok(0) => return (count, Err(ErrorKind::UnexpectedEof.into())),
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // The last read's time is over, and with it all of it: see above.
            Err(error) if KERNEL_SAYS.contains(&error.kind()) => {}
            Err(error) => return (count, Err(error)),
        }
    }
    (count, Ok(()))
}
