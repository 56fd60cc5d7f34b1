//! The time that an answer is given at.

use std::cell::Cell;
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

    /// The field for now. It is written anew when the second has changed, and not for each answer:
    /// each thread keeps the last one.
    #[must_use]
    pub fn now() -> Date {
        thread_local! {
            static LAST: Cell<(u64, Date)> = const {
                Cell::new((u64::MAX, Date { line: [0; Date::LINE_BYTES] }))
            };
        }
        let now = SystemTime::now();
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let (last, date) = LAST.get();
        if last == second {
            return date;
        }
        let date = Date::at(now);
        LAST.set((second, date));
        date
    }

    /// Its line, with its CR LF.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }
}
