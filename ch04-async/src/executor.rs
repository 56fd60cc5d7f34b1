//! The echo server on our own runtime.
//!
//! Fixes: the program is in one piece again: read, write, and back, as in chapter 1 (`mio`).
//! Still fails: one thread and one core; and what the runtime can do is what stands in this folder.
//! Next: `tokio`, which is the same thing grown up.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use ladder::socket::{ACCEPT_PAUSE, AcceptError, sort_accept_error};
use ladder::{Report, Stop};

use crate::reactor::Async;
use crate::runtime::Runtime;
use crate::task::spawn;
use crate::time::sleep;

/// Serves each client by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_on(Runtime::new()?, listener, stop)
}

/// Looks at the sockets so often before it sleeps. That takes about as long as waking a thread does.
pub const SPINS: u32 = 200;

/// The same on a runtime that is slow to fall asleep. A client that answers at once finds it awake.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve_spinning(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    serve_on(Runtime::builder().spin_before_park(SPINS).build()?, listener, stop)
}

/// The same on a runtime of the caller's.
///
/// # Errors
///
/// When the listener fails.
pub fn serve_on(runtime: Runtime, listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let report = Rc::new(RefCell::new(Report::default()));
    runtime.block_on(async {
        listener.set_nonblocking(true)?;
        let listener = Async::new(listener)?;
        let stop = Async::new(stop)?;
        let mut stopped = pin!(stop.requested());
        let mut accepting = pin!(accept(&listener, &report));
        // Whichever comes first.
        poll_fn(|context| match stopped.as_mut().poll(context) {
            Poll::Pending => accepting.as_mut().poll(context),
            Poll::Ready(stopped) => Poll::Ready(stopped),
        })
        .await
    })?;
    // With the runtime go its tasks, and with them the connections.
    drop(runtime);
    Ok(report.take())
}

// ANCHOR: serve
async fn accept(listener: &Async<TcpListener>, report: &Rc<RefCell<Report>>) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                report.borrow_mut().accepted += 1;
                spawn(serve_client(stream, Rc::clone(report)));
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => sleep(ACCEPT_PAUSE).await,
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

async fn serve_client(stream: TcpStream, report: Rc<RefCell<Report>>) {
    if echo(stream, &report).await.is_err() {
        report.borrow_mut().lost += 1;
    }
}

async fn echo(stream: TcpStream, report: &RefCell<Report>) -> io::Result<()> {
    let stream = Async::from_accepted(stream)?;
    loop {
        let bytes = stream.recv().await?;
        if bytes.is_empty() {
            return Ok(());
        }
        stream.send_all(&bytes).await?;
        report.borrow_mut().bytes_echoed += bytes.len() as u64;
    }
}
// ANCHOR_END: serve
