//! Room to read into, of which each thread has one.
//!
//! Safe code reads into memory that has a value. To give it one for each read would cost more than the
//! read, and to keep some for each connection would cost more than the connection.

use std::cell::RefCell;
use std::task::{Poll, ready};

use bytes::BytesMut;
use ladder::socket::READ_BYTES;

thread_local! {
    static SCRATCH: RefCell<[u8; READ_BYTES]> = const { RefCell::new([0; READ_BYTES]) };
}

/// Calls `read` with room for [`READ_BYTES`]. What is in it is left from somebody else.
pub(crate) fn with<R>(read: impl FnOnce(&mut [u8]) -> R) -> R {
    SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
        Ok(mut scratch) => read(&mut *scratch),
        // A reader that reads for its own reader, over the same room.
        Err(_) => read(&mut vec![0; READ_BYTES]),
    })
}

/// The same for a read that says how many bytes came: those are put behind what `input` has.
pub(crate) fn read_into<E>(
    input: &mut BytesMut,
    read: impl FnOnce(&mut [u8]) -> Poll<Result<usize, E>>,
) -> Poll<Result<usize, E>> {
    with(|scratch| {
        let came = ready!(read(scratch))?;
        input.extend_from_slice(&scratch[..came]);
        Poll::Ready(Ok(came))
    })
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn a_reader_within_a_reader_has_room_of_its_own() {
        with(|outer| {
            outer[0] = 1;
            with(|inner| {
                assert_eq!(inner.len(), outer.len());
                inner[0] = 2;
            });
            assert_eq!(outer[0], 1);
        });
    }
}
