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

/// Connects over `socket` to a server that can prove to be `host`, within [`HANDSHAKE_TIMEOUT`]. The socket's
/// own timeouts hold for each call meanwhile, if they are shorter, and are as they were afterwards.
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
    let mut socket = Hurried::new(socket, within)?;
    loop {
        while session.wants_write() {
            retried(|| session.write_tls(&mut socket))?;
        }
        if !session.is_handshaking() {
            return Ok(());
        }
        if retried(|| session.read_tls(&mut socket))? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Err(error) = session.process_new_packets() {
            // It has an alert to send, by which the other side learns why.
            let _ = session.write_tls(&mut socket);
            return Err(io::Error::new(io::ErrorKind::InvalidData, error));
        }
    }
}
// ANCHOR_END: shake_hands

/// A socket whose calls have to be over by a deadline, all of them together: a byte now and then never lets
/// one of them time out, and a silent peer never lets one return.
struct Hurried<'a> {
    socket: &'a mut TcpStream,
    deadline: Instant,
    /// The socket's own, which it has again in the end.
    own: [Option<Duration>; 2],
}

impl<'a> Hurried<'a> {
    fn new(socket: &'a mut TcpStream, within: Duration) -> io::Result<Hurried<'a>> {
        let own = [socket.read_timeout()?, socket.write_timeout()?];
        Ok(Hurried { socket, deadline: Instant::now() + within, own })
    }

    /// Makes a call that waits no longer than is left. `timeout` sets how long, of its own time or less.
    fn call(
        &mut self,
        own: Option<Duration>,
        timeout: fn(&TcpStream, Option<Duration>) -> io::Result<()>,
        call: impl FnOnce(&mut TcpStream) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let late = || io::Error::new(io::ErrorKind::TimedOut, "the handshake has no end");
        let left = self.deadline.saturating_duration_since(Instant::now());
        // To a socket, no time is all the time there is.
        if left.is_zero() {
            return Err(late());
        }
        timeout(self.socket, Some(own.map_or(left, |own| own.min(left))))?;
        let said = call(self.socket);
        match said {
            // SO_RCVTIMEO or SO_SNDTIMEO, socket(7).
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(late()),
            said => said,
        }
    }
}

impl Read for Hurried<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.call(self.own[0], TcpStream::set_read_timeout, |socket| socket.read(buffer))
    }
}

impl Write for Hurried<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.call(self.own[1], TcpStream::set_write_timeout, |socket| socket.write(bytes))
    }

    fn write_vectored(&mut self, slices: &[io::IoSlice<'_>]) -> io::Result<usize> {
        let write = |socket: &mut TcpStream| socket.write_vectored(slices);
        self.call(self.own[1], TcpStream::set_write_timeout, write)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

impl Drop for Hurried<'_> {
    fn drop(&mut self) {
        // What could be set before can be set again.
        let _ = self.socket.set_read_timeout(self.own[0]);
        let _ = self.socket.set_write_timeout(self.own[1]);
    }
}

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

    #[test]
    fn a_handshake_with_somebody_silent_ends_in_time_and_leaves_the_socket_as_it_was() {
        let authority = Authority::new("an authority for tests").expect("a key");
        let identity = authority.issue(&["server.test"]).expect("a name");
        let config = server_config(identity, &[]).expect("a configuration");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let addr = listener.local_addr().expect("bound");
        let within = Duration::from_millis(50);
        for own in [None, Some(Duration::from_secs(5)), Some(Duration::from_millis(10))] {
            let _silent = TcpStream::connect(addr).expect("a connection");
            let mut socket = listener.accept().expect("a client").0;
            socket.set_read_timeout(own).expect("a socket");
            let mut session = ServerConnection::new(Arc::clone(&config)).expect("a session");
            let start = Instant::now();
            let error = shake_hands(&mut session, &mut socket, within).expect_err("no end");
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
            assert!(start.elapsed() >= own.map_or(within, |own| own.min(within)));
            // The kernel rounds it to its ticks.
            let after = socket.read_timeout().expect("a socket");
            assert_eq!(after.is_some(), own.is_some(), "{after:?}");
            assert!(after >= own);
            assert_eq!(socket.write_timeout().expect("a socket"), None);
        }
    }
}
