//! A nap that forgets.
//!
//! A server that naps between its rounds begins with a short nap, and doubles it while nothing happens. The one
//! below has learnt to double, and neither to stop nor to forget: after a silence of a minute its naps last for
//! minutes, and after a longer one it panics.
//!
//! Bound the nap, and let it be short again as soon as something moves. Nobody naps after a round in which
//! something moved: there may be more.
//!
//! Hint: what is the nap after the longest one? And `Duration` multiplies without asking.

use std::time::Duration;

const NAP_MIN: Duration = Duration::from_micros(50);
const NAP_MAX: Duration = Duration::from_millis(10);

struct Naps {
    next: Duration,
}

impl Naps {
    fn new() -> Naps {
        Naps { next: NAP_MIN }
    }

    /// How long to sleep after a round, if at all.
    fn after_round(&mut self, moved: bool) -> Option<Duration> {
        if moved {
            // SOLUTION
            self.next = NAP_MIN;
            // START
            // END
            return None;
        }
        let nap = self.next;
        // SOLUTION
        self.next = NAP_MAX.min(nap * 2);
        // START
        // self.next = nap * 2;
        // END
        Some(nap)
    }
}

#[test]
fn naps_double_up_to_a_bound() {
    let mut naps = Naps::new();
    let mut before = naps.after_round(false).expect("nothing moved");
    assert_eq!(before, NAP_MIN);
    for _ in 0..1000 {
        let nap = naps.after_round(false).expect("nothing moved");
        assert!(nap == before * 2 || nap == NAP_MAX, "{nap:?} after {before:?}");
        assert!(nap <= NAP_MAX, "{nap:?} is longer than anybody should wait");
        before = nap;
    }
    assert_eq!(before, NAP_MAX);
}

#[test]
fn a_message_makes_them_short_again() {
    let mut naps = Naps::new();
    for _ in 0..5 {
        naps.after_round(false);
    }
    assert_eq!(naps.after_round(true), None, "there may be more to do");
    assert_eq!(naps.after_round(false), Some(NAP_MIN), "in the middle of a conversation");
    assert_eq!(naps.after_round(false), Some(NAP_MIN * 2));
}
