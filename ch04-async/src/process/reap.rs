//! No zombies: who is not waited for by its owner is waited for here.
//!
//! A child that has ended keeps its entry in the kernel's table until its parent has asked how it
//! ended (waitpid(2)). A server that starts one child a request and forgets one in ten is full of
//! zombies one day. So a [`Child`](super::Child) that is dropped while it runs goes to a task; and
//! when the runtime ends before the child does, to a thread that ends with it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{self, ExitStatus};
use std::task::{Context, Poll};
use std::thread;

use super::exit::Exit;
use crate::runtime::with_current;
use crate::spawn;

/// A child that nobody has waited for to the end.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) child: process::Child,
    pub(super) exit: Exit,
}

impl Running {
    pub(super) fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        self.exit.poll(&mut self.child, context)
    }

    /// Whether there is nothing left to wait for; an error says so, too.
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// Waits for a child whose owner is gone.
pub(super) fn see_off(mut running: Running) {
    if running.has_ended() {
        return;
    }
    let orphan = Orphan(Some(running));
    if with_current(|_| ()).is_some() {
        drop(spawn(orphan));
    }
    // Else it is dropped here, and goes to a thread.
}

/// The task of a child without an owner.
struct Orphan(Option<Running>);

impl Future for Orphan {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(running) = &mut self.0 else { return Poll::Ready(()) };
        // How it ended is nobody's business any more.
        running.poll_wait(context).map(|_| self.0 = None)
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        let Some(mut running) = self.0.take() else { return };
        if running.has_ended() {
            return;
        }
        let Running { mut child, exit } = running;
        drop(exit);
        let reaper = thread::Builder::new().name("reaper".to_owned());
        // If not even a thread can be had, it stays a zombie from its end to ours.
        let _ = reaper.spawn(move || child.wait());
    }
}
