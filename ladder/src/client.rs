//! The test client: scripted, hostile on purpose, and bound by deadlines.
//!
//! A client in a test must be able to do what a polite one never does: write without reading,
//! leave by a reset, end its side before it has its answer. And it must never wait for ever, or a
//! broken server would hang its test instead of failing it. So every wait here ends after the
//! client's *patience*, and the error says what was awaited and what had come by then.

mod hostile;
mod http;
mod noise;
mod response;

use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, Socket, Type};

pub use noise::Noise;
pub use response::Response;

use crate::Protocol;

/// How long a client waits for anything at all. Far more than a correct server needs on the
/// busiest machine: only a broken one waits this out.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Read and written at a time: small, so that a client which counts looks often.
const CHUNK_BYTES: usize = 16 * 1024;

/// The receive buffer of a client made by [`Client::connect_narrow`]. The system's minimum is less;
/// a window much smaller than one packet of the loopback (64 KiB) would crawl.
const NARROW_BYTES: usize = 64 * 1024;

/// One connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    protocol: Protocol,
    patience: Duration,
    /// Came, and was not expected yet.
    inbox: Vec<u8>,
    /// Bytes that were expected and came, for the offsets in error texts.
    accounted: u64,
}

impl Client {
    /// Connects, with `TCP_NODELAY`, so that each write is a packet.
    ///
    /// # Errors
    ///
    /// Those of connect(2), and `TimedOut` after `patience`.
    pub fn connect(addr: SocketAddr, protocol: Protocol, patience: Duration) -> io::Result<Client> {
        Client::from_socket(socket(addr)?, addr, protocol, patience)
    }

    /// Connects with a small receive buffer: its server's output has nowhere to go soon after the
    /// client stops reading.
    ///
    /// # Errors
    ///
    /// Those of connect(2), and `TimedOut` after `patience`.
    pub fn connect_narrow(
        addr: SocketAddr,
        protocol: Protocol,
        patience: Duration,
    ) -> io::Result<Client> {
        let socket = socket(addr)?;
        // Before connecting: the size decides which window is offered (tcp(7)).
        socket.set_recv_buffer_size(NARROW_BYTES)?;
        Client::from_socket(socket, addr, protocol, patience)
    }

    fn from_socket(
        socket: Socket,
        addr: SocketAddr,
        protocol: Protocol,
        patience: Duration,
    ) -> io::Result<Client> {
        socket
            .connect_timeout(&addr.into(), patience)
            .map_err(|error| explain(&error, format_args!("connecting to {addr}")))?;
        socket.set_tcp_nodelay(true)?;
        socket.set_nonblocking(true)?;
        let stream = socket.into();
        Ok(Client { stream, protocol, patience, inbox: Vec::new(), accounted: 0 })
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    ///
    /// When the server does not take them in time, or is gone.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pump(bytes, |_| true, "room to send")
    }

