//! asyncio's streams: each call, both errors with what there was, and a `drain` that waits for a slow
//! reader.

use std::cell::Cell;
use std::io;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::net::tcp::TcpListener;
use ch04_async::streams::writer::HIGH_WATER_BYTES;
use ch04_async::streams::{ReadError, Reader, StreamReader, Writer, open_connection, start_server};
use ch04_async::{Runtime, timeout, yield_now};

type TcpReader = Reader<std::net::TcpStream>;
type TcpWriter = Writer<std::net::TcpStream>;

/// What the server sends before the end of each client's connection.
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello\na line without an end";

/// A line must be no longer. Small, so that it is soon too long.
const LIMIT_BYTES: usize = 16;

/// Written in pieces of this size to a client that does not read.
const PIECE_BYTES: usize = 16 * 1024;

fn main() -> io::Result<()> {
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let portions = async {
            with_page(every_call).await?;
            with_page(too_early).await?;
            with_page(too_long).await
        };
        timeout(Duration::from_secs(8), portions).await??;
        timeout(Duration::from_secs(8), a_slow_reader()).await?
    })
}

/// Talks to a server that sends the page, and then the end.
async fn with_page(
    talk: impl AsyncFnOnce(TcpReader, TcpWriter) -> io::Result<()>,
) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let server = start_server(listener, |_reader, mut writer: TcpWriter| async move {
        // Byte by byte: whoever reads need not know.
        for byte in PAGE {
            writer.write(&[*byte]);
            yield_now().await;
        }
        writer.close();
        writer.wait_closed().await.expect("a client that listens");
    });
    let (reader, writer) = open_connection(address).await?;
    talk(reader, writer).await?;
    server.close();
    server.wait_closed().await.map(drop)
}

async fn every_call(mut reader: TcpReader, mut writer: TcpWriter) -> io::Result<()> {
    let status = reader.read_line().await?;
    println!("read_line:   {status:?}");
    assert_eq!(status, "HTTP/1.1 200 OK\r\n");
    let head = reader.read_until(b"\r\n\r\n").await?;
    println!("read_until:  {head:?}");
    assert_eq!(head, "content-length: 5\r\n\r\n");
    let body = reader.read_exact(5).await?;
    println!("read_exact:  {body:?}");
    assert_eq!(body, "hello");
    let some = reader.read(1).await?;
    println!("read:        {some:?}");
    assert_eq!(some, "\n");
    let last = reader.read_line().await?;
    println!("read_line:   {last:?}, at_eof: {}", reader.at_eof());
    assert_eq!(last, "a line without an end");
    assert!(reader.at_eof());
    writer.close();
    writer.wait_closed().await
}

async fn too_early(mut reader: TcpReader, _writer: TcpWriter) -> io::Result<()> {
    let Err(ReadError::Incomplete { partial, expected }) = reader.read_exact(1000).await else {
        panic!("the page is shorter")
    };
    println!("Incomplete:  {} of {} bytes", partial.len(), expected.unwrap_or_default());
    assert_eq!((&partial[..], expected), (PAGE, Some(1000)));
    Ok(())
}

async fn too_long(reader: TcpReader, _writer: TcpWriter) -> io::Result<()> {
    // The same connection through a reader with a smaller limit.
    let mut reader = StreamReader::with_limit(reader.into_inner(), LIMIT_BYTES);
    assert_eq!(reader.read_line().await?, "HTTP/1.1 200 OK\r\n", "just within");
    let Err(ReadError::LimitOverrun { consumed }) = reader.read_until(b"\n").await else {
        panic!("the next line is longer")
    };
    println!("LimitOverrun: {consumed} bytes without a separator, and they are kept");
    let kept = reader.read_exact(consumed).await?;
    assert_eq!(kept, PAGE[17..17 + consumed]);
    // To the end, so that the server is not cut off.
    reader.read_to_end(PAGE.len()).await?;
    Ok(())
}

async fn a_slow_reader() -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (written, kept) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (counted, most) = (Rc::clone(&written), Rc::clone(&kept));
    let server = start_server(listener, move |_reader, mut writer: TcpWriter| {
        let (counted, most) = (Rc::clone(&counted), Rc::clone(&most));
        async move {
            // As long as the client is there.
            while writer.drain().await.is_ok() {
                writer.write(&[7; PIECE_BYTES]);
                counted.set(counted.get() + PIECE_BYTES);
                most.set(most.get().max(writer.pending()));
            }
        }
    });
    let (mut reader, writer) = open_connection(address).await?;
    // It has stopped when it has not written anything for a while, with all the time it wants.
    let stopped = stopped_at(&written).await;
    println!("drain:       a client that does not read stopped the writer");
    assert!(kept.get() <= HIGH_WATER_BYTES + PIECE_BYTES, "bounded: the mark and one piece");
    // The kernel's buffers are between the two: only what is more than they hold moves the writer.
    for _ in 0..stopped {
        if written.get() > stopped {
            break;
        }
        reader.read(PIECE_BYTES).await?;
    }
    println!("             when it read, the writer went on");
    assert!(written.get() > stopped);
    drop((reader, writer));
    server.close();
    server.wait_closed().await.map(drop)
}

/// How much was written when for many turns nothing more was.
async fn stopped_at(written: &Cell<usize>) -> usize {
    let (mut before, mut quiet) = (0, 0);
    while quiet < 1000 {
        yield_now().await;
        quiet = if written.get() == before { quiet + 1 } else { 0 };
        before = written.get();
    }
    before
}
