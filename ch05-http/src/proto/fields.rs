//! The fields of a head, or of trailers.

use std::cell::Cell;
use std::fmt;
use std::mem;

/// Fields in the order in which they came, names in the case in which they came.
///
/// They are one text, and behind it the places of the names and values in it, all in one
/// allocation: nothing is hashed, and nothing is copied twice. A name is looked for from the front,
/// which for a few dozen is as fast as anything.
#[derive(Clone, Default)]
pub struct Fields {
    /// `text_len` bytes of text, and then the places.
    buffer: Vec<u8>,
    text_len: u32,
}

/// Where a field is in the text.
#[derive(Clone, Copy)]
struct Place {
    name: u32,
    name_len: u32,
    value: u32,
    value_len: u32,
}

impl Place {
    const BYTES: usize = 16;

    fn to_bytes(self) -> [u8; Place::BYTES] {
        let Place { name, name_len, value, value_len } = self;
        let halves = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let whole = u128::from(halves(name, name_len)) | u128::from(halves(value, value_len)) << 64;
        whole.to_le_bytes()
    }

    fn from_bytes(bytes: &[u8; Place::BYTES]) -> Place {
        let number = |at: usize| {
            u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Place { name: number(0), name_len: number(4), value: number(8), value_len: number(12) }
    }
}

impl Fields {
    /// No fields.
    #[must_use]
    pub fn new() -> Fields {
        Fields::default()
    }

    /// Forgets what there was, for a text in which there will be so many fields.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of receiving a head")]
    pub(super) fn begin(&mut self, text: &[u8], fields: usize) {
        let bytes = text.len() + fields * Place::BYTES;
        if self.buffer.capacity() < bytes {
            // The smaller one is kept for another one.
            *self = Fields { buffer: spare(bytes), text_len: 0 };
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(text);
        self.text_len = narrow(text.len());
    }

    /// Gives its memory back if that is large: what comes next is mostly small.
    #[inline]
    pub(super) fn keep_if_small(&mut self) {
        if self.buffer.capacity() > SPARE_BYTES_MAX {
            *self = Fields::new();
        }
    }

    /// Says where in the text the next field is. Both are parts of `text`, from which ours was
    /// copied.
    #[inline]
    pub(super) fn place(&mut self, text: &[u8], name: &[u8], value: &[u8]) {
        let place = Place {
            name: offset(text, name),
            name_len: narrow(name.len()),
            value: offset(text, value),
            value_len: narrow(value.len()),
        };
        self.buffer.extend_from_slice(&place.to_bytes());
    }

    /// The value of the first field of that name, whatever the case of either.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The values of all fields of that name, in order.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All names and values, in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &[u8])> {
        self.places().iter().map(|place| {
            let place = Place::from_bytes(place);
            // Tokens are ASCII, and a name that was pushed came as a str.
            let name = str::from_utf8(self.text(place.name, place.name_len)).unwrap_or_default();
            (name, self.text(place.value, place.value_len))
        })
    }

    /// Adds a field behind the others. Whether it may be sent is looked at when it is.
    ///
    /// It moves the places: many fields at once are better kept in another form.
    ///
    /// # Panics
    ///
    /// If all fields together become larger than 4 GiB.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let begin = self.text_len as usize;
        let places = self.buffer.split_off(begin);
        self.buffer.extend_from_slice(name.as_bytes());
        self.buffer.extend_from_slice(value);
        let end = self.buffer.len();
        assert!(u32::try_from(end).is_ok(), "fields of more than 4 GiB");
        let place = Place {
            name: narrow(begin),
            name_len: narrow(name.len()),
            value: narrow(begin + name.len()),
            value_len: narrow(value.len()),
        };
        self.text_len = narrow(end);
        self.buffer.extend_from_slice(&places);
        self.buffer.extend_from_slice(&place.to_bytes());
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places().is_empty()
    }

    fn places(&self) -> &[[u8; Place::BYTES]] {
        self.buffer[self.text_len as usize..].as_chunks().0
    }

    pub(super) fn text(&self, from: u32, len: u32) -> &[u8] {
        &self.buffer[from as usize..][..len as usize]
    }
}

/// A larger buffer is not kept.
const SPARE_BYTES_MAX: usize = 2 << 10;

thread_local! {
    /// The last head's buffer. One request comes after the other, so that the next one mostly takes it;
    /// to free it and to allocate another costs four times as much.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer with room for so many bytes.
#[inline]
fn spare(bytes: usize) -> Vec<u8> {
    if bytes <= SPARE_BYTES_MAX {
        // At the end of a thread there is none any more.
        let buffer = SPARE.try_with(Cell::take).unwrap_or_default();
        if buffer.capacity() >= bytes {
            return buffer;
        }
        // Not the least that does, so that it does for the next ones, too.
        return Vec::with_capacity(bytes.next_power_of_two());
    }
    Vec::with_capacity(bytes)
}

impl Drop for Fields {
    #[inline]
    fn drop(&mut self) {
        if (1..=SPARE_BYTES_MAX).contains(&self.buffer.capacity()) {
            let mut buffer = mem::take(&mut self.buffer);
            buffer.clear();
            // As above: then it is freed.
            let _ = SPARE.try_with(|spare| spare.set(buffer));
        }
    }
}

/// Where `part` is within `text`, of which it is a part.
#[inline]
pub(super) fn offset(text: &[u8], part: &[u8]) -> u32 {
    narrow(part.as_ptr().addr() - text.as_ptr().addr())
}

/// A length within a head, whose size `Limits::bounded` bounds.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a head is shorter than 4 GiB")]
pub(super) fn narrow(len: usize) -> u32 {
    len as u32
}

/// Fields are the same if their names and values are, wherever the texts have them.
impl PartialEq for Fields {
    fn eq(&self, other: &Fields) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.iter().map(|(name, value)| (name, value.escape_ascii().to_string()));
        f.debug_map().entries(fields).finish()
    }
}
