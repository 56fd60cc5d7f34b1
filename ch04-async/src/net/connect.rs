//! A connect that does not wait in the kernel: chapter 2's, with a reactor to wait in.

use std::io;
use std::time::Duration;

use ch03_selectors::Source;
use rustix::io::Errno;
use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use crate::reactor::Async;
use crate::sleep;

/// How long to wait before a Unix socket whose queue is full is called again: nobody tells when
/// there is room.
pub(super) const QUEUE_PAUSE: Duration = Duration::from_millis(5);

/// A stream connected to `addr`. Dropping the future closes the socket, and so ends the attempt.
///
/// # Errors
///
/// What connect(2) said, at once or later.
pub(super) async fn connect<T: Source + From<Socket>>(addr: &SockAddr) -> io::Result<Async<T>> {
    let stream = Async::<T>::new(begin(addr).await?.into())?;
    // Writable: the attempt is over. It went well unless SO_ERROR says otherwise.
    stream.writable().await?;
    SockRef::from(stream.get_ref()).take_error()?.map_or(Ok(()), Err)?;
    Ok(stream)
}

/// A socket on its way to `addr`.
async fn begin(addr: &SockAddr) -> io::Result<Socket> {
    loop {
        let socket = Socket::new(Domain::from(i32::from(addr.family())), Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        let Err(error) = socket.connect(addr) else { return Ok(socket) };
        match Errno::from_io_error(&error) {
            // Even when a signal cuts the call short, the handshake goes on without it.
            Some(Errno::INPROGRESS | Errno::INTR) => return Ok(socket),
            // A Unix listener whose queue is full. This attempt has not begun, and nothing will
            // tell when there is room (connect(2)): it can only be made again.
            Some(Errno::AGAIN) => sleep(QUEUE_PAUSE).await,
            _ => return Err(error),
        }
    }
}
