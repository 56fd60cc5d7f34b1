//! The ledger as JSON, as the book reads it. Fields are added here and never renamed; what they mean
//! is in `bench/runs/README.md`.

use std::collections::BTreeSet;
use std::process::Command;

use ladder::Idle;
use serde::{Deserialize, Serialize};

use super::steps::{BURST_CLIENTS, CONNECTIONS, MESSAGES, Step, Taken, Window};
use super::traced::Key;
use crate::catalogue::{Entry, protocol_name};
use crate::record::Header;
use crate::rounds::median;

/// What distinguishes this kind of record.
pub const KIND: &str = "syscalls";

/// A ledger.
#[derive(Debug, Serialize)]
pub struct Record {
    #[serde(flatten)]
    header: Header,
    /// What the calls depend on beside our sources.
    pub tools: Tools,
    settings: Settings,
    /// The models.
    pub rows: Vec<Row>,
}

/// Versions of what takes part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// Of strace.
    pub strace: String,
    /// Of the C library, where the system says: it makes threads and memory out of system calls.
    pub libc: Option<String>,
    /// The compiler, and with it the standard library.
    pub rustc: String,
    /// Whether this program was. Where it was not, the standard library looks after its descriptors
    /// by calls of its own.
    pub optimised: bool,
}

/// How often was done what.
#[derive(Debug, Serialize)]
struct Settings {
    messages_per_window: usize,
    connections_per_window: usize,
    burst_clients: usize,
    message_bytes: usize,
}

/// A model.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    /// Full name.
    pub model: String,
    /// What it speaks.
    pub protocol: String,
    /// `measured` or `failed`.
    pub status: String,
    /// Why it failed.
    pub why: Option<String>,
    /// What was done to it.
    pub steps: Vec<StepRow>,
}

/// A step of a model.
#[derive(Debug, Serialize, Deserialize)]
pub struct StepRow {
    /// See [`Step::name`].
    pub step: String,
    /// `measured` or `limit`.
    pub status: String,
    /// The limit.
    pub why: Option<String>,
    /// All calls that can be counted, together.
    pub total: Option<f64>,
    /// Call by call, in alphabetical order.
    pub calls: Vec<CallRow>,
}

/// A call of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallRow {
    /// Its name, as the kernel's.
    pub call: String,
    /// Whether it came back with nothing.
    pub in_vain: bool,
    /// What `each` means.
    pub kind: Kind,
    /// How often for one message, connection or second; the median of the windows. Null where that
    /// is as often as it can.
    pub each: Option<f64>,
    /// In the window with the fewest.
    pub low: Option<f64>,
    /// In the window with the most.
    pub high: Option<f64>,
}

/// How a number of calls came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The same in every window.
    Exact,
    /// From `low` to `high`: the server's own threads race.
    Varies,
    /// So many a second, about, under strace, which slows it down.
    Rate,
    /// As often as it can: it depends on the machine, and is not told.
    Unbounded,
}

impl Record {
    /// The record of `rows`, traced by that version of strace.
    #[must_use]
    pub fn new(strace: String, rows: Vec<Row>) -> Record {
        let settings = Settings {
            messages_per_window: MESSAGES,
            connections_per_window: CONNECTIONS,
            burst_clients: BURST_CLIENTS,
            message_bytes: crate::measure::MESSAGE_BYTES,
        };
        Record { header: Header::new(KIND), tools: Tools::here(strace), settings, rows }
    }

    /// As the book reads it.
    ///
    /// # Errors
    ///
    /// None that these fields could cause.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }
}

impl Tools {
    fn here(strace: String) -> Tools {
        // `glibc 2.36`; musl has no such name.
        let libc = Command::new("getconf").arg("GNU_LIBC_VERSION").output().ok();
        let libc = libc.filter(|output| output.status.success());
        let libc = libc.and_then(|output| String::from_utf8(output.stdout).ok());
        Tools {
            strace,
            libc: libc.map(|text| text.trim().to_owned()),
            rustc: env!("BENCH_RUSTC").to_owned(),
            optimised: !cfg!(debug_assertions),
        }
    }
}

