//! Closed, and not taken out of the selector: what each kernel makes of it.
//!
//! A [`Registration`] cannot do that. The fault is made by a raw descriptor, as in C.

use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, RawFd};

use ch03_selectors::poll::Poll;
use ch03_selectors::{Registration, default_selector};

use super::*;

#[expect(unsafe_code, reason = "the promise is broken on purpose; no memory hangs on it")]
fn register_and_forget(selector: &Rc<dyn Selector>, stream: &UnixStream, index: u32) {
    let watch = watch(index, Interest::READABLE, Trigger::Level);
    // SAFETY: it is not kept open until it is unregistered, as it should be. What follows is wrong
    // events, which is what is shown, and no access to memory: a selector keeps a number.
    unsafe { selector.register(stream.as_fd(), watch).expect("registered") };
}

/// A number that the kernel gives nobody unasked: it gives the lowest that is free, and this is not.
const HIGH: RawFd = 900;

/// A descriptor of the same socket with this number.
#[expect(unsafe_code, reason = "std has no call for a descriptor with a number")]
fn at_high(stream: &UnixStream) -> UnixStream {
    // SAFETY: the call takes numbers and no pointer.
    let returned = unsafe { libc::fcntl(stream.as_raw_fd(), libc::F_DUPFD_CLOEXEC, HIGH) };
    assert_eq!(returned, HIGH, "{}", std::io::Error::last_os_error());
    // SAFETY: the call made this descriptor, so nobody else owns it.
    unsafe { UnixStream::from_raw_fd(returned) }
}

/// poll(2) is handed the number in every call. Closed, it is reported as POLLNVAL, in every call: a
/// spin. Reused, it brings the new owner's events under the old one's name.
#[test]
fn poll_spins_on_a_closed_number_and_then_reports_its_next_owner_under_the_old_name() {
    let selector: Rc<dyn Selector> = Rc::new(Poll::default());
    let (stream, _peer) = pair();
    let stream = at_high(&stream);
    register_and_forget(&selector, &stream, 7);
    drop(stream);
    for _ in 0..10 {
        assert_eq!(select(&selector, GLANCE).len(), 1, "a closed number is ready in every wait");
    }
    let (next, mut peer_of_next) = pair();
    let _next = at_high(&next);
    assert_eq!(select(&selector, GLANCE), [], "it is somebody else's, who has nothing to say");
    peer_of_next.write_all(b"x").expect("room");
    assert_eq!(
        select(&selector, PATIENCE)[0].token.index,
        7,
        "and whose input goes to the wrong one"
    );
}

/// epoll(7) forgets a file when its last descriptor is closed. While another one is open, as after
/// fork or dup, it goes on reporting, and the number by which it could be taken out is gone.
#[cfg(target_os = "linux")]
#[test]
fn epoll_goes_on_reporting_a_closed_descriptor_while_a_copy_is_open() {
    let selector = default_selector().expect("a selector");
    let (stream, mut peer) = pair();
    let copy = stream.try_clone().expect("a second descriptor");
    register_and_forget(&selector, &stream, 7);
    drop(stream);
    peer.write_all(b"x").expect("room");
    let events = select(&selector, PATIENCE);
    assert_eq!(events[0].token.index, 7, "reported for a descriptor that is closed");
    assert_eq!(select(&selector, GLANCE).len(), 1, "again and again");
    let taken_out = selector.unregister(copy.as_fd()).expect_err("under another number");
    assert_eq!(taken_out.kind(), std::io::ErrorKind::NotFound);
    drop(copy);
    assert_eq!(select(&selector, GLANCE), [], "only now is it over");
}

/// The repair: who owns the registration, cannot close before it is taken out.
#[test]
fn a_dropped_registration_is_taken_out_before_it_is_closed() {
    for selector in [Rc::new(Poll::default()) as _, default_selector().expect("a selector")] {
        let (stream, mut peer) = pair();
        let copy = stream.try_clone().expect("a second descriptor");
        let watch = watch(7, Interest::READABLE, Trigger::Level);
        drop(Registration::new(&selector, stream, watch).expect("registered"));
        peer.write_all(b"x").expect("room");
        assert_eq!(select(&selector, GLANCE), []);
        drop(copy);
    }
}
