//! The kinds of records, and the fields of their lines: how files name them, and how tables show them.

use anyhow::{Result, bail};

use super::Line;
use crate::table::{thousands, three_digits};

/// The call under which a step's total stands.
pub(super) const ALL_CALLS: &str = "all";

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is what the subcommand of its name writes")]
pub enum Kind {
    Ladder,
    Echo,
    Http,
    Idle,
    Accept,
    Ratio,
    Instructions,
    Syscalls,
    Operations,
    Waiting,
    Trace,
    Comparison,
    Goals,
}

const NAMES: [(Kind, &str); 13] = [
    (Kind::Ladder, "ladder"),
    (Kind::Echo, "echo"),
    (Kind::Http, "http"),
    (Kind::Idle, "idle"),
    (Kind::Accept, "accept"),
    (Kind::Ratio, "ratio"),
    (Kind::Instructions, "instructions"),
    (Kind::Syscalls, "syscalls"),
    (Kind::Operations, "operations"),
    (Kind::Waiting, "waiting"),
    (Kind::Trace, "trace"),
    (Kind::Comparison, "comparison"),
    (Kind::Goals, "goals"),
];

/// The second of the two that a wait's rounds hold.
pub(super) const WAIT_FIFTY: &str = "wait_fifty_us";

/// A field of a line.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// In records and in CSV files.
    pub name: &'static str,
    /// Above a column of a table.
    pub heading: &'static str,
    /// How tables show it.
    pub shown: Shown,
}

/// How a table shows a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Not at all: the title of the table says it, or it is for programs.
    Not,
    /// As it is.
    Text,
    /// A number without a fraction.
    Whole,
    /// A number with one digit behind the point, or none where it is large.
    Three,
    /// A number with so many digits behind the point.
    Fixed(usize),
    /// A share.
    Percent,
}

impl Field {
    const fn new(name: &'static str, heading: &'static str, shown: Shown) -> Field {
        Field { name, heading, shown }
    }

    const fn hidden(name: &'static str) -> Field {
        Field::new(name, "", Shown::Not)
    }

    /// The field of `line` as a table shows it; empty where there is none.
    #[must_use]
    pub fn text(&self, line: &Line) -> String {
        let number = |how: &dyn Fn(f64) -> String| line.number(self.name).map(how);
        let text = match self.shown {
            Shown::Not | Shown::Text => line.text(self.name).map(str::to_owned),
            Shown::Whole => number(&thousands),
            Shown::Three => number(&three_digits),
            Shown::Fixed(digits) => number(&|value| format!("{value:.digits$}")),
            Shown::Percent => number(&|share| format!("{:.0} %", share * 100.0)),
        };
        text.unwrap_or_default()
    }

    /// Whether its column is one of numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        !matches!(self.shown, Shown::Not | Shown::Text)
    }
}

impl Kind {
    /// The kind that records call `name`.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub fn named(name: &str) -> Result<Kind> {
        match NAMES.iter().find(|(_, known)| *known == name) {
            Some((kind, _)) => Ok(*kind),
            None => bail!("there is no kind of records called '{name}'"),
        }
    }

    /// As records call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| *name)
    }

    /// The fields of its lines, from left to right.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        match self {
            Kind::Ladder | Kind::Echo | Kind::Http | Kind::Idle => LOOP,
            Kind::Accept => ACCEPT,
            Kind::Ratio => RATIO,
            Kind::Instructions => INSTRUCTIONS,
            Kind::Syscalls => SYSCALLS,
            Kind::Operations => OPERATIONS,
            Kind::Waiting => WAITING,
            Kind::Trace => TRACE,
            Kind::Comparison => COMPARISON,
            Kind::Goals => GOALS,
        }
    }

    /// Whether its lines are those of a loop, closed or open.
    #[must_use]
    pub fn is_loop(self) -> bool {
        matches!(self, Kind::Ladder | Kind::Echo | Kind::Http | Kind::Idle)
    }
}

const LOOP: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("protocol"),
    Field::hidden("connections"),
    Field::hidden("silent"),
    Field::hidden("rate"),
    Field::hidden("request"),
    Field::hidden("depth"),
    Field::hidden("status"),
    Field::new("messages_per_second", "messages/s", Shown::Whole),
    Field::new("p50_us", "p50, µs", Shown::Three),
    Field::new("p99_us", "p99, µs", Shown::Three),
    Field::new("response_p50_us", "response p50, µs", Shown::Three),
    Field::new("response_p99_us", "response p99, µs", Shown::Three),
    Field::hidden("lag_p99_us"),
    Field::hidden("unsent_share"),
    Field::new("late", "late", Shown::Text),
    Field::new("cpu_us_per_message", "processor, µs/message", Shown::Fixed(2)),
    Field::new("ratio", "ratio", Shown::Fixed(2)),
    Field::new("ratio_low", "from", Shown::Fixed(2)),
    Field::new("ratio_high", "to", Shown::Fixed(2)),
    Field::new("letters", "equal", Shown::Text),
    Field::new("kib_per_connection", "KiB/client", Shown::Fixed(1)),
    Field::hidden("client_share"),
    Field::hidden("server_share"),
    Field::hidden("client_bound"),
    Field::new("why", "note", Shown::Text),
];

