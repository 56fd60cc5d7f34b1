//! The fields of a head, or of trailers.

use std::fmt;

use smallvec::SmallVec;

/// Where a field is in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) name: u32,
    pub(super) name_len: u32,
    pub(super) value: u32,
    pub(super) value_len: u32,
}

/// Fields in the order in which they came, names in the case in which they came.
///
/// It is one text and the places of the names and values in it: nothing is hashed, and nothing is
/// copied twice. A name is looked for from the front, which for a few dozen is as fast as anything.
#[derive(Clone, Default)]
pub struct Fields {
    pub(super) text: Vec<u8>,
    /// Four are those of a small request; they need no allocation.
    pub(super) places: SmallVec<[Place; 4]>,
}

impl Fields {
    /// No fields.
    #[must_use]
    pub fn new() -> Fields {
        Fields::default()
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
        self.places.iter().map(|place| {
            let name = self.bytes(place.name, place.name_len);
            // Tokens are ASCII, and a name that was pushed came as a str.
            let name = str::from_utf8(name).unwrap_or_default();
            (name, self.bytes(place.value, place.value_len))
        })
    }

    /// Adds a field behind the others. Whether it may be sent is looked at when it is.
    ///
    /// # Panics
    ///
    /// If all fields together become larger than 4 GiB.
    pub fn push(&mut self, name: &str, value: &[u8]) {
        let small = |len: usize| u32::try_from(len).expect("fields of less than 4 GiB");
        let begin = self.text.len();
        self.text.extend_from_slice(name.as_bytes());
        let middle = self.text.len();
        self.text.extend_from_slice(value);
        small(self.text.len());
        self.places.push(Place {
            name: small(begin),
            name_len: small(name.len()),
            value: small(middle),
            value_len: small(value.len()),
        });
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn bytes(&self, from: u32, len: u32) -> &[u8] {
        &self.text[from as usize..][..len as usize]
    }
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
        f.debug_map()
            .entries(self.iter().map(|(name, value)| (name, value.escape_ascii().to_string())))
            .finish()
    }
}
