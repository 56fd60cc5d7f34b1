//! What is waited for, and what comes back.

use std::ops::BitOr;

/// What a registration waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Input, the end of input, or for a listener a client.
    pub readable: bool,
    /// Room for output.
    pub writable: bool,
}

impl Interest {
    /// Nothing; a selector may still report an error or a hang-up, which cannot be masked
    /// (poll(2), `epoll_ctl(2)`).
    pub const NONE: Interest = Interest { readable: false, writable: false };
    /// Input.
    pub const READABLE: Interest = Interest { readable: true, writable: false };
    /// Room for output.
    pub const WRITABLE: Interest = Interest { readable: false, writable: true };
    /// Both.
    pub const BOTH: Interest = Interest { readable: true, writable: true };
}

impl BitOr for Interest {
    type Output = Interest;

    fn bitor(self, other: Interest) -> Interest {
        Interest {
            readable: self.readable || other.readable,
            writable: self.writable || other.writable,
        }
    }
}

/// When a selector reports a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// As long as it is ready: on every call, until somebody has read or written.
    Level,
    /// When it becomes ready, or more arrives: once, whatever is done about it (epoll(7)).
    Edge,
    /// When it is ready, and then not again, in either direction and whatever arrives, until it is
    /// armed anew ([`Registration::rearm`](crate::Registration::rearm)).
    OneShot,
}

impl Trigger {
    /// All of them. No selector must have more than one; [`Selector`](crate::Selector) says which
    /// has what.
    pub const ALL: [Trigger; 3] = [Trigger::Level, Trigger::Edge, Trigger::OneShot];
}

/// Names a registration, in the words of whoever made it; a selector only carries it.
///
/// The kernel reuses descriptor numbers, and servers reuse places in their tables. So an index
/// alone could bring an event meant for a client that left to the one who took its place: the
/// generation tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// A place in the owner's table.
    pub index: u32,
    /// How often that place was taken before.
    pub generation: u32,
}

impl Token {
    /// As the number that a selector carries.
    #[must_use]
    pub const fn to_bits(self) -> u64 {
        ((self.generation as u64) << 32) | self.index as u64
    }

    /// As the `usize` that the libraries carry.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "asserted below not to be one")]
    pub const fn to_usize(self) -> usize {
        self.to_bits() as usize
    }

    /// From the number that a selector carried.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Token {
        Token { index: (bits & 0xffff_ffff) as u32, generation: (bits >> 32) as u32 }
    }
}

/// The libraries carry a token in a `usize`.
const _: () = assert!(usize::BITS >= u64::BITS, "a token needs 64 bits");

/// What is asked of a selector for one descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    /// By what name it is reported.
    pub token: Token,
    /// For what.
    pub interest: Interest,
    /// And how often.
    pub trigger: Trigger,
}

/// A registration is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which one.
    pub token: Token,
    /// A read will not block: it brings bytes, the end of input, or an error.
    pub readable: bool,
    /// A write will not block: it takes bytes, or brings an error.
    pub writable: bool,
    /// There is more to the input than bytes: its end, an error, or urgent data. A read that brings
    /// less than was asked for may then have left something. Where a selector cannot tell, it says
    /// so too often.
    pub exceptional: bool,
}
