//! Which figures records have, which of them can be worse or better, and by how much they move by themselves.

use serde_json::Value;

use super::{Verdict, point};
use crate::alike::interval;
use crate::recorded::{Kind, Line};
use crate::rounds::median;

/// A figure of a line.
#[derive(Debug)]
pub(super) struct Figure {
    /// As comparisons call it, with its unit.
    pub(super) name: &'static str,
    field: &'static str,
    /// Where the rounds of a line have it.
    rounds: Rounds,
    pub(super) judged: Judged,
    /// Whether it is a time, or made of times: each machine has its own.
    pub(super) timed: bool,
    /// Changes up to this share are none: the same program does that from run to run.
    slack: f64,
    /// And so are changes up to this, in the figure's unit.
    slack_least: f64,
}

/// How a figure is judged. Less is better, in all of those that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It depends on who else used the machine.
    Never,
    /// By its own range.
    Alone,
    /// By its range relative to the others of its case.
    AmongOthers,
}

/// Where the figures of single rounds are.
#[derive(Clone, Copy, Debug)]
enum Rounds {
    /// There are none: what was counted has no range.
    None,
    /// The line says the range itself, in `low` and `high`.
    Range,
    /// Each round has the field too.
    Each,
}

/// Between these a figure lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Processor time, by rounds of a fresh process each.
const CPU_SLACK: f64 = 0.04;
/// Of a sliced ratio, whose own range is narrower than what two runs differ by.
const RATIO_SLACK: f64 = 0.015;
/// Instructions are the same from run to run, but for runtimes with threads and clocks of their own.
const INSTRUCTIONS_SLACK: f64 = 0.05;
/// Memory comes in pages, and in what the allocator takes ahead.
const MEMORY_SLACK: f64 = 0.05;
const MEMORY_SLACK_KIB: f64 = 0.5;
/// Single operations, of some hundred nanoseconds.
const OPERATION_SLACK: f64 = 0.05;
/// One wait of a selector.
const WAIT_SLACK: f64 = 0.1;

const fn judged(
    name: &'static str,
    field: &'static str,
    judged: Judged,
    rounds: Rounds,
    slack: f64,
) -> Figure {
    let timed = matches!(judged, Judged::AmongOthers);
    Figure { name, field, rounds, judged, timed, slack, slack_least: 0.0 }
}

const fn told(name: &'static str, field: &'static str) -> Figure {
    judged(name, field, Judged::Never, Rounds::None, 0.0)
}

const LOOP: &[Figure] = &[
    judged(
        "processor, µs/message",
        "cpu_us_per_message",
        Judged::AmongOthers,
        Rounds::Each,
        CPU_SLACK,
    ),
    Figure {
        slack_least: MEMORY_SLACK_KIB,
        ..judged("KiB/client", "kib_per_connection", Judged::Alone, Rounds::Each, MEMORY_SLACK)
    },
    told("messages/s", "messages_per_second"),
    told("p50, µs", "p50_us"),
    told("p99, µs", "p99_us"),
    told("response p50, µs", "response_p50_us"),
    told("response p99, µs", "response_p99_us"),
];

const ACCEPT: &[Figure] = &[
    judged(
        "processor, µs/client",
        "cpu_us_per_connection",
        Judged::AmongOthers,
        Rounds::Each,
        CPU_SLACK,
    ),
    judged("not served", "failed", Judged::Alone, Rounds::None, 0.0),
    told("late", "late"),
    told("clients/s", "connections_per_second"),
    told("p50, ms", "p50_ms"),
    told("p99, ms", "p99_ms"),
];

const RATIO: &[Figure] = &[
    Figure { timed: true, ..judged("ratio", "ratio", Judged::Alone, Rounds::Range, RATIO_SLACK) },
    told("processor, µs/message", "cpu_us_per_message"),
];

const INSTRUCTIONS: &[Figure] = &[judged(
    "instructions/message",
    "instructions_per_message",
    Judged::Alone,
    Rounds::None,
    INSTRUCTIONS_SLACK,
)];

const OPERATIONS: &[Figure] = &[
    judged("processor, ns", "cpu_ns", Judged::AmongOthers, Rounds::Each, OPERATION_SLACK),
    told("ns", "ns"),
];

const WAITING: &[Figure] = &[
    judged("1 ready, µs", "wait_one_us", Judged::AmongOthers, Rounds::Each, WAIT_SLACK),
    judged("50 ready, µs", "wait_fifty_us", Judged::AmongOthers, Rounds::Each, WAIT_SLACK),
];

/// Of a kind of records whose lines have figures of their own.
pub(super) fn of(kind: Kind) -> &'static [Figure] {
    match kind {
        Kind::Ladder | Kind::Echo | Kind::Http | Kind::Idle => LOOP,
        Kind::Accept => ACCEPT,
        Kind::Ratio => RATIO,
        Kind::Instructions => INSTRUCTIONS,
        Kind::Operations => OPERATIONS,
        Kind::Waiting => WAITING,
        Kind::Syscalls | Kind::Trace | Kind::Comparison | Kind::Goals => &[],
    }
}

impl Figure {
    /// What a line says. A run whose control was off says nothing.
    pub(super) fn value(&self, line: &Line) -> Option<f64> {
        let kept = line.value("kept") != &Value::Bool(false);
        line.number(self.field).filter(|_| kept)
    }

    /// Its range by itself.
    pub(super) fn range(&self, line: &Line) -> Option<Range> {
        let value = self.value(line)?;
        Some(match self.rounds {
            Rounds::None => point(value),
            Rounds::Range => Range { low: line.number("low")?, high: line.number("high")? },
            Rounds::Each => between(self.of_rounds(line)).unwrap_or(point(value)),
        })
    }

    /// The ranges of lines of one case, relative to the median of each round, which visited all of them.
    pub(super) fn ranges_among(&self, lines: &[&Line]) -> Vec<Option<Range>> {
        let costs: Vec<Vec<f64>> = lines.iter().map(|line| self.of_rounds(line)).collect();
        let rounds = costs.iter().map(Vec::len).min().unwrap_or(0);
        let usual = |round: usize| median(costs.iter().map(|of_line| of_line[round]));
        let usual: Vec<f64> = (0..rounds).map(usual).collect();
        let relative = |of_line: &Vec<f64>| {
            between(of_line.iter().zip(&usual).map(|(cost, usual)| cost / usual).collect())
        };
        costs.iter().map(relative).collect()
    }

    fn of_rounds(&self, line: &Line) -> Vec<f64> {
        match self.rounds {
            Rounds::None | Rounds::Range => Vec::new(),
            Rounds::Each => line.rounds(self.field),
        }
    }

    /// Whether two ranges lie apart, by more than figures of this kind move by themselves.
    pub(super) fn verdict(&self, then: Range, now: Range) -> Option<Verdict> {
        let least = |from: f64| (from.abs() * self.slack).max(self.slack_least);
        if now.low > then.high && middle(now) - middle(then) > least(middle(then)) {
            Some(Verdict::Worse)
        } else if now.high < then.low && middle(then) - middle(now) > least(middle(then)) {
            Some(Verdict::Better)
        } else {
            None
        }
    }
}

fn middle(range: Range) -> f64 {
    f64::midpoint(range.low, range.high)
}

fn between(mut values: Vec<f64>) -> Option<Range> {
    values.sort_by(f64::total_cmp);
    let (low, high) = interval(&values);
    Some(Range { low: low?, high: high? })
}
