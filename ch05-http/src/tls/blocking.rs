//! TLS over a socket that blocks.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    shake_hands(&mut stream.conn, &mut stream.sock, HANDSHAKE_TIMEOUT)?;
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
    shake_hands(&mut stream.conn, &mut stream.sock, HANDSHAKE_TIMEOUT)?;
    Ok(stream)
}

// ANCHOR: shake_hands
/// Sends what the session has to say, and reads what it waits for, until both sides agree.
fn shake_hands<S: SideData>(
    session: &mut rustls::ConnectionCommon<S>,
    socket: &mut TcpStream,
    within: Duration,
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
        if start.elapsed() >= within {
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    use super::*;
    use crate::tls::{Authority, server_config};

    #[test]
    fn a_handshake_that_trickles_ends_in_time() {
        let authority = Authority::new("an authority for tests").expect("a key");
        let identity = authority.issue(&["server.test"]).expect("a name");
        let config = server_config(identity, &[]).expect("a configuration");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = listener.local_addr().expect("bound");
        let client = thread::spawn(move || {
            let mut stream = TcpStream::connect(addr).expect("a connection");
            // The head of a record of 16 KiB, whose bytes would last for longer than the test.
            stream.write_all(&[22, 3, 1, 0x40, 0]).expect("it is read");
            stream.write_all(&[1, 0, 0x3f, 0xfc]).expect("it is read");
            while stream.write_all(&[3]).is_ok() {
                thread::sleep(Duration::from_millis(1));
            }
        });
        let mut socket = listener.accept().expect("a client").0;
        let mut session = ServerConnection::new(config).expect("a session");
        let within = Duration::from_millis(100);
        let start = Instant::now();
        let error = shake_hands(&mut session, &mut socket, within).expect_err("it has no end");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
        assert!(start.elapsed() >= within);
        drop(socket);
        client.join().expect("no panic");
    }
}
