//! Transports over the ends of a pipe.
//!
//! A pipe has one direction, so each end is half a transport: one that only reads, or one that only
//! writes. What else is different: there is no `shutdown`; an end says that it is done by being
//! closed.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::Protocol;
use super::transport::Transport;
use crate::event_loop::EventLoop;

impl EventLoop {
    /// Reads from a pipe, a child's output, or a terminal. The protocol hears what comes, and the
    /// end, and then the transport closes itself.
    ///
    /// It becomes non-blocking for all who share it: that is a property of the open file, and not
    /// of the descriptor (fcntl(2), F_SETFL).
    ///
    /// # Errors
    ///
    /// When it cannot be made non-blocking.
    pub fn connect_read_pipe(
        &self,
        pipe: impl Into<OwnedFd>,
        protocol: impl Protocol + 'static,
    ) -> io::Result<Transport> {
        let pipe = PipeReader::from(nonblocking(pipe.into())?);
        Ok(self.start(Rc::new(pipe), Box::new(protocol)))
    }

    /// Writes to a pipe, or a child's input. When nobody can read from the other end any more, the
    /// connection is lost: with `BrokenPipe` if something was still to be written.
    ///
    /// # Errors
    ///
    /// As [`EventLoop::connect_read_pipe`].
    pub fn connect_write_pipe(
        &self,
        pipe: impl Into<OwnedFd>,
        protocol: impl Protocol + 'static,
    ) -> io::Result<Transport> {
        let pipe = PipeWriter::from(nonblocking(pipe.into())?);
        Ok(self.start(Rc::new(pipe), Box::new(protocol)))
    }
}

fn nonblocking(fd: OwnedFd) -> io::Result<OwnedFd> {
    let flags = fcntl_getfl(fd.as_fd())?;
    fcntl_setfl(fd.as_fd(), flags | OFlags::NONBLOCK)?;
    Ok(fd)
}
