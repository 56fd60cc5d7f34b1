//! Bytes in which every position is different.
//!
//! A payload of zeros comes back right from a server that loses some of them, swaps two blocks or
//! answers with another client's. So payloads here are noise: each byte depends on its offset and
//! on the seed, and any part can be made again to compare.

/// An endless stream of bytes, told from every other by its seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise(pub u64);

impl Noise {
    /// The first `len` bytes.
    #[must_use]
    pub fn bytes(self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.write_at(0, &mut bytes);
        bytes
    }

    /// Writes the part that begins at `offset`.
    pub fn write_at(self, offset: u64, out: &mut [u8]) {
        let mut at = offset;
        let mut rest = out;
        while !rest.is_empty() {
            // The offset may be in the middle of a word.
            let word = self.word(at / 8).to_le_bytes();
            let from = usize::try_from(at % 8).unwrap_or(0);
            let len = rest.len().min(8 - from);
            let (now, later) = rest.split_at_mut(len);
            now.copy_from_slice(&word[from..from + len]);
            at += len as u64;
            rest = later;
        }
    }

    /// The mixing steps of SplitMix64 (Steele, Lea and Flood, 2014): neighbours differ in half of
    /// their bits.
    fn word(self, index: u64) -> u64 {
        let mixed = self.0.wrapping_add(index).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_part_is_the_same_as_in_the_whole() {
        let whole = Noise(7).bytes(100);
        for (from, to) in [(0, 100), (1, 2), (7, 9), (8, 40), (13, 100)] {
            let mut part = vec![0; to - from];
            Noise(7).write_at(from as u64, &mut part);
            assert_eq!(part, whole[from..to]);
        }
    }
}
