//! Where does the body end?
//!
//! Two servers stand one behind the other. If they do not agree on where a request ends, a client can hide a second
//! request in the body of the first: only the server behind sees it. So whatever has two readings must be refused.
//!
//! `length` takes the first length that it finds, and takes it as Rust takes numbers. Find what else must be refused.
//! [RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3) has the rules.
//!
//! Hint: what does `"+5".parse::<u64>()` say?

/// A request whose end is not known for sure.
#[derive(Debug, PartialEq)]
struct Refused;

/// The length of the body of a request with these fields, whose names are in small letters. This server knows no
/// chunks.
fn length(fields: &[(&str, &str)]) -> Result<u64, Refused> {
    // SOLUTION
    if fields.iter().any(|(name, _)| *name == "transfer-encoding") {
        return Err(Refused);
    }
    let mut lengths = fields.iter().filter(|(name, _)| *name == "content-length");
    let Some((_, digits)) = lengths.next() else { return Ok(0) };
    if lengths.next().is_some() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refused);
    }
    digits.parse().map_err(|_| Refused)
    // START
    // let found = fields.iter().find(|(name, _)| *name == "content-length");
    // found.map_or(Ok(0), |(_, digits)| digits.parse().map_err(|_| Refused))
    // END
}

#[test]
fn a_length_is_digits_and_nothing_else() {
    assert_eq!(length(&[("host", "a")]), Ok(0));
    assert_eq!(length(&[("host", "a"), ("content-length", "5")]), Ok(5));
    for odd in ["+5", "-5", "5, 5", " 5", "0x5", "", "99999999999999999999"] {
        assert_eq!(length(&[("content-length", odd)]), Err(Refused), "{odd:?}");
    }
}

#[test]
fn two_ways_to_know_the_end_are_one_too_many() {
    let twice = [("content-length", "5"), ("host", "a"), ("content-length", "6")];
    assert_eq!(length(&twice), Err(Refused));
    let chunked = ("transfer-encoding", "chunked");
    assert_eq!(length(&[("content-length", "5"), chunked]), Err(Refused));
    assert_eq!(length(&[chunked]), Err(Refused), "not a body without bytes");
}
