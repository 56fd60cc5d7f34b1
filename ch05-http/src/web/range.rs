//! Which part of a file is asked for (RFC 9110, section 14).

/// What a Range field asks for, of something that has a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All: there is no such field, or one that may be passed over.
    All,
    /// These bytes: from, and how many.
    Part(u64, u64),
    /// None that are there.
    Nothing,
}

/// Reads `bytes=from-to`, `bytes=from-` and `bytes=-last`.
///
/// Several ranges get the whole, as a server may always answer (section 14.2): many small ones, or
/// ones that overlap, would cost far more than the file does. What is no range at all is passed
/// over, too.
pub(super) fn asked(field: Option<&str>, len: u64) -> Asked {
    let bytes = |(unit, range): (&str, _)| unit.eq_ignore_ascii_case("bytes").then_some(range);
    let Some(range): Option<&str> = field.and_then(|field| field.split_once('=')).and_then(bytes)
    else {
        return Asked::All;
    };
    let Some((first, last)) = range.trim().split_once('-') else { return Asked::All };
    match (number(first), number(last)) {
        // The last so many.
        (Number::None, Number::Some(0)) => Asked::Nothing,
        (Number::None, Number::Some(_)) if len == 0 => Asked::Nothing,
        (Number::None, Number::Some(last)) => Asked::Part(len.saturating_sub(last), last.min(len)),
        (Number::Some(first), Number::Some(last)) if last < first => Asked::All,
        (Number::Some(first), Number::None | Number::Some(_)) if first >= len => Asked::Nothing,
        (Number::Some(first), Number::None) => Asked::Part(first, len - first),
        (Number::Some(first), Number::Some(last)) => {
            Asked::Part(first, last.min(len - 1) - first + 1)
        }
        _ => Asked::All,
    }
}

enum Number {
    None,
    Some(u64),
    Wrong,
}

/// Digits alone; what does not fit is as large as can be.
fn number(digits: &str) -> Number {
    if digits.is_empty() {
        return Number::None;
    }
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Number::Wrong;
    }
    Number::Some(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_bytes_that_are_there() {
        for (field, expected) in [
            ("bytes=0-0", Asked::Part(0, 1)),
            ("Bytes=0-0", Asked::Part(0, 1)),
            ("bytes=0-99", Asked::Part(0, 100)),
            ("bytes=0-100", Asked::Part(0, 100)),
            ("bytes=99-", Asked::Part(99, 1)),
            ("bytes=100-", Asked::Nothing),
            ("bytes=-1", Asked::Part(99, 1)),
            ("bytes=-100", Asked::Part(0, 100)),
            ("bytes=-1000", Asked::Part(0, 100)),
            ("bytes=-0", Asked::Nothing),
            ("bytes=5-99999999999999999999999999", Asked::Part(5, 95)),
            ("bytes=99999999999999999999999999-", Asked::Nothing),
        ] {
            assert_eq!(asked(Some(field), 100), expected, "{field}");
        }
    }

    #[test]
    fn what_is_no_single_range_gets_the_whole() {
        for field in [
            "bytes=5-4",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=-",
            "bytes=1",
            "",
        ] {
            assert_eq!(asked(Some(field), 100), Asked::All, "{field}");
        }
        assert_eq!(asked(None, 100), Asked::All);
    }

    #[test]
    fn an_empty_file_has_no_part() {
        assert_eq!(asked(Some("bytes=0-"), 0), Asked::Nothing);
        assert_eq!(asked(Some("bytes=-5"), 0), Asked::Nothing);
    }
}
