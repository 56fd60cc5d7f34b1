//! What the servers of this book are meant to reach, and whether they do.
//!
//! A goal is a figure of ours over the same figure of others, from one run: so it depends little on the machine.
//! It has two bounds, what *must* be and what is *aimed* at. Each knows the instruments that measure it.
//!
//! - `list`: the goals.
//! - `verdict`: a goal held against records.
//! - `table`: the verdicts, as a person reads them.

mod list;
mod table;
mod verdict;

pub use list::GOALS;
pub use table::report;
pub use verdict::{Row, State, judge};

/// Something that should be so.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// As typed: its subject, a slash, and a word.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// No more than this must be measured.
    pub must: f64,
    /// No more than this is aimed at.
    pub aim: f64,
    /// How it is measured.
    pub of: Of,
}

/// How a goal is measured.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// A figure of ours over that of the best of theirs; the worst where there are several.
    Over(Over),
    /// All system calls for a message, among which there must be none of that name.
    Calls {
        /// Whose.
        ours: &'static [&'static str],
        /// What must not be among them.
        never: &'static str,
    },
}

/// A figure of ours over that of theirs.
#[derive(Clone, Copy, Debug)]
pub struct Over {
    /// The instrument that a run of its own takes.
    pub instrument: Instrument,
    /// The field of the figure.
    pub field: &'static str,
    /// In which of a record's cases; in several it is the worst that counts.
    pub cases: &'static [Case],
    /// Models of ours; of several it is the worst that counts.
    pub ours: &'static [&'static str],
    /// Whom they are held against; of several it is the best that counts.
    pub theirs: &'static [&'static str],
}

/// The lines of a record that are meant. What is not said may be anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Case {
    /// Clients that speak.
    pub connections: Option<u32>,
    /// At least so many beside them that do not.
    pub silent_min: Option<u32>,
    /// What is asked for, and how many at once.
    pub asked: Option<(&'static str, u32)>,
    /// What is done.
    pub operation: Option<&'static str>,
}

/// A run of an instrument that goals need: short, and bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Instrument {
    /// `bench ratio`, against the least loop.
    EchoRatio,
    /// The same with a thousand clients, against tokio.
    CrowdRatio,
    /// `bench ratio`, of HTTP.
    HttpRatio,
    /// `bench instructions`.
    Instructions,
    /// `bench syscalls`.
    Syscalls,
    /// `bench echo`, with one client.
    RoundTrip,
    /// `bench idle`.
    Idle,
    /// `bench operations`, of runtimes.
    Operations,
    /// The same, of clients.
    Downloads,
}

impl Instrument {
    /// As files call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Instrument::EchoRatio => "ratio-echo",
            Instrument::CrowdRatio => "ratio-1000",
            Instrument::HttpRatio => "ratio-http",
            Instrument::Instructions => "instructions",
            Instrument::Syscalls => "syscalls",
            Instrument::RoundTrip => "round-trip",
            Instrument::Idle => "idle",
            Instrument::Operations => "operations",
            Instrument::Downloads => "downloads",
        }
    }

    /// What to tell the bench, without where the record goes.
    #[must_use]
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Instrument::EchoRatio => {
                &["ratio", "--models", "ch03/epoll,ch03/epoll-edge,ch04/executor"]
            }
            Instrument::CrowdRatio => &[
                "ratio",
                "--base",
                "ch04/tokio",
                "--models",
                "ch04/executor",
                "--connections",
                "1000",
            ],
            Instrument::HttpRatio => &[
                "ratio",
                "--protocol",
                "http",
                "--models",
                "ch05/executor",
                "--peers",
                "--connections",
                "64",
                "--depth",
                "1,16",
            ],
            Instrument::Instructions => {
                &["instructions", "--models", "ch04/executor,ch04/tokio,ch05/executor,peer/hyper"]
            }
            Instrument::Syscalls => {
                &["syscalls", "--models", "ch03/epoll,ch03/epoll-edge,ch04/executor"]
            }
            Instrument::RoundTrip => &[
                "echo",
                "ch04/executor-spin",
                "ch04/tokio",
                "--connections",
                "1",
                "--rounds",
                "9",
                "--seconds",
                "4",
            ],
            Instrument::Idle => &[
                "idle",
                "ch04/executor",
                "ch04/tokio",
                "--silent",
                "4000",
                "--rounds",
                "5",
                "--seconds",
                "5",
            ],
            Instrument::Operations => {
                &["operations", "spawn 100000", "yield", "timer", "--rounds", "15"]
            }
            Instrument::Downloads => &["operations", "a download", "--rounds", "9"],
        }
    }
}

impl Goal {
    /// What a run of its own takes.
    #[must_use]
    pub fn instrument(&self) -> Instrument {
        match self.of {
            Of::Over(over) => over.instrument,
            Of::Calls { .. } => Instrument::Syscalls,
        }
    }
}
