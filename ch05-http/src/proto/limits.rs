//! How much of anything is taken from a peer.

// ANCHOR: head
/// Bytes of a head, from its first line to its blank line; one more is a 431 (or, if they were all
/// of the first line, a 414). Browsers send less than 8 KiB, cookies and all; this is what one
/// read brings, so that the buffer for a head is the buffer for a read.
pub const HEAD_BYTES_MAX: usize = ladder::socket::READ_BYTES;
// ANCHOR_END: head

/// Bytes of a request's target; one more is a 414. RFC 9112, section 3, asks everybody for a first
/// line of 8000 bytes; the rest of it is a method and a version.
pub const TARGET_BYTES_MAX: usize = 8000;

/// Bytes of a method; one more is a 501 (RFC 9112, section 3). The longest registered one,
/// UPDATEREDIRECTREF, has 17.
pub const METHOD_BYTES_MAX: usize = 32;

/// Fields of a head, and of trailers; one more is a 431. Browsers send about twenty. Room for them
/// is on the stack while a head is parsed.
pub const FIELDS_MAX: usize = 100;

/// Empty lines before a head that are passed over; one more is a 400. RFC 9112, section 2.2, wants
/// one, for old clients that send it behind a body.
pub const EMPTY_LINES_MAX: u8 = 4;

/// The largest size of a body that is believed; a larger one is a 413. It is what a file's length
/// can be (`off_t`), and far from where sums of it would overflow.
pub const BODY_BYTES_LARGEST: u64 = i64::MAX as u64;

/// Digits of a chunk's size, zeros in front and all; one more is a 400. So many fit into 64 bits,
/// and no size can wrap around.
pub const CHUNK_DIGITS_MAX: u8 = 16;

// ANCHOR: extension
/// Bytes of the extensions of a body's chunks, all together; one more is a 400. Nobody uses them;
/// without a bound, a body of one-byte chunks could make us read any number of bytes for each. RFC
/// 9112, section 7.1.1, asks for a bound on the total.
pub const EXTENSION_BYTES_MAX: usize = 4096;
// ANCHOR_END: extension

/// Bytes of a body's trailers with their blank line; one more is a 431. They are kept until they
/// are whole, so they are bounded as a head is, and are much smaller than one in practice.
pub const TRAILER_BYTES_MAX: usize = 4096;

/// Pieces of a body up to this size, in bytes, are copied out of the input; larger ones share its
/// memory. A small piece that is kept would keep a whole buffer with it, and a client that sends a
/// body byte by byte would have each byte cost as much as a read may bring.
pub const COPIED_BYTES_MAX: usize = 1024;

/// Interim answers (1xx) before a final one that a client passes over; one more is a fault. A
/// server could keep a client busy with them for ever, and there is no use for more than a few.
pub const INTERIM_MAX: u8 = 16;

/// The limits that a server or a client may set for itself; the others are constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a head, at most [`u32::MAX`]. [`HEAD_BYTES_MAX`] by default.
    pub head_bytes: usize,
    /// Bytes of a request's target. [`TARGET_BYTES_MAX`] by default.
    pub target_bytes: usize,
    /// Fields of a head. [`FIELDS_MAX`] by default, which is also the most.
    pub fields: usize,
    /// Bytes of a body. [`BODY_BYTES_LARGEST`] by default, which is also the most: who streams a
    /// body need not bound it.
    pub body_bytes: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            head_bytes: HEAD_BYTES_MAX,
            target_bytes: TARGET_BYTES_MAX,
            fields: FIELDS_MAX,
            body_bytes: BODY_BYTES_LARGEST,
        }
    }
}

impl Limits {
    /// These limits, none above the most that it may be.
    pub(super) fn bounded(self) -> Limits {
        Limits {
            head_bytes: self.head_bytes.min(u32::MAX as usize),
            fields: self.fields.min(FIELDS_MAX),
            body_bytes: self.body_bytes.min(BODY_BYTES_LARGEST),
            ..self
        }
    }
}
