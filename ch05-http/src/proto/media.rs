//! Of what kind a body is.

const NAME: &str = "content-type: ";
const END: &str = "\r\n";

/// A media type that is known when the program is built (RFC 9110, section 8.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    line: &'static str,
}

impl MediaType {
    /// Text in UTF-8.
    pub const TEXT: MediaType = MediaType::of_line("content-type: text/plain; charset=utf-8\r\n");
    /// Bytes of no particular kind.
    pub const BYTES: MediaType = MediaType::of_line("content-type: application/octet-stream\r\n");
    /// JSON (RFC 8259).
    pub const JSON: MediaType = MediaType::of_line("content-type: application/json\r\n");

    /// The type that this line of a head says, which is sent as it is.
    ///
    /// # Panics
    ///
    /// If it is no such line: in a constant, when the program is built.
    #[must_use]
    pub const fn of_line(line: &'static str) -> MediaType {
        let (name, rest) = line.split_at(NAME.len());
        let (mut value, end) = rest.as_bytes().split_at(rest.len() - END.len());
        assert!(
            same(name.as_bytes(), NAME.as_bytes()) && same(end, END.as_bytes()),
            "no such line"
        );
        while let [first, others @ ..] = value {
            assert!(!first.is_ascii_control(), "a control character in a media type");
            value = others;
        }
        MediaType { line }
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        &self.line[NAME.len()..self.line.len() - END.len()]
    }

    /// Its line, with its CR LF.
    pub(super) fn line(self) -> &'static [u8] {
        self.line.as_bytes()
    }
}

/// A constant can compare no slices.
const fn same(mut left: &[u8], mut right: &[u8]) -> bool {
    while let ([a, left_rest @ ..], [b, right_rest @ ..]) = (left, right) {
        if *a != *b {
            return false;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.is_empty() && right.is_empty()
}
