//! One file, sent over TCP in three ways.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use ladder::usage::cpu_of_this_process;
use memmap2::Mmap;

const FILE_BYTES: usize = 16 << 20;

/// The first round also warms up; the best of them is what is told.
const ROUNDS: usize = 5;

/// Nothing here takes as long: a side that stands still fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

/// One way to send a whole file.
type Way = fn(&File, &TcpStream) -> io::Result<()>;

const WAYS: &[(&str, Way)] = &[
    ("read + write", by_read_and_write),
    ("mmap + write", by_mmap),
    #[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
    ("sendfile", by_sendfile),
];

/// Through a buffer of ours: each byte is copied out of the kernel and in again.
fn by_read_and_write(mut file: &File, mut socket: &TcpStream) -> io::Result<()> {
    // By hand, because `io::copy` from a file to a socket is sendfile on Linux.
    let mut buffer = vec![0; 64 * 1024];
    file.rewind()?;
    while let count @ 1.. = file.read(&mut buffer)? {
        socket.write_all(&buffer[..count])?;
    }
    Ok(())
}

/// Out of the file's own pages: copied in once. Instead of reads, it costs page faults.
#[expect(unsafe_code, reason = "a map of a file that somebody may change")]
fn by_mmap(file: &File, mut socket: &TcpStream) -> io::Result<()> {
    // SAFETY: nobody else knows this file, which has no name, and we do not write to it meanwhile.
    let map = unsafe { Mmap::map(file) }?;
    socket.write_all(&map)
}

/// Within the kernel: on Linux it hands the file's pages to the socket, and copies none.
#[cfg(any(target_os = "linux", target_os = "macos", target_os = "freebsd"))]
fn by_sendfile(file: &File, socket: &TcpStream) -> io::Result<()> {
    use socket2::SockRef;
    use std::num::NonZeroUsize;

    let mut sent = 0;
    // Like write, it may take less than it was given.
    while let Some(rest) = NonZeroUsize::new(FILE_BYTES - sent) {
        match SockRef::from(socket).sendfile(file, sent, Some(rest))? {
            // The file has become shorter: an answer, where the map would have had a signal.
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => sent += count,
        }
    }
    Ok(())
}

/// Sends the file in each way, compares every byte at the other end, and tells the times.
pub(crate) fn three_ways() -> io::Result<()> {
    println!("a file of {} MiB over TCP, the best of {ROUNDS} rounds each", FILE_BYTES >> 20);
    let (file, bytes) = file_of(FILE_BYTES)?;
    let mut best = vec![(Duration::MAX, Duration::MAX); WAYS.len()];
    for _ in 0..ROUNDS {
        // In turn, so that a busy moment of the machine is not one way's alone.
        for ((_, way), best) in WAYS.iter().zip(&mut best) {
            let (elapsed, processor) = transfer(*way, &file, &bytes)?;
            *best = (best.0.min(elapsed), best.1.min(processor));
        }
    }
    for ((name, _), (elapsed, processor)) in WAYS.iter().zip(best) {
        let (elapsed, processor) = (elapsed.as_secs_f64() * 1e3, processor.as_secs_f64() * 1e3);
        println!("  {name:12}  {elapsed:5.1} ms, {processor:5.1} ms of processor time, both sides");
    }
    if WAYS.len() < 3 {
        println!("  (sendfile is shown on Linux, macOS and FreeBSD)");
    }
    // So no order is asserted. What copies cost depends on the caches, and over the loopback the
    // sender pays for the receiver's side of TCP, too, in packets of small pages for sendfile.
    println!("  (a network card would fetch the pages of sendfile itself; the loopback has none)");
    println!("  the same bytes arrived each time\n");
    Ok(())
}

/// One transfer: how long it took, and how much processor time both sides took.
fn transfer(way: Way, file: &File, bytes: &[u8]) -> io::Result<(Duration, Duration)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (theirs, _) = listener.accept()?;
    ours.set_write_timeout(Some(PATIENCE))?;
    theirs.set_read_timeout(Some(PATIENCE))?;
    let started = (Instant::now(), cpu_of_this_process());
    thread::scope(|scope| {
        let receiving = scope.spawn(|| receive(theirs, bytes));
        let outcome = way(file, &ours);
        // The end of the stream, also when sending failed: nobody waits for the rest.
        drop(ours);
        receiving.join().expect("every byte is the file's").and(outcome)
    })?;
    Ok((started.0.elapsed(), cpu_of_this_process().saturating_sub(started.1)))
}

/// A file of `len` bytes, no two pages of it alike.
fn file_of(len: usize) -> io::Result<(File, Vec<u8>)> {
    let bytes: Vec<u8> =
        (0..len as u64 / 8).flat_map(|n| (n * 0x9e37_79b9).to_le_bytes()).collect();
    let mut file = tempfile::tempfile()?;
    file.write_all(&bytes)?;
    Ok((file, bytes))
}

/// Reads to the end, and compares as it goes.
fn receive(mut socket: TcpStream, expected: &[u8]) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    let mut received = 0;
    while let count @ 1.. = socket.read(&mut buffer)? {
        assert_eq!(Some(&buffer[..count]), expected.get(received..received + count));
        received += count;
    }
    assert_eq!(received, expected.len(), "all of it");
    Ok(())
}
