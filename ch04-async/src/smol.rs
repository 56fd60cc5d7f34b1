//! The echo server on smol: a reactor and an executor that are small crates of their own.
//!
//! Fixes: a task may be run by any thread, with parts that can be read in an evening (`per-core`).
//! Still fails: each wait changes what is registered, which is a system call more; a buffer lies with each
//! client; and its reactor belongs to the process, and stays.
//! Next: chapter 5.

use std::cell::RefCell;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::rc::Rc;

use ::smol::io::{AsyncReadExt, AsyncWriteExt};
use ::smol::{Async, LocalExecutor, Timer, future};
use ladder::socket::{ACCEPT_PAUSE, AcceptError, READ_BYTES, sort_accept_error};
use ladder::{Report, Stop, socket};

/// Messages of one client before another one has its turn: as many as the budget of our own runtime
/// allows, a read and a write each.
const MESSAGES_MAX: u32 = crate::budget::BUDGET / 2;

/// Serves each client by a task, all on the calling thread.
///
/// # Errors
///
/// When the listener fails.
#[expect(clippy::needless_pass_by_value, reason = "the contract of a model")]
pub fn serve(listener: TcpListener, stop: Stop) -> io::Result<Report> {
    let report = Rc::new(RefCell::new(Report::default()));
    let (stopped, requested) = ::smol::channel::bounded(1);
    let _on_stop = stop.on_request(move || _ = stopped.try_send(()));
    let executor = LocalExecutor::new();
    let until_stopped = async {
        // A channel that is closed would mean the same.
        let _ = requested.recv().await;
        Ok(())
    };
    let serve = async {
        let listener = Async::new(listener)?;
        accept(&listener, &executor, &report).await
    };
    ::smol::block_on(executor.run(future::or(until_stopped, serve)))?;
    // With the executor go its tasks, and with them the connections.
    drop(executor);
    Ok(report.take())
}

async fn accept(
    listener: &Async<TcpListener>,
    executor: &LocalExecutor<'_>,
    report: &Rc<RefCell<Report>>,
) -> io::Result<()> {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                report.borrow_mut().accepted += 1;
                executor.spawn(serve_client(stream, Rc::clone(report))).detach();
            }
            Err(error) => match sort_accept_error(&error) {
                AcceptError::Next => {}
                AcceptError::Pause => drop(Timer::after(ACCEPT_PAUSE).await),
                AcceptError::Fatal => return Err(error),
            },
        }
    }
}

async fn serve_client(stream: Async<TcpStream>, report: Rc<RefCell<Report>>) {
    if echo(stream, &report).await.is_err() {
        report.borrow_mut().lost += 1;
    }
}

async fn echo(mut stream: Async<TcpStream>, report: &RefCell<Report>) -> io::Result<()> {
    socket::tune(stream.get_ref())?;
    let mut buffer = vec![0; READ_BYTES];
    for turn in 1_u32.. {
        if turn.is_multiple_of(MESSAGES_MAX) {
            // Nothing here takes the thread away from a task whose socket is always ready.
            future::yield_now().await;
        }
        let read = stream.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..read]).await?;
        report.borrow_mut().bytes_echoed += read as u64;
    }
    Ok(())
}
