//! A descriptor by which another thread ends a wait.
//!
//! A thread that sleeps in `select` hears nothing but its descriptors. So one of them is its own:
//! whoever wants to wake it makes that one readable. On Linux it is a counter (eventfd(2)),
//! elsewhere one of two connected sockets, which is the old self-pipe.

use std::io;
use std::rc::Rc;
use std::sync::Arc;

use crate::event::{Interest, Token, Trigger, Watch};
use crate::selector::{Registration, Selector};

#[cfg(any(target_os = "linux", target_os = "android"))]
mod eventfd;
mod pending;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), test))]
mod sockets;

#[cfg(any(target_os = "linux", target_os = "android"))]
use eventfd as bell;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use sockets as bell;

use bell::{Receiver, Sender};
use pending::Pending;
use std::sync::atomic;

/// The sleeper's end: registered in its selector.
#[derive(Debug)]
pub struct WakeReceiver {
    receiver: Registration<Receiver>,
    pending: Arc<Pending>,
}

/// The other end: for any thread, and any number of them.
#[derive(Clone, Debug)]
pub struct Waker {
    sender: Sender,
    /// A thousand wakes before the sleeper looks cost one system call.
    pending: Arc<Pending>,
}

/// Makes both ends, and registers the sleeper's under `token`.
///
/// # Errors
///
/// When there are no descriptors left, or the selector does not take one.
pub fn wake_pair(
    selector: &Rc<dyn Selector>,
    token: Token,
    trigger: Trigger,
) -> io::Result<(Waker, WakeReceiver)> {
    let (sender, receiver) = bell::pair()?;
    let watch = Watch { token, interest: Interest::READABLE, trigger };
    let receiver = Registration::new(selector, receiver, watch)?;
    let pending = Arc::new(Pending::new());
    let waker = Waker { sender, pending: Arc::clone(&pending) };
    Ok((waker, WakeReceiver { receiver, pending }))
}

impl Waker {
    /// Ends the sleeper's wait, the one under way or the next one. What was done before this call,
    /// the sleeper sees after its [`clear`](WakeReceiver::clear).
    pub fn wake(&self) {
        if self.pending.set() {
            bell::ring(&self.sender);
        }
    }
}

impl WakeReceiver {
    /// Takes the wake-ups that came, so that the next one counts anew. To be called when the
    /// selector names the token, and before looking for the work that they announce.
    pub fn clear(&self) {
        self.pending.take(|| bell::silence(self.receiver.source()));
        if self.receiver.watch().trigger == Trigger::OneShot {
            // It was taken before, so it cannot be refused now.
            let _ = self.receiver.rearm();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{ErrorKind, Read};

    /// What is rung elsewhere is tried here, too.
    #[test]
    fn sockets_that_rang_any_number_of_times_are_silent_after_one_call() {
        let (sender, receiver) = sockets::pair().expect("two sockets");
        for rings in [1, 8, 16, 100] {
            (0..rings).for_each(|_| sockets::ring(&sender));
            sockets::silence(&receiver);
            let silent = (&receiver).read(&mut [0]).expect_err("nothing to read");
            assert_eq!(silent.kind(), ErrorKind::WouldBlock, "after {rings}");
        }
        drop(receiver);
        sockets::ring(&sender);
    }
}
