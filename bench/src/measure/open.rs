//! What an open loop says beside what a closed one does, and whether it can be believed.

use serde::Serialize;

use super::{Slice, us_at};
use crate::load::{OpenSample, Sample};

/// With more of the due messages never sent the rate was not held: the last clients of a slice are always
/// in the midst of something.
const UNSENT_SHARE_MAX: f64 = 0.02;

/// Where the generator's own lag is more of the response time than this, the response time is not the
/// server's.
const LAG_SHARE_MAX: f64 = 0.25;

/// A lag that is no more than this is a turn of the generator's loop.
const LAG_US_MIN: f64 = 50.0;

/// The figures of an open loop. Its round trips are counted from when a message was sent.
#[derive(Clone, Debug, Serialize)]
pub struct Open {
    /// Half of the answers came within this time after the message was due.
    pub response_p50_us: f64,
    /// 99 % of them.
    pub response_p99_us: f64,
    /// 99 % of the messages whose client was free were sent within this time after they were due.
    pub lag_p99_us: f64,
    /// Messages that were due.
    pub due: u64,
    /// Those that were never sent: their clients waited for earlier answers to the end.
    pub unsent: u64,
    /// The time in which the generator had nothing to do, as a share of the wall's.
    pub client_idle_share: f64,
}

/// Who did not keep to the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Late {
    /// It answered fewer messages than were due.
    Server,
    /// It had no time left to send them, or sent them late where nothing hindered it. What the row says
    /// of response times, it says of the generator.
    Generator,
}

impl Open {
    pub(super) fn of(open: OpenSample) -> (Sample, Open) {
        let OpenSample { closed, response, lag, due, unsent, idle } = open;
        let figures = Open {
            response_p50_us: us_at(&response, 0.5),
            response_p99_us: us_at(&response, 0.99),
            lag_p99_us: us_at(&lag, 0.99),
            due,
            unsent,
            client_idle_share: idle.as_secs_f64() / closed.wall.as_secs_f64(),
        };
        (closed, figures)
    }

    /// Who was late in this slice, if anybody was. `client_bound` is what [`Slice::client_bound`] says.
    #[must_use]
    pub fn late(&self, client_bound: bool) -> Option<Late> {
        let behind = self.unsent as f64 > self.due as f64 * UNSENT_SHARE_MAX;
        let lags = self.lag_p99_us > LAG_US_MIN.max(self.response_p99_us * LAG_SHARE_MAX);
        match (behind, client_bound, lags) {
            (_, _, true) | (true, true, _) => Some(Late::Generator),
            (true, false, false) => Some(Late::Server),
            (false, _, false) => None,
        }
    }
}

impl Late {
    /// Who was late in most of the rounds.
    #[must_use]
    pub fn in_most(rounds: &[Slice], client_bound: impl Fn(&Slice) -> bool) -> Option<Late> {
        let late: Vec<Late> = rounds
            .iter()
            .filter_map(|slice| slice.open.as_ref()?.late(client_bound(slice)))
            .collect();
        let of = |who: Late| late.iter().filter(|late| **late == who).count() * 2 > rounds.len();
        [Late::Server, Late::Generator].into_iter().find(|who| of(*who))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_TIME: Open = Open {
        response_p50_us: 20.0,
        response_p99_us: 40.0,
        lag_p99_us: 3.0,
        due: 1000,
        unsent: 0,
        client_idle_share: 0.7,
    };

    #[test]
    fn a_server_that_cannot_hold_the_rate_is_late() {
        let behind = Open { unsent: 300, response_p99_us: 3e5, ..IN_TIME };
        assert_eq!(behind.late(false), Some(Late::Server));
    }

    #[test]
    fn a_generator_that_has_no_time_left_is_late_and_not_the_server() {
        let behind = Open { unsent: 300, client_idle_share: 0.01, ..IN_TIME };
        assert_eq!(behind.late(true), Some(Late::Generator));
    }

    #[test]
    fn a_generator_that_was_away_is_late_though_the_rate_was_held() {
        let away = Open { lag_p99_us: 4000.0, response_p99_us: 4100.0, ..IN_TIME };
        assert_eq!(away.late(false), Some(Late::Generator));
    }

    #[test]
    fn nobody_is_late_for_a_turn_of_the_loop_or_for_a_slow_answer() {
        assert_eq!(IN_TIME.late(true), None, "busy, and in time");
        assert_eq!(Open { lag_p99_us: 45.0, ..IN_TIME }.late(false), None);
        assert_eq!(Open { lag_p99_us: 60.0, response_p99_us: 9e3, ..IN_TIME }.late(false), None);
        assert_eq!(Open { unsent: 20, ..IN_TIME }.late(false), None, "the last of their clients");
    }
}
