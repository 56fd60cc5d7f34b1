//! Streams: `Read`, `BufRead` and `Write` over sockets and pipes alike.
//!
//! A stream carries bytes and no messages, so whoever wants messages must say where one ends: by
//! a line end, or by its length in front (`framing.rs`). Then: what a buffer saves, what the end of
//! a stream is, and how a slow reader slows its writer down.

mod framing;

use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use framing::{read_frame, read_line, write_frame};
use socket2::SockRef;

/// Nothing here waits as long: a demonstration that went wrong fails, and does not hang.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> io::Result<()> {
    lines()?;
    frames()?;
    buffers()?;
    ends()?;
    back_pressure()
}

fn lines() -> io::Result<()> {
    println!("lines, over a pipe");
    let (reader, mut writer) = io::pipe()?;
    // Cut anywhere but at the lines' ends, as a network does.
    let writing = thread::spawn(move || {
        for piece in ["fir", "st\nsecond\nth", "ird\npay 10"] {
            writer.write_all(piece.as_bytes())?;
        }
        io::Result::Ok(())
    });
    // A line end is only found by reading too far. What is behind it, the buffer keeps: from now on
    // nobody may read from the pipe but through it.
    let mut reader = BufReader::new(reader);
    for expected in ["first", "second", "third"] {
        let line = read_line(&mut reader)?;
        println!("  {line:?}");
        assert_eq!(line.as_deref(), Some(expected));
    }
    let error = read_line(&mut reader).expect_err("the writer left in the middle of a line");
    println!("  then a line that was cut short: {error}");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    writing.join().expect("the writer does not panic")?;

    // The same function over memory: a slice is a reader, too.
    let endless = [b'x'; 1000];
    let error = read_line(&mut &endless[..]).expect_err("too long");
    println!("  somebody who never ends his line: {error}\n");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    Ok(())
}

fn frames() -> io::Result<()> {
    println!("frames with their length in front, over TCP");
    let (mut ours, theirs) = tcp_pair()?;
    let writing = thread::spawn(move || {
        let mut bytes = Vec::new();
        for payload in [&b"any\nbytes\0"[..], b"", &[7; 300]] {
            write_frame(&mut bytes, payload)?;
        }
        // One byte a write: the reader must not take a read for a message.
        bytes.iter().try_for_each(|byte| (&theirs).write_all(&[*byte]))
    });
    for expected in [10, 0, 300] {
        let frame = read_frame(&mut ours)?.expect("there is one");
        println!("  a frame of {} bytes", frame.len());
        assert_eq!(frame.len(), expected);
    }
    assert_eq!(read_frame(&mut ours)?, None);
    println!("  the end, between two frames, as it should be");
    writing.join().expect("the writer does not panic")?;

    let error = read_frame(&mut &b"\0\0\0\x05cut"[..]).expect_err("two bytes are missing");
    println!("  the end within a frame: {error}");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    let error = read_frame(&mut &b"GET / HTTP/1.1"[..]).expect_err("\"GET \" is 1195725856");
    println!("  somebody who speaks another protocol: {error}\n");
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    Ok(())
}

/// Counts the calls that reach the stream below: each is a system call there.
struct Counted<W>(W, usize);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1 += 1;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn buffers() -> io::Result<()> {
    const LINES: usize = 100;
    println!("a buffer in front of a Unix socket");
    let (ours, mut theirs) = UnixStream::pair()?;
    ours.set_write_timeout(Some(PATIENCE))?;
    theirs.set_read_timeout(Some(PATIENCE))?;
    // Not many more: Linux counts each write with its book-keeping against the socket's buffer, so
    // less than 300 of five bytes fill 208 KiB, and the next one waits for the reader.
    let mut plain = Counted(&ours, 0);
    for _ in 0..LINES {
        plain.write_all(b"tick\n")?;
    }
    let mut buffered = BufWriter::new(Counted(&ours, 0));
    for _ in 0..LINES {
        buffered.write_all(b"tock\n")?;
    }
    let mut first = [0; 5 * LINES];
    theirs.read_exact(&mut first)?;
    // Ask whether there is more, without waiting for it: the next chapter's way to read.
    theirs.set_nonblocking(true)?;
    let error = theirs.read(&mut [0]).expect_err("the second half is in our memory yet");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    theirs.set_nonblocking(false)?;
    buffered.flush()?;
    let mut rest = [0; 5 * LINES];
    theirs.read_exact(&mut rest)?;
    let writes = [plain.1, buffered.get_ref().1];
    println!("  {LINES} lines without it: {} writes; with it: {}", writes[0], writes[1]);
    println!("  and nothing of the latter had left before the flush\n");
    assert_eq!(writes, [LINES, 1]);
    assert!(first.ends_with(b"tick\n") && rest.ends_with(b"tock\n"));
    Ok(())
}

