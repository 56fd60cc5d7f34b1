//! TLS over a socket that blocks.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, ServerConfig, ServerConnection, SideData, StreamOwned,
};

use super::HANDSHAKE_TIMEOUT;

/// A client's stream.
pub type Client = StreamOwned<ClientConnection, TcpStream>;

/// A server's stream.
pub type Server = StreamOwned<ServerConnection, TcpStream>;

/// Connects over `socket` to a server that can prove to be `host`, within [`HANDSHAKE_TIMEOUT`] and
/// what the socket's own timeouts allow to one call: without any, a call waits for as long as nothing
/// comes.
///
/// # Errors
///
/// [`why_io`](super::why_io) says why.
pub fn connect(socket: TcpStream, config: Arc<ClientConfig>, host: &str) -> io::Result<Client> {
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let session = ClientConnection::new(config, name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, socket);
    shake_hands(&mut stream.conn, &mut stream.sock)?;
    Ok(stream)
}

/// Serves over `socket`.
///
/// # Errors
///
/// As [`connect`].
pub fn accept(socket: TcpStream, config: Arc<ServerConfig>) -> io::Result<Server> {
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, socket);
    shake_hands(&mut stream.conn, &mut stream.sock)?;
    Ok(stream)
}

// ANCHOR: shake_hands
/// Sends what the session has to say, and reads what it waits for, until both sides agree.
fn shake_hands<S: SideData>(
    session: &mut rustls::ConnectionCommon<S>,
    socket: &mut TcpStream,
) -> io::Result<()> {
    let start = Instant::now();
    loop {
        while session.wants_write() {
            retried(|| session.write_tls(socket))?;
        }
        if !session.is_handshaking() {
            return Ok(());
        }
        // A byte now and then never lets a call time out.
        if start.elapsed() >= HANDSHAKE_TIMEOUT {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the handshake has no end"));
        }
        if retried(|| session.read_tls(socket))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Err(error) = session.process_new_packets() {
            // It has an alert to send, by which the other side learns why.
            let _ = session.write_tls(socket);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
}
// ANCHOR_END: shake_hands

/// Makes a call again that a signal has interrupted.
fn retried(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            said => return said,
        }
    }
}

/// Says that nothing more will come. Without this the other side cannot tell an end from a cut:
/// anybody on the way can end a TCP connection (RFC 8446, section 6.1).
///
/// # Errors
///
/// When it cannot be told any more.
pub fn close<C, S, T>(stream: &mut StreamOwned<C, T>) -> io::Result<()>
where
    C: std::ops::DerefMut<Target = rustls::ConnectionCommon<S>>,
    T: Read + Write,
    S: SideData,
{
    stream.conn.send_close_notify();
    while stream.conn.wants_write() {
        stream.conn.write_tls(&mut stream.sock)?;
    }
    stream.sock.flush()
}
