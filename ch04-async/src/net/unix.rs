//! Unix sockets: streams and messages between processes of one machine.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::io::Errno;
use socket2::{Domain, SockAddr, Socket, Type};

use crate::net::connect::{QUEUE_PAUSE, connect};
use crate::reactor::Async;
use crate::sleep;

/// A connection over a Unix socket. What is not here is with the standard library's, at
/// [`get_ref`](Async::get_ref).
pub type UnixStream = Async<std::os::unix::net::UnixStream>;

/// A Unix socket for whole messages.
pub type UnixDatagram = Async<std::os::unix::net::UnixDatagram>;

/// A Unix socket that listens at a path.
#[derive(Debug)]
pub struct UnixListener {
    listener: Async<std::os::unix::net::UnixListener>,
    _file: Option<SocketFile>,
}

impl UnixListener {
    /// Listens at `path`, also when a server that was killed has left its socket there. Dropping
    /// the listener removes the file, unless it is somebody else's by then.
    ///
    /// To take away whatever is there would take a living server's clients from it. So somebody
    /// must first fail to answer. (Two servers that start in the same instant can still both find
    /// nobody: who must rule that out locks a file beside it, flock(2).)
    ///
    /// # Errors
    ///
    /// `AddrInUse` when a server is listening there, or when what is there is no socket.
    // ANCHOR: bind
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixListener> {
        let path = path.as_ref();
        let listener = match listen(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && nobody_answers(path)? => {
                fs::remove_file(path)?;
                listen(path)?
            }
            listener => listener?,
        };
        let file = SocketFile::at(path)?;
        Ok(UnixListener { listener: Async::new(listener)?, _file: Some(file) })
    }
    // ANCHOR_END: bind

    /// Takes a listener that others have bound, and leaves its path to them.
    ///
    /// # Errors
    ///
    /// When the selector does not take it.
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<UnixListener> {
        listener.set_nonblocking(true)?;
        Ok(UnixListener { listener: Async::new(listener)?, _file: None })
    }

    /// The next client. Its address is nameless as a rule: a client needs none to be answered.
    ///
    /// # Errors
    ///
    /// What accept(2) says; see [`sort_accept_error`](ladder::socket::sort_accept_error).
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let accept = std::os::unix::net::UnixListener::accept;
        let (stream, addr) = self.listener.read_with(accept).await?;
        stream.set_nonblocking(true)?;
        Ok((Async::new(stream)?, addr))
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// None is to be expected.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.get_ref().local_addr()
    }
}

/// By hand, for the backlog: the standard library's is its own.
fn listen(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SockAddr::unix(path)?)?;
    socket.listen(ladder::socket::BACKLOG)?;
    Ok(socket.into())
}

/// Whether the socket at `path` has outlived its server.
fn nobody_answers(path: &Path) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        // A file of another kind is not ours to remove.
        return Ok(false);
    }
    for _ in 0..PROBES {
        let caller = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        // A server that is busy answers, too: with a full queue, which would be waited for.
        caller.set_nonblocking(true)?;
        let refused = |error: io::Error| error.kind() == ErrorKind::ConnectionRefused;
        if !caller.connect(&SockAddr::unix(path)?).is_err_and(refused) {
            return Ok(false);
        }
        if PROBES > 1 {
            thread::sleep(QUEUE_PAUSE);
        }
    }
    Ok(true)
}

/// How often somebody must have refused. Linux refuses only where nobody listens; elsewhere a full
/// queue refuses, too, and a server that lives will make room.
const PROBES: u32 = if cfg!(target_os = "linux") { 1 } else { 10 };

/// The file of a listener, known by its number and not by its name.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    device_and_inode: (u64, u64),
}

impl SocketFile {
    fn at(path: &Path) -> io::Result<SocketFile> {
        let device_and_inode = device_and_inode(path)?;
        // The server may change its folder before it ends.
        Ok(SocketFile { path: std::path::absolute(path)?, device_and_inode })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if device_and_inode(&self.path).is_ok_and(|now| now == self.device_and_inode) {
            // A path that is left behind does no harm; see `bind`.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn device_and_inode(path: &Path) -> io::Result<(u64, u64)> {
    let data = fs::symlink_metadata(path)?;
    Ok((data.dev(), data.ino()))
}

impl Async<std::os::unix::net::UnixStream> {
    /// A connection to the server at `path`. While the server's queue is full, this waits, on Linux.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` when nobody listens, and elsewhere than on Linux when the queue is full;
    /// `NotFound` when there is no such path.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<UnixStream> {
        connect(&SockAddr::unix(path)?).await
    }

    /// Two ends that are connected from the start (socketpair(2)).
    ///
    /// # Errors
    ///
    /// When there are no descriptors left.
    pub fn pair() -> io::Result<(UnixStream, UnixStream)> {
        let (one, other) = std::os::unix::net::UnixStream::pair()?;
        one.set_nonblocking(true)?;
        other.set_nonblocking(true)?;
        Ok((Async::new(one)?, Async::new(other)?))
    }
}

/// How the BSDs and macOS say that the other one's queue is full. Linux says `WouldBlock`.
fn is_full(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::NOBUFS)
}

impl Async<std::os::unix::net::UnixDatagram> {
    /// A socket that receives at `path`. The file stays when the socket is dropped.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when there is something at `path`.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<UnixDatagram> {
        UnixDatagram::from_std(std::os::unix::net::UnixDatagram::bind(path)?)
    }

    /// A socket without a name: it can send, and nobody can answer.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left.
    pub fn unbound() -> io::Result<UnixDatagram> {
        UnixDatagram::from_std(std::os::unix::net::UnixDatagram::unbound()?)
    }

    /// Two sockets, each of which sends to the other.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left.
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = std::os::unix::net::UnixDatagram::pair()?;
        Ok((UnixDatagram::from_std(one)?, UnixDatagram::from_std(other)?))
    }

    fn from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<UnixDatagram> {
        socket.set_nonblocking(true)?;
        Async::new(socket)
    }

    /// Sends one message to the socket that this one is connected to. When that one's queue is
    /// full, this waits: no message between Unix sockets is lost (unix(7)).
    ///
    /// # Errors
    ///
    /// What send(2) says.
    pub async fn send(&self, message: &[u8]) -> io::Result<usize> {
        loop {
            match self.write_with(|socket| socket.send(message)).await {
                Err(error) if is_full(&error) => sleep(QUEUE_PAUSE).await,
                sent => return sent,
            }
        }
    }

    /// Sends one message to the socket at `path`. When that one's queue is full, this waits, by
    /// asking again: a socket that is not connected hears nothing of the queues of others.
    ///
    /// # Errors
    ///
    /// What sendto(2) says.
    pub async fn send_to(&self, message: &[u8], path: impl AsRef<Path>) -> io::Result<usize> {
        loop {
            match self.get_ref().send_to(message, path.as_ref()) {
                Err(error) if error.kind() == ErrorKind::WouldBlock || is_full(&error) => {
                    sleep(QUEUE_PAUSE).await;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                sent => return sent,
            }
        }
    }

    /// Receives one message. What does not fit into `buffer` is lost.
    ///
    /// # Errors
    ///
    /// What recv(2) says.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read_with(|socket| socket.recv(buffer)).await
    }

    /// The same, and who sent it.
    ///
    /// # Errors
    ///
    /// What recvfrom(2) says.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read_with(|socket| socket.recv_from(buffer)).await
    }
}
