//! TLS over a socket that blocks.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{
    ClientConfig, ClientConnection, ServerConfig, ServerConnection, SideData, StreamOwned,
};

/// A client's stream.
pub type Client = StreamOwned<ClientConnection, TcpStream>;

/// A server's stream.
pub type Server = StreamOwned<ServerConnection, TcpStream>;

/// Connects over `socket` to a server that can prove to be `host`. The socket's timeouts bound
/// each of the handshake's steps.
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
    loop {
        while session.wants_write() {
            session.write_tls(socket)?;
        }
        if !session.is_handshaking() {
            return Ok(());
        }
        match session.read_tls(socket) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        if let Err(error) = session.process_new_packets() {
            // It has an alert to send, by which the other side learns why.
            let _ = session.write_tls(socket);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
}
// ANCHOR_END: shake_hands

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
