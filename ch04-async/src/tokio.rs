//! The echo server on tokio's current-thread runtime.
//!
//! Fixes: a runtime that thousands use, with everything that a program may want to wait for
//! (`executor`).
//! Still fails: it moves bytes. What they mean is left to a protocol.
//! Next: chapter 5.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ::tokio::io::{AsyncReadExt, AsyncWriteExt};
use ::tokio::net::TcpStream;
use ::tokio::runtime::Builder;
use ::tokio::sync::Notify;
use ladder::socket::{ACCEPT_PAUSE, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};

/// What the tasks count together. `tokio::spawn` wants what could move to another thread.
#[derive(Debug, Default)]
struct Counts {
    accepted: AtomicU64,
    bytes_echoed: AtomicU64,
    lost: AtomicU64,
}

/// Serves each client by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_on(&mut Builder::new_current_thread(), listener, stop)
}

/// The same, by as many threads as there are cores. One that has nothing to do takes tasks from
/// another, so what they hold must be `Send`, and is shared by way of atomics.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve_multi(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_on(&mut Builder::new_multi_thread(), listener, stop)
}

#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
fn serve_on(builder: &mut Builder, listener: TcpListener, stop: Stop) -> io::Result<Report> {
    listener.set_nonblocking(true)?;
    let runtime = builder.enable_all().build()?;
    let counts = Arc::new(Counts::default());
    let stopped = Arc::new(Notify::new());
    let notified = Arc::clone(&stopped);
    let _on_stop = stop.on_request(move || notified.notify_one());
    runtime.block_on(async {
        let listener = ::tokio::net::TcpListener::from_std(listener)?;
        ::tokio::select! {
            () = stopped.notified() => Ok(()),
            failed = accept(&listener, &counts) => failed,
        }
    })?;
    // With the runtime go its tasks, and with them the connections.
    drop(runtime);
    let Counts { accepted, bytes_echoed, lost } = &*counts;
    let [accepted, bytes_echoed, lost] = [accepted, bytes_echoed, lost].map(|n| n.load(Relaxed));
    Ok(Report { accepted, bytes_echoed, lost, refused: 0 })
}

// ANCHOR: serve
async fn accept(listener: &::tokio::net::TcpListener, counts: &Arc<Counts>) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                counts.accepted.fetch_add(1, Relaxed);
                ::tokio::spawn(serve_client(stream, Arc::clone(counts)));
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => ::tokio::time::sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

async fn serve_client(stream: TcpStream, counts: Arc<Counts>) {
    if echo(stream, &counts).await.is_err() {
        counts.lost.fetch_add(1, Relaxed);
    }
}

async fn echo(mut stream: TcpStream, counts: &Counts) -> io::Result<()> {
    socket::tune(&stream)?;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..read]).await?;
        counts.bytes_echoed.fetch_add(read as u64, Relaxed);
    }
}
// ANCHOR_END: serve
