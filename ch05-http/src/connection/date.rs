//! The Date of an answer, by the clock that tells the deadlines.

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::proto::Date;

/// A date, and the time for which it is one.
#[derive(Clone, Copy)]
struct Known {
    date: Date,
    from: Instant,
    until: Instant,
}

thread_local! {
    static KNOWN: Cell<Option<Known>> = const { Cell::new(None) };
}

/// The Date for a moment that is now, and until when it is the right one.
///
/// To ask the system's clock for each answer would be a second look at a clock, where one has been had
/// already. So it is asked once a second on each thread; if somebody sets it, that is seen as late.
pub(super) fn at(now: Instant) -> (Date, Instant) {
    if let Some(known) = KNOWN.get()
        && known.from <= now
        && now < known.until
    {
        return (known.date, known.until);
    }
    let time = SystemTime::now();
    let past = time.duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let left = Duration::from_secs(1).saturating_sub(Duration::from_nanos(past.into()));
    let date = Date::at(time);
    let until = now.checked_add(left).unwrap_or(now);
    KNOWN.set(Some(Known { date, from: now, until }));
    (date, until)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant, UNIX_EPOCH};

    use super::{Date, KNOWN, Known, at};

    #[test]
    fn a_date_is_kept_for_its_second_and_not_longer() {
        let (earlier, second) = (Instant::now(), Duration::from_secs(1));
        let from = earlier + second;
        let old = Date::at(UNIX_EPOCH);
        let known = Known { date: old, from, until: from + second };
        for (now, kept) in [
            (from, true),
            (from + second / 2, true),
            (from + second, false),
            // By another clock.
            (earlier, false),
        ] {
            KNOWN.set(Some(known));
            let (before, (date, until), after) = (Date::now(), at(now), Date::now());
            assert!(now < until && until <= now + second);
            assert_eq!(date == old, kept);
            assert!(kept || date == before || date == after);
        }
        // What was asked for last is known.
        assert_eq!(at(earlier), at(earlier));
    }
}
