//! The end of a child, as an event.
//!
//! waitpid(2) blocks, or looks once. To wait for a child among other things, something must tell
//! when to look. Linux has a descriptor for a process, which becomes readable at its end
//! (`pidfd_open(2)`, since 5.3). Elsewhere there is SIGCHLD, which says that *some* child has
//! ended; so each one that is waited for is looked at.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{self, ExitStatus};
use std::task::{Context, Poll, ready};

use crate::reactor::Async;
use crate::signal::{SignalKind, Signals, signal};

/// What tells when to look.
#[derive(Debug)]
pub(super) enum Exit {
    /// Readable once the child has ended.
    Descriptor(Async<OwnedFd>),
    /// SIGCHLD, of all children.
    Signal(Signals),
}

impl Exit {
    /// The best way on this system to hear of the end of the child `id`, which nobody has waited
    /// for yet: its number is still its own.
    pub(super) fn of(id: u32) -> io::Result<Exit> {
        match descriptor_of(id)? {
            Some(descriptor) => Ok(Exit::Descriptor(Async::new(descriptor)?)),
            None => Exit::by_signal(),
        }
    }

    /// The way that every Unix has.
    pub(super) fn by_signal() -> io::Result<Exit> {
        Ok(Exit::Signal(signal(SignalKind::CHILD)?))
    }

    /// Looks, and when `child` still runs, waits to be told to look again.
    pub(super) fn poll(
        &mut self,
        child: &mut process::Child,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<ExitStatus>> {
        let mut look = || child.try_wait()?.ok_or_else(|| io::ErrorKind::WouldBlock.into());
        match self {
            Exit::Descriptor(descriptor) => descriptor.poll_read_with(context, |_| look()),
            Exit::Signal(signals) => loop {
                // Registered before we look: an end after the look brings a signal.
                match look() {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    ended => return Poll::Ready(ended),
                }
                ready!(signals.poll_came(context))?;
            },
        }
    }
}

/// `None`: a kernel that is too old, or a sandbox that forbids the call.
#[cfg(target_os = "linux")]
fn descriptor_of(id: u32) -> io::Result<Option<OwnedFd>> {
    use rustix::io::Errno;
    use rustix::process::{Pid, PidfdFlags, pidfd_open};

    let Some(id) = Pid::from_raw(id.cast_signed()) else { return Ok(None) };
    match pidfd_open(id, PidfdFlags::empty()) {
        Ok(descriptor) => Ok(Some(descriptor)),
        Err(Errno::NOSYS | Errno::PERM) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "on Linux it can fail")]
fn descriptor_of(_id: u32) -> io::Result<Option<OwnedFd>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Runtime;
    use std::future::poll_fn;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    fn shell(script: &str) -> process::Child {
        Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).spawn().expect("a shell")
    }

    /// Both ways must say the same; only one of them is taken on each system.
    fn ways(id: u32) -> Vec<Exit> {
        vec![Exit::of(id).expect("a descriptor"), Exit::by_signal().expect("a signal")]
    }

    #[test]
    fn both_ways_tell_a_code_from_a_signal() {
        Runtime::new().expect("a runtime").block_on(async {
            for way in 0..2 {
                // It waits for the end of its input, so that it ends while it is waited for.
                for (script, code, signal) in [
                    ("read line; exit 7", Some(7), None),
                    ("read line; kill -KILL $$", None, Some(9)),
                    ("exit 0", Some(0), None),
                ] {
                    let mut child = shell(script);
                    let mut exit = ways(child.id()).swap_remove(way);
                    let mut stdin = child.stdin.take();
                    let status = poll_fn(|context| {
                        let polled = exit.poll(&mut child, context);
                        stdin.take();
                        polled
                    });
                    let status = status.await.expect("it ends");
                    assert_eq!((status.code(), status.signal()), (code, signal), "{exit:?}");
                }
            }
        });
    }

    #[test]
    fn many_that_end_at_once_are_all_heard_of_though_their_signals_are_one() {
        Runtime::new().expect("a runtime").block_on(async {
            let (release, held) = {
                let (reader, writer) = io::pipe().expect("a pipe");
                (writer, reader)
            };
            let start = || {
                let held = held.try_clone().expect("a descriptor");
                Command::new("cat").stdin(held).spawn().expect("a child")
            };
            let mut children: Vec<_> =
                (0..20).map(|_| (start(), Exit::by_signal().expect("a signal"))).collect();
            drop(held);
            let mut release = Some(release);
            poll_fn(|context| {
                children.retain_mut(|(child, exit)| match exit.poll(child, context) {
                    Poll::Ready(status) => {
                        assert!(status.expect("it ends").success());
                        false
                    }
                    Poll::Pending => true,
                });
                // All of them see the end of their input in the same moment.
                release.take();
                if children.is_empty() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        });
    }
}