impl Row {
    pub(super) fn new(entry: &Entry, taken: anyhow::Result<Vec<(Step, Taken)>>) -> Row {
        let (status, why, steps) = match taken {
            Ok(taken) => ("measured", None, taken),
            Err(error) => ("failed", Some(format!("{error:#}")), Vec::new()),
        };
        let idle = entry.model.limits.idle;
        Row {
            model: entry.path.clone(),
            protocol: protocol_name(entry.chapter.protocol).to_owned(),
            status: status.to_owned(),
            why,
            steps: steps.into_iter().map(|(step, taken)| step_row(step, taken, idle)).collect(),
        }
    }

    /// A step of it, if that was taken.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&StepRow> {
        self.steps.iter().find(|step| step.step == name)
    }
}

fn step_row(step: Step, taken: Taken, idle: Idle) -> StepRow {
    let name = step.name().to_owned();
    match taken {
        Taken::Limit(why) => StepRow {
            step: name,
            status: "limit".to_owned(),
            why: Some(why),
            total: None,
            calls: Vec::new(),
        },
        Taken::Counted(windows) => {
            let keys: BTreeSet<&Key> = windows.iter().flat_map(|w| w.counts.keys()).collect();
            let calls = keys.into_iter().map(|key| call_row(key, &windows, step, idle));
            let calls: Vec<CallRow> = calls.collect();
            // The sum of nothing would be -0.
            let total = calls.iter().filter_map(|call| call.each).fold(0.0, |sum, each| sum + each);
            StepRow {
                step: name,
                status: "measured".to_owned(),
                why: None,
                total: Some(total),
                calls,
            }
        }
    }
}

fn call_row(key: &Key, windows: &[Window], step: Step, idle: Idle) -> CallRow {
    let each: Vec<f64> = windows.iter().map(|window| window.each(key)).collect();
    let low = each.iter().copied().fold(f64::MAX, f64::min);
    let high = each.iter().copied().fold(0.0, f64::max);
    let kind = match (idle, step) {
        // What it does to see whether there is something to do has no number that is its own.
        (Idle::Looks | Idle::Burns, Step::Echo | Step::Burst | Step::Connection)
        | (Idle::Burns, Step::IdleSecond)
            if key.in_vain =>
        {
            Kind::Unbounded
        }
        (Idle::Looks, Step::IdleSecond) => Kind::Rate,
        _ if (high - low).abs() < 1e-9 => Kind::Exact,
        _ => Kind::Varies,
    };
    let told = |each: f64| (kind != Kind::Unbounded).then_some((each * 1e4).round() / 1e4);
    CallRow {
        call: key.call.clone(),
        in_vain: key.in_vain,
        kind,
        each: told(median(each.iter().copied())),
        low: told(low),
        high: told(high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(units: f64, calls: &[(&str, bool, u64)]) -> Window {
        let key = |call: &str, in_vain| Key { call: call.to_owned(), in_vain };
        let counts = calls.iter().map(|(call, in_vain, n)| (key(call, *in_vain), *n)).collect();
        Window { units, counts }
    }

    fn row(windows: Vec<Window>, step: Step, idle: Idle) -> StepRow {
        step_row(step, Taken::Counted(windows), idle)
    }

    #[test]
    fn a_call_that_is_alike_in_all_windows_is_exact_and_another_one_varies() {
        let windows = vec![
            window(10.0, &[("read", false, 10), ("futex", false, 3)]),
            window(10.0, &[("read", false, 10)]),
            window(10.0, &[("read", false, 10), ("futex", false, 1)]),
        ];
        let row = row(windows, Step::Echo, Idle::Waits);
        let [futex, read] = &row.calls[..] else { panic!("two calls: {row:?}") };
        assert_eq!((read.kind, read.each), (Kind::Exact, Some(1.0)));
        assert_eq!((futex.kind, futex.each), (Kind::Varies, Some(0.1)));
        assert_eq!((futex.low, futex.high), (Some(0.0), Some(0.3)));
        assert_eq!(row.total, Some(1.1));
    }

    #[test]
    fn how_often_a_busy_server_looks_in_vain_is_not_told() {
        let windows = || vec![window(1.0, &[("read", false, 1), ("read", true, 900)])];
        let echo = row(windows(), Step::Echo, Idle::Burns);
        assert_eq!(echo.calls[1].kind, Kind::Unbounded);
        assert_eq!((echo.calls[1].each, echo.total), (None, Some(1.0)));
        let idle = row(vec![window(0.5, &[("read", true, 100)])], Step::IdleSecond, Idle::Looks);
        assert_eq!((idle.calls[0].kind, idle.calls[0].each), (Kind::Rate, Some(200.0)));
    }
}
