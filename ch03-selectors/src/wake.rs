//! A descriptor by which another thread ends a wait.
//!
//! A thread that sleeps in `select` hears nothing but its descriptors. So one of them is its own:
//! whoever wants to wake it writes a byte there. This is the old self-pipe, made of two sockets.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::event::{Interest, Token, Trigger, Watch};
use crate::selector::{Registration, Selector};

/// The sleeper's end: registered in its selector.
#[derive(Debug)]
pub struct WakeReceiver {
    reader: Registration<UnixStream>,
    pending: Arc<AtomicBool>,
}

/// The other end: for any thread, and any number of them.
#[derive(Clone, Debug)]
pub struct Waker {
    writer: Arc<UnixStream>,
    /// A byte is under way. A thousand wakes before the sleeper looks cost one write.
    pending: Arc<AtomicBool>,
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
    let (writer, reader) = UnixStream::pair()?;
    writer.set_nonblocking(true)?;
    reader.set_nonblocking(true)?;
    let watch = Watch { token, interest: Interest::READABLE, trigger };
    let reader = Registration::new(selector, reader, watch)?;
    let pending = Arc::new(AtomicBool::new(false));
    let waker = Waker { writer: Arc::new(writer), pending: Arc::clone(&pending) };
    Ok((waker, WakeReceiver { reader, pending }))
}

impl Waker {
    /// Ends the sleeper's wait, the one under way or the next one.
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::SeqCst) {
            // Its buffer holds far more than the one byte that can be under way; and a sleeper that
            // is gone needs no waking.
            let _ = (&*self.writer).write(b"!");
        }
    }
}

impl WakeReceiver {
    /// Takes the wake-ups that came, so that the next one counts anew. To be called when the
    /// selector names the token, and before looking for the work that they announce.
    pub fn clear(&self) {
        // First the byte, then the flag. The other way round, a wake-up between the two would have
        // its byte taken here and leave the flag set, and no later one would write again.
        let mut bytes = [0; 8];
        while matches!(self.reader.source().read(&mut bytes), Ok(read) if read == bytes.len()) {}
        self.pending.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::default_selector;
    use std::thread;
    use std::time::Duration;

    const WAKE: Token = Token { index: 7, generation: 0 };

    #[test]
    fn a_thousand_wakes_are_one_event_and_the_next_one_counts() {
        let selector = default_selector().expect("a selector");
        let (waker, receiver) = wake_pair(&selector, WAKE, Trigger::Level).expect("a pair");
        let mut events = Vec::new();
        for _ in 0..3 {
            for _ in 0..1000 {
                waker.wake();
            }
            selector.select(&mut events, None).expect("a wait");
            assert_eq!(events.len(), 1);
            receiver.clear();
            selector.select(&mut events, Some(Duration::ZERO)).expect("a look");
            assert_eq!(events, []);
        }
    }

    #[test]
    fn a_sleeper_is_woken_from_another_thread() {
        let selector = default_selector().expect("a selector");
        let (waker, receiver) = wake_pair(&selector, WAKE, Trigger::Level).expect("a pair");
        let waking = thread::spawn(move || waker.wake());
        let mut events = Vec::new();
        selector.select(&mut events, None).expect("a wait");
        receiver.clear();
        waking.join().expect("woke");
    }
}
