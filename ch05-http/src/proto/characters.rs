//! Which characters may be where.
//!
//! Names and values are looked at when they are sent, each of them, so that a value that came from
//! outside cannot end its line and begin another one. Eight bytes at a time are tested by arithmetic
//! on a `u64`; only what is not the plain case is looked at byte by byte.

/// Whether a token is this one, which is in small letters, and hyphens, in whatever case.
///
/// Of the characters of a token, only the two cases of a letter are the same with that bit set. All
/// bytes are compared, and none alone, which a processor does faster than one after the other.
#[inline]
pub(super) fn is<const N: usize>(token: &[u8], small: &[u8; N]) -> bool {
    let Some((token, [])) = token.split_first_chunk::<N>() else { return false };
    token.iter().zip(small).fold(0, |other, (a, b)| other | ((a | 0x20) ^ b)) == 0
}

/// A token: a method, a field's name (RFC 9110, section 5.6.2).
#[inline]
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && (all_words(text, is_lower_or_dash) || each_in_token(text))
}

/// A field's value (RFC 9110, section 5.5): no control character but the tab.
#[inline]
pub(super) fn is_value(value: &[u8]) -> bool {
    all_words(value, has_no_control) || each_in_value(value)
}

#[cold]
fn each_in_token(text: &[u8]) -> bool {
    text.iter().all(|&byte| IN_TOKEN[byte as usize])
}

#[cold]
fn each_in_value(value: &[u8]) -> bool {
    value.iter().all(|&byte| (byte >= b' ' && byte != 0x7f) || byte == b'\t')
}

const IN_TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-')
            || matches!(byte, b'.' | b'^' | b'_' | b'`' | b'|' | b'~');
        byte += 1;
    }
    table
};

/// Whether the test holds for all words of a text. The last one may overlap the one before; a text
/// that is shorter than a word is filled up by a letter.
#[inline]
fn all_words(text: &[u8], holds: impl Fn(u64) -> bool) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    if !words.iter().all(|word| holds(u64::from_le_bytes(*word))) {
        return false;
    }
    if rest.is_empty() {
        return true;
    }
    if let Some(last) = text.last_chunk::<8>() {
        return holds(u64::from_le_bytes(*last));
    }
    let word = rest.iter().fold(each(b'a'), |word, &byte| word << 8 | u64::from(byte));
    holds(word)
}

/// A word of eight such bytes.
const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

const HIGH: u64 = each(0x80);

/// No byte is below a space, and none is DEL. A borrow from one byte to the next can make this
/// false for a word that has none, if it has a byte beyond ASCII; it never makes it true.
fn has_no_control(word: u64) -> bool {
    let below_space = word.wrapping_sub(each(b' ')) & !word;
    let not_delete = word ^ each(0x7f);
    let delete = not_delete.wrapping_sub(each(1)) & !not_delete;
    (below_space | delete) & HIGH == 0
}

/// Each byte is a letter in either case, or a hyphen, as in nearly every name. Sums of two numbers
/// below 128 stay in their byte, so their high bits compare.
fn is_lower_or_dash(word: u64) -> bool {
    let low = word & !HIGH;
    let lower = low | each(0x20);
    let from_a = lower + each(0x80 - b'a');
    let beyond_z = lower + each(0x7f - b'z');
    let other_than_dash = (low ^ each(b'-')) + each(0x7f);
    (from_a & !beyond_z | !other_than_dash) & !word & HIGH == HIGH
}

#[cfg(test)]
mod tests {
    use super::{each_in_token, each_in_value, is, is_token, is_value};

    /// Every byte in every place of texts of every length about a word's.
    #[test]
    fn words_are_tested_as_bytes_are() {
        for len in 1..=25 {
            for at in 0..len {
                for byte in 0..=255 {
                    for other in [b'a', b'-', b' ', 0x80, 0xff, b'Z'] {
                        let mut text = vec![other; len];
                        text[at] = byte;
                        assert_eq!(is_token(&text), each_in_token(&text), "{text:?}");
                        assert_eq!(is_value(&text), each_in_value(&text), "{text:?}");
                    }
                }
            }
        }
        assert!(!is_token(b""));
        for name in [&b"host"[..], b"Host", b"hOST"] {
            assert!(is(name, b"host"));
        }
        for name in [&b"hos"[..], b"hosts", b"hoSs", b"iost", b""] {
            assert!(!is(name, b"host"), "{name:?}");
        }
        assert!(is(b"X-Y", b"x-y"));
        // Every two characters of a token.
        let tokens = || (0..=255).filter(|byte| is_token(&[*byte]));
        for a in tokens() {
            for b in tokens().filter(|byte| !byte.is_ascii_uppercase()) {
                let small = b.is_ascii_lowercase() || b == b'-';
                assert!(!small || is(&[a], &[b]) == a.eq_ignore_ascii_case(&b), "{a} {b}");
            }
        }
        assert!(is_value(b""));
    }
}
