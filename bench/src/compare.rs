//! What changed between two records of one kind.
//!
//! A figure is *worse* or *better* where its ranges in the two records lie apart, and the change is no smaller
//! than what such figures do by themselves from run to run. What counts is what was counted, and processor time;
//! rates and latencies depend on who else used the machine, and are told but never judged.
//!
//! A machine may be slower today than it was. So processor time is judged among the others of its case: a row's
//! time in a round over the median of that round. What all rows have in common is told for itself.
//!
//! Another machine is not slower by one factor: its kernel, its caches and its sleeps each have their own. So of two
//! records from different machines no time gets a verdict, nor does a ratio of times. What was counted gets one.
//!
//! - `figures`: which figures a record has, and what becomes of them from run to run.
//! - `calls`: ledgers of system calls, which are compared call by call.
//! - `machines`: whether both records are of one machine, and what that allows to judge.
//! - `table`: a comparison as a person reads it.

mod calls;
mod figures;
mod machines;
mod table;

use anyhow::{Result, bail, ensure};
use serde::Serialize;

use crate::record::Header;
use crate::recorded::{Kind, Line, Recorded};
use crate::rounds::median;

pub use table::report;

use figures::{Figure, Judged, Range};
use machines::Machines;

/// With fewer rows in common nobody can tell a slower row from a faster machine.
const COMMON_MIN: usize = 3;

/// Why a figure has no verdict that could have one.
const WITHHELD: &str = "no verdict: another machine";

/// Two records beside each other.
#[derive(Debug, Serialize)]
pub struct Comparison {
    #[serde(flatten)]
    header: Header,
    settings: Settings,
    /// Figure by figure.
    pub rows: Vec<Row>,
}

/// What was compared.
#[derive(Debug, Serialize)]
struct Settings {
    then: Side,
    now: Side,
    /// Whether both ran on one machine, as far as its name tells.
    same_machine: bool,
    /// What these are to each other.
    #[serde(skip)]
    machines: Machines,
}

/// One of the two.
#[derive(Debug, Serialize)]
struct Side {
    record: String,
    date: String,
    commit: Option<String>,
    /// What it was made on.
    machine: String,
}

/// A figure in both.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// In what case it was measured.
    pub case: String,
    /// Of whom.
    pub model: String,
    /// What it is.
    pub figure: String,
    /// In the first record.
    pub then: Option<f64>,
    /// In the second.
    pub now: Option<f64>,
    /// The second over the first.
    pub ratio: Option<f64>,
    /// The same without what all rows of the case have in common.
    pub among_others: Option<f64>,
    /// Whether it is a figure that can be worse or better, here.
    pub judged: bool,
    /// Whether it would be one, had both records been made on one machine.
    pub withheld: bool,
    /// Whether it is.
    pub verdict: Option<Verdict>,
    /// Why there is nothing to compare, or no verdict.
    pub why: Option<String>,
}

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Beyond the spread.
    Worse,
    /// Beyond the spread.
    Better,
}

impl Comparison {
    /// Compares `now` with `then`.
    ///
    /// # Errors
    ///
    /// When they have nothing in common that could be compared.
    pub fn of(then: &Recorded, now: &Recorded) -> Result<Comparison> {
        ensure!(
            then.kind == now.kind || (then.kind.is_loop() && now.kind.is_loop()),
            "{} and {} are records of different kinds: {} and {}",
            then.name,
            now.name,
            then.kind.name(),
            now.kind.name()
        );
        let machines = Machines::of(&then.head.machine, &now.head.machine);
        let rows = match now.kind {
            Kind::Syscalls => calls::rows(then, now, machines)?,
            Kind::Trace | Kind::Comparison | Kind::Goals => {
                bail!("records of kind {} have no figures to compare", now.kind.name())
            }
            _ => rows(then, now, machines)?,
        };
        let any = rows.iter().any(|row| row.then.is_some() && row.now.is_some());
        ensure!(any, "{} and {} have no figure in common", then.name, now.name);
        let side = |record: &Recorded| Side {
            record: record.name.clone(),
            date: record.head.date.clone(),
            commit: record.head.commit.clone(),
            machine: record.head.machine.to_string(),
        };
        let settings = Settings {
            then: side(then),
            now: side(now),
            same_machine: machines == Machines::Same,
            machines,
        };
        Ok(Comparison { header: Header::new(Kind::Comparison.name()), settings, rows })
    }

    /// Whether anything got worse, beyond the spread.
    #[must_use]
    pub fn got_worse(&self) -> bool {
        self.rows.iter().any(|row| row.verdict == Some(Verdict::Worse))
    }