    /// Sends each byte by a write of its own.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub fn send_each_byte(&mut self, bytes: &[u8]) -> io::Result<()> {
        bytes.iter().try_for_each(|byte| self.send(&[*byte]))
    }

    /// Waits for exactly these bytes as the next ones.
    ///
    /// # Errors
    ///
    /// `InvalidData` for other bytes, `UnexpectedEof` for an end before them, `TimedOut` when they
    /// do not come: each with the offset.
    pub fn expect(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.echo(&[], bytes)
    }

    /// Sends `payload` and has it sent back, in the way of the client's protocol: as it is, or as
    /// the body of `POST /echo`. Reads while it writes.
    ///
    /// # Errors
    ///
    /// As [`Client::expect`].
    pub fn exchange(&mut self, payload: &[u8]) -> io::Result<()> {
        match self.protocol {
            Protocol::Echo => self.echo(payload, payload),
            Protocol::Http => self.post(payload),
        }
    }

    /// Sends the beginning of something that the server must wait for the rest of.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub fn begin_exchange(&mut self) -> io::Result<()> {
        match self.protocol {
            // The protocol has no messages, so a byte whose echo nobody takes must do.
            Protocol::Echo => self.send(b"h"),
            Protocol::Http => {
                let whole = http::request(b"whole");
                self.send(&whole[..whole.len() - 3])
            }
        }
    }

    /// Sends what comes before a payload of `len` bytes: nothing, or the head of a request.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub fn announce(&mut self, len: u64) -> io::Result<()> {
        match self.protocol {
            Protocol::Echo => Ok(()),
            Protocol::Http => self.send(http::head(len).as_bytes()),
        }
    }

    /// Sends a request to have `payload` sent back, and does not wait for the answer.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub fn ask(&mut self, payload: &[u8]) -> io::Result<()> {
        match self.protocol {
            Protocol::Echo => self.send(payload),
            Protocol::Http => self.send(&http::request(payload)),
        }
    }

    /// Waits for the answer to [`Client::ask`].
    ///
    /// # Errors
    ///
    /// As [`Client::expect`].
    pub fn answer(&mut self, payload: &[u8]) -> io::Result<()> {
        match self.protocol {
            Protocol::Echo => self.expect(payload),
            Protocol::Http => self.response(&[], payload),
        }
    }

    /// Waits for `len` bytes of `noise`, from its beginning.
    ///
    /// # Errors
    ///
    /// As [`Client::expect`].
    pub fn expect_noise(&mut self, noise: Noise, len: u64) -> io::Result<()> {
        let mut chunk = [0; CHUNK_BYTES];
        let mut offset = 0;
        while offset < len {
            let part = usize::try_from(len - offset).unwrap_or(usize::MAX).min(CHUNK_BYTES);
            noise.write_at(offset, &mut chunk[..part]);
            self.expect(&chunk[..part])?;
            offset += part as u64;
        }
        Ok(())
    }

    /// Ends this side (FIN), and goes on reading.
    ///
    /// # Errors
    ///
    /// Those of shutdown(2).
    pub fn half_close(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Waits for the end of the server's side, and for no byte before it.
    ///
    /// # Errors
    ///
    /// `InvalidData` for bytes, `TimedOut` when it does not end, `ConnectionReset` for a reset.
    pub fn expect_eof(&mut self) -> io::Result<()> {
        match self.pump(&[], |inbox| !inbox.is_empty(), "end of input") {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(error),
            Ok(()) => {
                let text = format!(
                    "expected the end of input after byte {}, got '{}'",
                    self.accounted,
                    excerpt(&self.inbox)
                );
                Err(io::Error::new(ErrorKind::InvalidData, text))
            }
        }
    }

    /// Waits until the server leaves, by end of input or reset, whatever comes before.
    ///
    /// # Errors
    ///
    /// `TimedOut` when it does not.
    pub fn expect_end(&mut self) -> io::Result<()> {
        loop {
            self.inbox.clear();
            match self.pump(&[], |inbox| !inbox.is_empty(), "the server to leave") {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
                Err(_) => return Ok(()),
            }
        }
    }

    /// Sees that nothing comes for `time`, no byte and no end.
    ///
    /// # Errors
    ///
    /// `InvalidData` when something came.
    pub fn stays_silent(&mut self, time: Duration) -> io::Result<()> {
        if self.inbox.is_empty() && !self.ready(PollFlags::IN, Instant::now() + time)? {
            return Ok(());
        }
        let what = match self.receive("nothing") {
            Ok(_) => format!("'{}'", excerpt(&self.inbox)),
            Err(error) => error.to_string(),
        };
        Err(io::Error::new(ErrorKind::InvalidData, format!("expected no byte, got {what}")))
    }

    /// Writes all of `out` and reads until exactly `want` has come, both at once.
    fn echo(&mut self, out: &[u8], want: &[u8]) -> io::Result<()> {
        let outcome = self.pump(out, |inbox| inbox.len() >= want.len(), "its echo");
        let difference = want.iter().zip(&self.inbox).position(|(wanted, came)| wanted != came);
        if let Some(offset) = difference {
            let at = self.accounted + offset as u64;
            let (wanted, came) = (excerpt(&want[offset..]), excerpt(&self.inbox[offset..]));
            let text = format!("byte {at} is wrong: expected '{wanted}', got '{came}'");
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        let came = self.inbox.len();
        outcome.map_err(|error| {
            explain(&error, format_args!("{came} of {} bytes came, all right", want.len()))
        })?;
        self.accounted += want.len() as u64;
        self.inbox.drain(..want.len());
        Ok(())
    }

    /// Writes all of `out` and reads until the inbox is `done`, both at once.
    fn pump(
        &mut self,
        out: &[u8],
        mut done: impl FnMut(&[u8]) -> bool,
        awaited: &str,
    ) -> io::Result<()> {
        let deadline = Instant::now() + self.patience;
        let mut sent = 0;
        loop {
            let reading = !done(&self.inbox);
            let mut flags = PollFlags::empty();
            let mut moved = false;
            if sent < out.len() {
                match (&self.stream).write(&out[sent..]) {
                    Ok(written) => (sent, moved) = (sent + written, true),
                    Err(error) if waits(&error) => flags |= PollFlags::OUT,
                    Err(error) => {
                        return Err(explain(&error, format_args!("sending, at byte {sent}")));
                    }
                }
            } else if !reading {
                return Ok(());
            }
            if reading {
                moved |= self.receive(awaited)?;
                flags |= PollFlags::IN;
            }
            if !moved && !flags.is_empty() && !self.ready(flags, deadline)? {
                let text = format!("waited {:?} for {awaited}", self.patience);
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
        }
    }

    /// Reads one chunk into the inbox if there is one. False: nothing has come.
    fn receive(&mut self, awaited: &str) -> io::Result<bool> {
        let mut chunk = [0; CHUNK_BYTES];
        match (&self.stream).read(&mut chunk) {
            Ok(0) => {
                let text = format!("the server ended the connection, awaited: {awaited}");
                Err(io::Error::new(ErrorKind::UnexpectedEof, text))
            }
            Ok(read) => {
                self.inbox.extend_from_slice(&chunk[..read]);
                Ok(true)
            }
            Err(error) if waits(&error) => Ok(false),
            Err(error) => Err(explain(&error, format_args!("reading, awaited: {awaited}"))),
        }
    }

    /// Waits until the socket is ready; false when the deadline came first.
    fn ready(&self, flags: PollFlags, deadline: Instant) -> io::Result<bool> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = Timespec::try_from(left).map_err(io::Error::other)?;
            match poll(&mut [PollFd::new(&self.stream, flags)], Some(&timeout)) {
                Ok(0) => return Ok(false),
                Ok(_) => return Ok(true),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// For those who do to its socket what a client does not.
impl AsFd for Client {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

fn socket(addr: SocketAddr) -> io::Result<Socket> {
    Socket::new(Domain::for_address(addr), Type::STREAM, Some(socket2::Protocol::TCP))
}

/// "Not now", in its two spellings.
fn waits(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// The same error, with what was being done when it came.
fn explain(error: &io::Error, what: impl Display) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// As much of `bytes` as an error text can bear.
fn excerpt(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(16)].escape_ascii().to_string()
}
