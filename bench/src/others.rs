//! How much of the machine others had while the bench ran: a compiler at work next door moves every
//! rate and every p99, and a reader of the figures should know.

use std::time::Duration;

/// Processor time since the machine started, all cores together.
#[derive(Clone, Copy, Debug, Default)]
struct Time {
    /// There was, busy or not.
    all: Duration,
    /// Was used by anybody, also by other machines that share ours (`steal`).
    busy: Duration,
    /// Was used by this process and its children that have ended.
    ours: Duration,
}

/// A moment from which on it is counted.
#[derive(Clone, Copy, Debug)]
pub struct Since(Option<Time>);

impl Since {
    /// From now on.
    #[must_use]
    pub fn now() -> Since {
        Since(now())
    }

    /// The share of all cores that others had since then, from 0 to 1. `None` where the system does
    /// not say.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        self.share_beside(Duration::ZERO)
    }

    /// As [`share`](Since::share), where children of ours that still live have used `theirs`.
    #[must_use]
    pub fn share_beside(self, theirs: Duration) -> Option<f64> {
        let (before, after) = (self.0?, now()?);
        let all = (after.all.checked_sub(before.all)?).as_secs_f64();
        let busy = (after.busy.saturating_sub(before.busy)).as_secs_f64();
        let ours = (after.ours.saturating_sub(before.ours) + theirs).as_secs_f64();
        // The system counts in ticks, and we in nanoseconds: near 0 the difference may be below it.
        (all > 0.0).then(|| ((busy - ours) / all).clamp(0.0, 1.0))
    }
}

/// The first line of /proc/stat (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal;
/// guest time is in user already.
#[cfg(target_os = "linux")]
fn now() -> Option<Time> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let ticks = |text: &str| text.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let cores: Vec<u64> = ticks(stat.lines().next()?.strip_prefix("cpu")?);
    let cores = cores.get(..8)?;
    let all: u64 = cores.iter().sum();
    let idle = cores[3] + cores[4];
    // Fields 14 to 17 of /proc/self/stat; the second one is the program's name in parentheses, in
    // which anything may stand, so that counting begins with the third.
    let own = std::fs::read_to_string("/proc/self/stat").ok()?;
    let own: Vec<&str> = own.rsplit_once(") ")?.1.split(' ').collect();
    let ours: u64 = own.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    let per_second = rustix::param::clock_ticks_per_second();
    let time = |ticks: u64| Duration::from_secs_f64(ticks as f64 / per_second as f64);
    Some(Time { all: time(all), busy: time(all - idle), ours: time(ours) })
}

#[cfg(not(target_os = "linux"))]
fn now() -> Option<Time> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use ladder::usage::cpu_of_this_thread;
    use std::time::Instant;

    #[test]
    fn own_work_is_ours_and_within_what_was_used() {
        let before = now().expect("Linux says");
        let (cpu, deadline) = (cpu_of_this_thread(), Instant::now() + Duration::from_secs(20));
        while cpu_of_this_thread() < cpu + Duration::from_millis(200) {
            assert!(Instant::now() < deadline, "a busy loop uses its thread's clock");
        }
        let after = now().expect("Linux says");
        // A few ticks of 10 ms: the counters are not read at one moment.
        let rounding = Duration::from_millis(50);
        let ours = after.ours.saturating_sub(before.ours);
        let busy = after.busy.saturating_sub(before.busy);
        assert!(ours + rounding >= Duration::from_millis(200), "{ours:?}");
        assert!(ours <= busy + rounding, "{before:?} {after:?}");
        assert!(after.all >= after.busy);
    }
}