    /// Whether anything could have: else that nothing got worse says nothing.
    #[must_use]
    pub fn judged_any(&self) -> bool {
        self.rows.iter().any(|row| row.judged || row.verdict.is_some())
    }
}

fn rows(then: &Recorded, now: &Recorded, machines: Machines) -> Result<Vec<Row>> {
    if now.kind == Kind::Ratio {
        let base = |record: &Recorded| record.settings.text("base").unwrap_or_default().to_owned();
        let (one, other) = (base(then), base(now));
        ensure!(one == other, "the ratios are to different bases: {one} and {other}");
    }
    let mut rows = Vec::new();
    let before = then.cases();
    for (case, lines) in now.cases() {
        let Some((_, before)) = before.iter().find(|(known, _)| *known == case) else { continue };
        let mut pairs: Vec<(&Line, &Line)> = Vec::new();
        for line in lines {
            // The base is 1 by definition, and each further time that it is listed a control.
            let base = |line: &&&Line| line.text("status") == Some("base");
            if before.iter().find(base).is_some_and(|base| base.who() == line.who()) {
                continue;
            }
            let old = before.iter().find(|old| old.who() == line.who());
            pairs.extend(old.map(|old| (*old, line)));
        }
        for (place, figure) in figures::of(now.kind).iter().enumerate() {
            // A failure is told once.
            rows.extend(of_case(&case, figure, &pairs, machines, place == 0));
        }
    }
    Ok(rows)
}

/// A figure of all rows of a case, and what they have in common.
fn of_case(
    case: &str,
    figure: &Figure,
    pairs: &[(&Line, &Line)],
    machines: Machines,
    first: bool,
) -> Vec<Row> {
    let measured =
        |(old, new): &&(&Line, &Line)| figure.value(old).is_some() && figure.value(new).is_some();
    let common: Vec<(&Line, &Line)> = pairs.iter().filter(measured).copied().collect();
    let moved = median(
        common.iter().filter_map(|(old, new)| Some(figure.value(new)? / figure.value(old)?)),
    );
    let could_be = match figure.judged {
        Judged::Never => false,
        Judged::Alone => true,
        Judged::AmongOthers => common.len() >= COMMON_MIN,
    };
    let judged = could_be && machines.allow(figure.timed);
    let withheld = could_be && !judged;
    let among = could_be && figure.judged == Judged::AmongOthers;
    let (olds, news): (Vec<&Line>, Vec<&Line>) = common.iter().copied().unzip();
    let ranges = if among {
        (figure.ranges_among(&olds), figure.ranges_among(&news))
    } else {
        let alone = |lines: &[&Line]| lines.iter().map(|line| figure.range(line)).collect();
        (alone(&olds), alone(&news))
    };
    let mut rows = Vec::new();
    for (old, new) in pairs {
        let (then, now) = (figure.value(old), figure.value(new));
        let place = common.iter().position(|(_, line)| std::ptr::eq(*line, *new));
        let (old_range, new_range) = place.map_or((None, None), |at| (ranges.0[at], ranges.1[at]));
        let verdict = match (old_range, new_range) {
            (Some(old), Some(new)) if judged => figure.verdict(old, new),
            _ => None,
        };
        let ratio = then.zip(now).and_then(|(then, now)| (then != 0.0).then_some(now / then));
        let failed = first && old.measured() && new.text("status") == Some("failed");
        let row = Row {
            case: case.to_owned(),
            model: new.who().to_owned(),
            figure: figure.name.to_owned(),
            then,
            now,
            ratio,
            among_others: ratio.filter(|_| among).map(|ratio| ratio / moved),
            judged,
            withheld,
            verdict: verdict.or(failed.then_some(Verdict::Worse)),
            why: why(old, new).or_else(|| withheld.then(|| WITHHELD.to_owned())),
        };
        if then.is_some() || now.is_some() || row.verdict.is_some() {
            rows.push(row);
        }
    }
    if among {
        rows.push(Row {
            case: case.to_owned(),
            model: "all of them together".to_owned(),
            figure: figure.name.to_owned(),
            then: None,
            now: None,
            ratio: Some(moved),
            among_others: None,
            judged: false,
            withheld: false,
            verdict: None,
            why: None,
        });
    }
    rows
}

/// Why one of the two has no figures.
fn why(old: &Line, new: &Line) -> Option<String> {
    let reason = |line: &Line| line.text("why").unwrap_or("no reason given").to_owned();
    match (old.measured(), new.measured()) {
        (true, true) => None,
        (_, false) => Some(format!("now: {}", reason(new))),
        (false, true) => Some(format!("then: {}", reason(old))),
    }
}

/// The range of a figure that has none of its own is itself.
fn point(value: f64) -> Range {
    Range { low: value, high: value }
}
