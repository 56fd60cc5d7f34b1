//! The echo server on streams, as asyncio has them: read a portion, write it, drain.
//!
//! Fixes: who reads need not know in which pieces the input comes, and who writes need not wait
//! (`executor`).
//! Still fails: each byte is kept once more on its way, and it is still one thread.
//! Next: `tokio`, which is the same thing grown up.
//!
//! In reading order:
//!
//! - [`reader`]: lines, lengths, separators; whole, or an error with what there was.
//! - [`writer`]: what is written is sent when there is room.
//! - [`error`]: why a portion could not be read.
//! - [`open`]: connections, and servers of them.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use ladder::socket::READ_BYTES;
use ladder::{Report, Stop};

use crate::Runtime;
use crate::net::tcp::TcpListener;
use crate::reactor::Async;
use crate::structure::{Either, race};

pub mod error;
pub mod open;
pub mod reader;
pub mod writer;

pub use error::ReadError;
pub use open::{Reader, Writer, open_connection, open_unix_connection, start_server};
pub use reader::StreamReader;
pub use writer::StreamWriter;

type TcpReader = Reader<std::net::TcpStream>;
type TcpWriter = Writer<std::net::TcpStream>;

/// Serves each client by a task, all on the calling thread.
///
/// # Errors
///
/// When the runtime or the listener fails.
pub fn serve(listener: std::net::TcpListener, stop: Stop) -> io::Result<Report> {
    let report = Rc::new(RefCell::new(Report::default()));
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        let (stop, counted) = (Async::new(stop)?, Rc::clone(&report));
        let server = start_server(listener, move |reader, writer| {
            serve_client(reader, writer, Rc::clone(&counted))
        });
        match race(stop.requested(), server.wait_closed()).await {
            Either::Left(stopped) => stopped,
            Either::Right(failed) => failed.map(drop),
        }
    })?;
    // With the runtime go its tasks, and with them the connections.
    drop(runtime);
    Ok(report.take())
}

async fn serve_client(reader: TcpReader, writer: TcpWriter, report: Rc<RefCell<Report>>) {
    report.borrow_mut().accepted += 1;
    if echo(reader, writer, &report).await.is_err() {
        report.borrow_mut().lost += 1;
    }
}

async fn echo(
    mut reader: TcpReader,
    mut writer: TcpWriter,
    report: &RefCell<Report>,
) -> io::Result<()> {
    loop {
        let bytes = reader.read(READ_BYTES).await?;
        if bytes.is_empty() {
            break;
        }
        writer.write(&bytes);
        writer.drain().await?;
        report.borrow_mut().bytes_echoed += bytes.len() as u64;
    }
    // What is kept still has to go out.
    writer.close();
    writer.wait_closed().await
}
