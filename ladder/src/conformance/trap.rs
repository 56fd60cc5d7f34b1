//! A server that freezes itself, by its own answer.
//!
//! To see what a server did *before* an answer, one must stop it right after. Whoever waits for
//! the answer and then stops it comes a millisecond late, or a hundred on a busy machine, and in a
//! millisecond it does a thousand things. On Linux the kernel can do it in time: a socket may send
//! a signal when input comes (fcntl(2), F_SETOWN and F_SETSIG), the signal may be SIGSTOP, and the
//! server then stops inside the very write(2) that answers.

use std::io;
use std::time::Duration;

use crate::client::Client;
use crate::process::Server;

use super::frozen::Frozen;

/// Freezes `server` as soon as `client` has input. To be set while the server is frozen.
pub(super) struct Trap<'a> {
    server: &'a Server,
    client: &'a Client,
}

impl<'a> Trap<'a> {
    pub(super) fn set(server: &'a Server, client: &'a Client) -> io::Result<Trap<'a>> {
        #[cfg(target_os = "linux")]
        signal::arm(server, client)?;
        Ok(Trap { server, client })
    }

    /// Waits until the server is frozen.
    #[cfg(target_os = "linux")]
    pub(super) fn sprung(self, patience: Duration) -> io::Result<Frozen> {
        let frozen = Frozen::when_stopped(self.server, patience);
        signal::disarm(self.client)?;
        frozen
    }

    /// Waits for the input, and freezes the server then: later than a kernel could.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn sprung(self, patience: Duration) -> io::Result<Frozen> {
        self.client.has_more(patience)?;
        Frozen::new(self.server)
    }
}

#[cfg(target_os = "linux")]
mod signal {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd};

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    use crate::client::Client;
    use crate::process::Server;

    /// Has the kernel send SIGSTOP to the server's process when the client's socket has input.
    pub(super) fn arm(server: &Server, client: &Client) -> io::Result<()> {
        let pid = i32::try_from(server.id()).map_err(io::Error::other)?;
        set(client, libc::F_SETOWN, pid)?;
        set(client, F_SETSIG, libc::SIGSTOP)?;
        Ok(fcntl_setfl(client, fcntl_getfl(client)? | OFlags::from_bits_retain(O_ASYNC))?)
    }

    pub(super) fn disarm(client: &Client) -> io::Result<()> {
        Ok(fcntl_setfl(client, fcntl_getfl(client)? - OFlags::from_bits_retain(O_ASYNC))?)
    }

    /// From the kernel's `asm-generic/fcntl.h`; the libc crate does not have it.
    const F_SETSIG: libc::c_int = 10;

    const O_ASYNC: u32 = libc::O_ASYNC.cast_unsigned();

    #[expect(unsafe_code, reason = "rustix has no F_SETOWN and F_SETSIG")]
    fn set(client: &Client, command: libc::c_int, value: libc::c_int) -> io::Result<()> {
        // SAFETY: the descriptor is open for as long as the client is borrowed, and both commands
        // take a number.
        let outcome = unsafe { libc::fcntl(client.as_fd().as_raw_fd(), command, value) };
        if outcome == -1 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}
