//! Two connected sockets: the old self-pipe. Every Unix has them.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

pub(super) type Receiver = UnixStream;
pub(super) type Sender = Arc<UnixStream>;

pub(super) fn pair() -> io::Result<(Sender, Receiver)> {
    let (sender, receiver) = UnixStream::pair()?;
    sender.set_nonblocking(true)?;
    receiver.set_nonblocking(true)?;
    Ok((Arc::new(sender), receiver))
}

/// One byte. There is room: no more than two are ever under way. A sleeper that is gone needs no
/// waking.
pub(super) fn ring(sender: &Sender) {
    let _ = (&**sender).write(b"!");
}

/// Takes all bytes.
pub(super) fn silence(receiver: &Receiver) {
    let mut bytes = [0; 8];
    while matches!((&*receiver).read(&mut bytes), Ok(read) if read == bytes.len()) {}
}
