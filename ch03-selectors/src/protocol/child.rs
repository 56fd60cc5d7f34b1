//! How a loop learns that a child has exited.
//!
//! On Linux a child can be a descriptor, which is readable when it has exited (`pidfd_open(2)`):
//! one of many that the loop waits for. Everywhere there is SIGCHLD, which says that some child
//! has exited, and not which one; so all are asked. That costs each of them a system call, but
//! not for each signal: a hundred that come together are one.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::rc::Rc;

use signal_hook::consts::SIGCHLD;

use crate::event_loop::EventLoop;

/// The way in which the loop learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildWatch {
    /// A descriptor for each child.
    #[cfg(target_os = "linux")]
    Pidfd,
    /// One signal for all.
    Sigchld,
}

impl ChildWatch {
    /// The best that this platform has.
    pub const BEST: ChildWatch = {
        #[cfg(target_os = "linux")]
        let best = ChildWatch::Pidfd;
        #[cfg(not(target_os = "linux"))]
        let best = ChildWatch::Sigchld;
        best
    };
}

/// What keeps the watch.
pub(super) enum Watched {
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has it"))]
    ByDescriptor(Rc<OwnedFd>),
    BySignal,
}

/// Has `look` called when the child may have exited.
pub(super) fn watch(
    event_loop: &EventLoop,
    child: &Child,
    by: ChildWatch,
    look: impl FnMut(&EventLoop) + 'static,
) -> io::Result<Watched> {
    #[cfg(target_os = "linux")]
    if by == ChildWatch::Pidfd {
        use rustix::process::{Pid, PidfdFlags, pidfd_open};
        // It was not waited for yet, so this number is its own, also if it has exited.
        // Older kernels have no such call, and some sandboxes forbid it: then by the signal.
        if let Ok(pidfd) = pidfd_open(Pid::from_child(child), PidfdFlags::empty()) {
            let pidfd = Rc::new(pidfd);
            event_loop.add_reader(&pidfd, look)?;
            return Ok(Watched::ByDescriptor(pidfd));
        }
    }
    let _ = (child, by);
    event_loop.on_sigchld()?;
    // It may have exited before the handler was there.
    event_loop.call_soon(look);
    Ok(Watched::BySignal)
}

impl EventLoop {
    /// Asks all children when SIGCHLD comes, beside what the program itself does about it.
    fn on_sigchld(&self) -> io::Result<()> {
        self.add_own_signal_handler(SIGCHLD, |event_loop| {
            for tenant in event_loop.tenants().all() {
                tenant.child_may_have_exited(event_loop);
            }
        })
    }
}
