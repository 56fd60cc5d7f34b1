//! Connections as a reader and a writer, and servers of them: asyncio's `open_connection` and
//! `start_server`, and the same for Unix sockets.

use std::future::Future;
use std::io::{self, Read, Write};
use std::path::Path;

use super::reader::StreamReader;
use super::writer::StreamWriter;
use crate::net::lookup::Address;
use crate::net::server::{Listener, Server};
use crate::net::split::{OwnedReadHalf, OwnedWriteHalf};
use crate::net::stream::Duplex;
use crate::net::tcp::TcpStream;
use crate::net::unix::UnixStream;
use crate::reactor::Async;

/// Reads from a connection over `T`.
pub type Reader<T> = StreamReader<OwnedReadHalf<T>>;

/// Writes to a connection over `T`.
pub type Writer<T> = StreamWriter<OwnedWriteHalf<T>>;

/// Connects to a TCP server.
///
/// # Errors
///
/// What the last of the addresses said.
pub async fn open_connection(
    address: impl Address,
) -> io::Result<(Reader<std::net::TcpStream>, Writer<std::net::TcpStream>)> {
    Ok(streams_of(TcpStream::connect(address).await?))
}

/// Connects to a server at a path.
///
/// # Errors
///
/// What connect(2) says.
pub async fn open_unix_connection(
    path: impl AsRef<Path>,
) -> io::Result<(Reader<std::os::unix::net::UnixStream>, Writer<std::os::unix::net::UnixStream>)> {
    Ok(streams_of(UnixStream::connect(path).await?))
}

/// Serves each client of `listener` by a task that runs `handle`. The server is closed, and waited
/// for, by what is given back.
///
/// A `handle` that returns drops both ends, and what was not sent by then is lost, unless it has
/// [closed](StreamWriter::close) the writer.
///
/// # Panics
///
/// Outside a [`Runtime`](crate::Runtime).
#[track_caller]
pub fn start_server<L, T, F>(
    listener: L,
    mut handle: impl FnMut(Reader<T>, Writer<T>) -> F + 'static,
) -> Server
where
    L: Listener<Stream = Async<T>> + 'static,
    T: Duplex + 'static,
    for<'a> &'a T: Read + Write,
    F: Future<Output = ()> + 'static,
{
    Server::start(listener, move |connection| {
        let (reader, writer) = streams_of(connection);
        handle(reader, writer)
    })
}

fn streams_of<T: Duplex + 'static>(connection: Async<T>) -> (Reader<T>, Writer<T>)
where
    for<'a> &'a T: Read + Write,
{
    let (input, output) = connection.into_halves();
    (StreamReader::new(input), StreamWriter::new(output))
}