const ACCEPT: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("protocol"),
    Field::hidden("connections"),
    Field::hidden("status"),
    Field::new("connections_per_second", "clients/s", Shown::Whole),
    Field::new("p50_ms", "p50, ms", Shown::Three),
    Field::new("p99_ms", "p99, ms", Shown::Three),
    Field::new("last_ms", "last, ms", Shown::Three),
    Field::new("cpu_us_per_connection", "processor, µs/client", Shown::Three),
    Field::new("ratio", "ratio", Shown::Fixed(2)),
    Field::new("ratio_low", "from", Shown::Fixed(2)),
    Field::new("ratio_high", "to", Shown::Fixed(2)),
    Field::new("letters", "equal", Shown::Text),
    Field::new("late", "late", Shown::Whole),
    Field::new("failed", "failed", Shown::Whole),
    Field::hidden("client_share"),
    Field::hidden("server_share"),
    Field::hidden("client_bound"),
    Field::new("why", "note", Shown::Text),
];

const RATIO: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("connections"),
    Field::hidden("request"),
    Field::hidden("depth"),
    Field::hidden("kept"),
    Field::new("status", "role", Shown::Text),
    Field::new("ratio", "ratio", Shown::Fixed(3)),
    Field::new("low", "from", Shown::Fixed(3)),
    Field::new("high", "to", Shown::Fixed(3)),
    Field::new("cpu_us_per_message", "processor, µs/message", Shown::Fixed(2)),
    Field::hidden("cycles"),
    Field::hidden("dropped"),
    Field::hidden("slice_ms"),
    Field::hidden("control_off_max"),
    Field::new("why", "note", Shown::Text),
];

const INSTRUCTIONS: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("request"),
    Field::hidden("depth"),
    Field::hidden("status"),
    Field::new("instructions_per_message", "instructions/message", Shown::Whole),
    Field::new("why", "note", Shown::Text),
];

const SYSCALLS: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("protocol"),
    Field::hidden("step"),
    Field::hidden("status"),
    Field::hidden("call"),
    Field::hidden("in_vain"),
    Field::hidden("kind"),
    Field::new("each", "calls", Shown::Fixed(2)),
    Field::hidden("low"),
    Field::hidden("high"),
    Field::new("why", "note", Shown::Text),
];

const OPERATIONS: &[Field] = &[
    Field::new("model", "by", Shown::Text),
    Field::hidden("operation"),
    Field::new("ns", "ns", Shown::Three),
    Field::new("cpu_ns", "processor, ns", Shown::Three),
    Field::new("low", "from", Shown::Three),
    Field::new("high", "to", Shown::Three),
    Field::new("ratio", "ratio", Shown::Fixed(2)),
    Field::hidden("ratio_low"),
    Field::hidden("ratio_high"),
    Field::new("letters", "equal", Shown::Text),
];

const WAITING: &[Field] = &[
    Field::new("model", "selector", Shown::Text),
    Field::hidden("connections"),
    Field::hidden("status"),
    Field::new("wait_one_us", "1 ready, µs", Shown::Fixed(2)),
    Field::new(WAIT_FIFTY, "50 ready, µs", Shown::Fixed(2)),
    Field::new("why", "note", Shown::Text),
];

const TRACE: &[Field] = &[
    Field::hidden("model"),
    Field::new("lane", "lane", Shown::Text),
    Field::hidden("kind"),
    Field::new("from_us", "from, µs", Shown::Whole),
    Field::new("to_us", "to, µs", Shown::Whole),
    Field::hidden("what"),
    Field::new("text", "what", Shown::Text),
];

const COMPARISON: &[Field] = &[
    Field::new("model", "model", Shown::Text),
    Field::hidden("case"),
    Field::new("figure", "figure", Shown::Text),
    Field::new("then", "then", Shown::Fixed(2)),
    Field::new("now", "now", Shown::Fixed(2)),
    Field::new("ratio", "ratio", Shown::Fixed(3)),
    Field::new("among_others", "among others", Shown::Fixed(3)),
    Field::hidden("judged"),
    Field::hidden("withheld"),
    Field::new("verdict", "beyond the spread", Shown::Text),
    Field::new("why", "note", Shown::Text),
];

const GOALS: &[Field] = &[
    Field::new("goal", "goal", Shown::Text),
    Field::new("state", "state", Shown::Text),
    Field::new("shown", "measured", Shown::Text),
    Field::new("must", "must", Shown::Text),
    Field::new("aim", "aim", Shown::Text),
    Field::new("what", "what", Shown::Text),
    Field::new("of", "by", Shown::Text),
    Field::hidden("measured"),
    Field::hidden("low"),
    Field::hidden("high"),
    Field::new("record", "record", Shown::Text),
    Field::new("why", "note", Shown::Text),
];
