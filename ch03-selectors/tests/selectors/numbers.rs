//! FD_SETSIZE: the number from which select(2) cannot go on.

use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use ch03_selectors::select::FD_SETSIZE;

use super::*;

/// The tests run side by side, and only one of them can have a number.
static NUMBERS: Mutex<()> = Mutex::new(());

/// A selector that has a set of bits refuses, in words, and goes on with those it has. The others do
/// not care. No one writes behind its set.
pub(crate) fn the_highest_number_of_a_set_and_the_one_behind_it(selector: &Rc<dyn Selector>) {
    let _one_at_a_time = NUMBERS.lock().unwrap_or_else(PoisonError::into_inner);
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let limit = RawFd::try_from(FD_SETSIZE).expect("a small number");
    let trigger = triggers(selector)[0];
    let within = pair_at(limit - 1);
    let behind = pair_at(limit);
    let in_order = [within.0.as_raw_fd(), behind.0.as_raw_fd()];
    assert_eq!(in_order, [limit - 1, limit]);

    let (stream, mut peer_within) = within;
    let _within = readable(selector, stream, trigger);
    let (stream, mut peer_behind) = behind;
    let watch = watch(token(2), Interest::READABLE, trigger);
    let refusing = format!("{selector:?}").starts_with("Select");
    let _behind = match Registration::new(selector, stream, watch) {
        Ok(behind) => {
            assert!(!refusing, "select took {limit}");
            Some(behind)
        }
        Err(error) => {
            assert!(refusing, "{error}");
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            let text =
                format!("descriptor {limit} is beyond select, which takes those below {limit}");
            assert_eq!(error.to_string(), text);
            None
        }
    };
    // Nobody reads there any more, if it was refused.
    let _ = peer_behind.write(b"x");
    peer_within.write_all(b"x").expect("room");
    let mut tokens: Vec<_> = select(selector, PATIENCE).iter().map(|e| e.token).collect();
    tokens.sort_by_key(|token| token.index);
    let all = [token(1), token(2)];
    assert_eq!(tokens, if refusing { &all[..1] } else { &all[..] });
}

/// A pair of which the first has this number, if that is free.
#[expect(unsafe_code, reason = "std has no call for a descriptor with a number")]
fn pair_at(number: RawFd) -> (UnixStream, UnixStream) {
    let (stream, peer) = pair();
    // SAFETY: the call takes numbers and no pointer.
    let returned = unsafe { libc::fcntl(stream.as_raw_fd(), libc::F_DUPFD_CLOEXEC, number) };
    assert!(returned >= 0, "{}", io::Error::last_os_error());
    // SAFETY: the call made this descriptor, so nobody else owns it.
    (unsafe { UnixStream::from_raw_fd(returned) }, peer)
}
