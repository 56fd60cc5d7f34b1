//! The time that an answer is given at.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A Date field, ready to be sent (RFC 9110, section 6.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date {
    line: [u8; Date::LINE_BYTES],
}

impl Date {
    const LINE_BYTES: usize = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n".len();

    /// The field for this time.
    #[must_use]
    pub fn at(time: SystemTime) -> Date {
        // `httpdate` cannot say a time before 1970 or after 9999; no clock is so wrong.
        let latest = UNIX_EPOCH + Duration::from_secs(253_402_300_799);
        let text = httpdate::HttpDate::from(time.clamp(UNIX_EPOCH, latest)).to_string();
        let mut line = *b"date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
        line[6..6 + 29].copy_from_slice(text.as_bytes());
        Date { line }
    }

    /// The field for now. Whoever answers much keeps it for as long as its second lasts.
    #[must_use]
    pub fn now() -> Date {
        Date::at(SystemTime::now())
    }

    /// Its line, with its CR LF.
    pub(super) fn line(&self) -> &[u8; Date::LINE_BYTES] {
        &self.line
    }
}