fn ends() -> io::Result<()> {
    println!("ends: a read of 0 bytes, when the last writer is gone and all was read");
    let (mut reader, writer) = io::pipe()?;
    let mut forgotten = writer.try_clone()?;
    drop(writer);
    // Were this an end, the bytes below would never be read.
    forgotten.write_all(b"still here")?;
    drop(forgotten);
    let mut text = String::new();
    reader.read_to_string(&mut text)?;
    println!("  a pipe: its second writer was {text:?}");
    assert_eq!((text.as_str(), reader.read(&mut [0; 9])?), ("still here", 0));

    // A socket has two directions, and each its own end.
    let (mut ours, mut theirs) = tcp_pair()?;
    ours.write_all(b"question")?;
    ours.shutdown(Shutdown::Write)?;
    let mut question = String::new();
    theirs.read_to_string(&mut question)?;
    theirs.write_all(b"answer")?;
    drop(theirs);
    let mut answer = String::new();
    ours.read_to_string(&mut answer)?;
    println!("  a socket: the {answer:?} came after the end of the {question:?}\n");
    assert_eq!((question.as_str(), answer.as_str()), ("question", "answer"));
    Ok(())
}

fn back_pressure() -> io::Result<()> {
    const MESSAGE_BYTES: usize = 8 << 20;
    const PIECE_BYTES: usize = 16 * 1024;
    const SOCKET_BUFFER_BYTES: usize = 128 * 1024;
    println!("back-pressure, over TCP");
    let (ours, mut theirs) = tcp_pair()?;
    // Bounded, so that it is soon seen; Linux would let them grow to several megabytes. But a few
    // packets must fit, of 64 KiB on the loopback: a receiver with room for less than one asks for
    // none, and the sender tries again each 200 ms only (RFC 9293, section 3.8.6).
    SockRef::from(&ours).set_send_buffer_size(SOCKET_BUFFER_BYTES)?;
    SockRef::from(&theirs).set_recv_buffer_size(SOCKET_BUFFER_BYTES)?;
    ours.set_write_timeout(Some(Duration::from_millis(100)))?;
    let piece = vec![b'x'; PIECE_BYTES];
    let mut written = 0;
    let error = loop {
        match (&ours).write(&piece) {
            Ok(count) => written += count,
            Err(error) => break error,
        }
    };
    println!("  nobody reads: {written} bytes were taken, then after 100 ms: {error}");
    assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");

    ours.set_write_timeout(Some(PATIENCE))?;
    let sent = AtomicUsize::new(written);
    let (mut received, mut most) = (0, 0);
    let started = Instant::now();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            while sent.load(Ordering::Relaxed) < MESSAGE_BYTES {
                let count = (&ours).write(&piece)?;
                sent.fetch_add(count, Ordering::Relaxed);
            }
            ours.shutdown(Shutdown::Write)
        });
        let mut buffer = vec![0; PIECE_BYTES];
        while let count @ 1.. = theirs.read(&mut buffer)? {
            // A reader with work to do. The writer knows nothing of it: its write just takes longer.
            thread::sleep(Duration::from_micros(200));
            most = most.max(sent.load(Ordering::Relaxed).saturating_sub(received));
            received += count;
        }
        writer.join().expect("the writer does not panic")
    })?;
    println!("  a slow reader: {received} bytes in {} ms,", started.elapsed().as_millis());
    println!("  and never more than {most} of them were written and not yet read");
    assert_eq!(received, sent.into_inner(), "none lost");
    assert!(most < MESSAGE_BYTES / 8, "the writer was held back");
    Ok(())
}

/// Both ends of a TCP connection, with deadlines.
fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (theirs, _) = listener.accept()?;
    for stream in [&ours, &theirs] {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
    }
    Ok((ours, theirs))
}
