//! TLS on blocking sockets, on our runtime and on tokio.

mod bytes;
mod damage;
mod ends;
mod handshakes;
mod refused;
mod session;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ch04_async::Runtime;
use ch04_async::net::unix::UnixStream;
use ch04_async::structure::join;
use ch05_http::tls::{self, Authority, TlsStream};
use futures_io::{AsyncRead, AsyncWrite};
use rustls::{ClientConfig, ServerConfig};

const NAME: &str = "server.test";

const PATIENCE: Duration = Duration::from_secs(20);

fn run<T>(test: impl Future<Output = T>) -> T {
    let limited = async { ch04_async::timeout(PATIENCE, test).await.expect("in time") };
    Runtime::new().expect("a runtime").block_on(limited)
}

fn authority() -> Authority {
    Authority::new("an authority for tests").expect("a key")
}

fn configs(authority: &Authority) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let identity = authority.issue(&[NAME]).expect("a name");
    let client = tls::client_config(authority.roots(), &[]).expect("a configuration");
    (client, tls::server_config(identity, &[]).expect("a configuration"))
}

/// A pair that has agreed, over a pair of sockets.
async fn agreed() -> (TlsStream<UnixStream>, TlsStream<UnixStream>) {
    let (client, server) = configs(&authority());
    let (ours, theirs) = UnixStream::pair().expect("sockets");
    let (ours, theirs) = join(tls::connect(ours, client, NAME), tls::accept(theirs, server)).await;
    (ours.expect("a client"), theirs.expect("a server"))
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, buffer: &mut [u8]) -> io::Result<usize> {
    poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer)).await
}

async fn write_all<S: AsyncWrite + Unpin>(stream: &mut S, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let write = poll_fn(|context| Pin::new(&mut *stream).poll_write(context, bytes));
        bytes = &bytes[write.await?..];
    }
    poll_fn(|context| Pin::new(&mut *stream).poll_flush(context)).await
}

async fn close<S: AsyncWrite + Unpin>(stream: &mut S) -> io::Result<()> {
    poll_fn(|context| Pin::new(&mut *stream).poll_close(context)).await
}

async fn read_to_end<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<Vec<u8>> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 5000]);
    loop {
        match read(stream, &mut buffer).await? {
            0 => return Ok(all),
            some => all.extend_from_slice(&buffer[..some]),
        }
    }
}
