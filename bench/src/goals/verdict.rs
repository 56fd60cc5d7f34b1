//! A goal held against records.

use serde::{Serialize, Serializer};

use super::{Case, Goal, Of, Over};
use crate::alike::interval;
use crate::recorded::{Line, Recorded};
use crate::rounds::median;

/// Whether a goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// What is aimed at.
    Aim,
    /// What must be.
    Must,
    /// Not even that.
    Missed,
    /// Nobody knows.
    Unknown,
}

impl State {
    /// In words, as in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            State::Aim => "aim met",
            State::Must => "must met",
            State::Missed => "missed",
            State::Unknown => "not measured",
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A goal, and what was measured.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub goal: &'static str,
    /// In words.
    pub what: &'static str,
    /// `≤ 1.03`.
    pub must: String,
    /// The same for the aim.
    pub aim: String,
    /// What was measured, and between what it lies; null where nothing was.
    pub shown: Option<String>,
    /// Who it is that decides: ours, theirs, and the case.
    pub of: Option<String>,
    /// What was measured, as a number.
    pub measured: Option<f64>,
    /// Between this and the next the true one lies, 19 times of 20; null where it was counted.
    pub low: Option<f64>,
    /// See there.
    pub high: Option<f64>,
    /// Whether it is reached.
    pub state: State,
    /// The record that says so.
    pub record: Option<String>,
    /// Why nothing was measured, or what else is to be known.
    pub why: Option<String>,
}

/// A figure, and who has it.
#[derive(Clone, Debug)]
struct Figure {
    value: f64,
    range: Option<(f64, f64)>,
    of: String,
}

/// What a record says of a goal.
struct Said {
    figure: Figure,
    note: Option<String>,
    /// Whether it is missed, whatever the figure says.
    broken: bool,
}

/// Holds `goal` against the first of `records` that says something of it.
#[must_use]
pub fn judge(goal: &Goal, records: &[Recorded]) -> Row {
    let mut why = None;
    for record in records {
        let said = match goal.of {
            Of::Over(over) => of_record(&over, record),
            Of::Calls { ours, never } => calls(ours, never, record),
        };
        match said {
            Ok(said) => return measured(goal, said, record),
            // What the newest says of why is enough.
            Err(reason) => why = why.or(reason),
        }
    }
    Row { why: why.or_else(|| Some("no record has it".into())), ..empty(goal) }
}

fn empty(goal: &Goal) -> Row {
    Row {
        goal: goal.name,
        what: goal.what,
        must: format!("≤ {:.2}", goal.must),
        aim: format!("≤ {:.2}", goal.aim),
        shown: None,
        of: None,
        measured: None,
        low: None,
        high: None,
        state: State::Unknown,
        record: None,
        why: None,
    }
}

fn measured(goal: &Goal, said: Said, record: &Recorded) -> Row {
    let Figure { value, range, of } = said.figure;
    let state = match value {
        _ if said.broken => State::Missed,
        value if value <= goal.aim => State::Aim,
        value if value <= goal.must => State::Must,
        _ => State::Missed,
    };
    let between = |(low, high): (f64, f64)| format!("{value:.3} ({low:.3} to {high:.3})");
    // The bound that decides lies within the range: another run may say otherwise.
    let near = |bound: f64| range.is_some_and(|(low, high)| low <= bound && bound < high);
    let close = match state {
        State::Must | State::Missed if near(goal.must) => Some("the must lies within the spread"),
        State::Aim | State::Must if near(goal.aim) => Some("the aim lies within the spread"),
        _ => None,
    };
    let notes: Vec<String> = said.note.into_iter().chain(close.map(str::to_owned)).collect();
    Row {
        shown: Some(range.map_or_else(|| format!("{value:.3}"), between)),
        of: Some(of),
        measured: Some(value),
        low: range.map(|range| range.0),
        high: range.map(|range| range.1),
        state,
        record: Some(record.name.clone()),
        why: (!notes.is_empty()).then(|| notes.join("; ")),
        ..empty(goal)
    }
}

/// The worst of all cases and of all of ours; `Err` with the reason, if the record is of the right kind.
fn of_record(over: &Over, record: &Recorded) -> Result<Said, Option<String>> {
    let fields = record.kind.fields();
    let is_base = |line: &Line| line.text("status") == Some("base");
    if fields.iter().all(|field| field.name != over.field) {
        return Err(None);
    }
    // A ratio of a ladder is to whoever is cheapest there, and not finely sliced.
    if over.field == "ratio" && !record.lines.iter().any(is_base) {
        return Err(None);
    }
    let (mut worst, mut absent): (Option<Figure>, Vec<&str>) = (None, Vec::new());
    for case in over.cases {
        let lines = of_case(case, record)?;
        let of = |who: &str| {
            let control = |line: &&&Line| line.text("status") != Some("control");
            let own = lines.iter().filter(control).find(|line| line.who() == who);
            own.copied().filter(|line| line.number(over.field).is_some())
        };
        for ours in over.ours {
            let ours = of(ours).ok_or_else(|| Some(format!("{ours} was not measured")))?;
            let mut best: Option<Figure> = None;
            for theirs in over.theirs {
                match of(theirs) {
                    Some(theirs) => {
                        keep_higher(&mut best, figure(over.field, record, ours, theirs));
                    }
                    None if !absent.contains(theirs) => absent.push(theirs),
                    None => {}
                }
            }
            let best = best.ok_or_else(|| Some(format!("{} is absent", over.theirs.join(", "))))?;
            keep_higher(&mut worst, Some(best));
        }
    }
    let figure = worst.ok_or(None)?;
    let note = (!absent.is_empty()).then(|| format!("without {}, absent", absent.join(", ")));
    Ok(Said { figure, note, broken: false })
}

/// Over the best of theirs ours is the highest, and the highest is the worst.
fn keep_higher(kept: &mut Option<Figure>, figure: Option<Figure>) {
    if let Some(figure) = figure
        && kept.as_ref().is_none_or(|kept| kept.value < figure.value)
    {
        *kept = Some(figure);
    }
}

/// The lines of a case. A run whose control was off says nothing.
fn of_case<'r>(case: &Case, record: &'r Recorded) -> Result<Vec<&'r Line>, Option<String>> {
    let number = |line: &Line, field: &str| line.number(field).unwrap_or(0.0);
    let same = |line: &Line, field: &str, wanted: u32| {
        line.number(field).is_none_or(|is| (is - f64::from(wanted)).abs() < 0.5)
    };
    let is = |line: &&Line| {
        let asked = case.asked.is_none_or(|(request, depth)| {
            line.text("request").unwrap_or_default() == request && same(line, "depth", depth)
        });
        asked
            && case.connections.is_none_or(|wanted| same(line, "connections", wanted))
            && case.silent_min.is_none_or(|least| number(line, "silent") >= f64::from(least))
            && case.operation.is_none_or(|operation| line.text("operation") == Some(operation))
            // An open loop is another thing.
            && line.number("rate").is_none()
    };
    let mut lines: Vec<&Line> = record.lines.iter().filter(is).collect();
    // The largest crowd.
    let crowd = lines.iter().map(|line| number(line, "silent")).fold(0.0, f64::max);
    lines.retain(|line| number(line, "silent") >= crowd);
    if lines.is_empty() {
        return Err(None);
    }
    if lines.iter().any(|line| line.value("kept") == false) {
        return Err(Some("the control of the run was off: others used the cores".into()));
    }
    Ok(lines)
}

/// Ours over theirs: by rounds where there are any, which both were visited in; else from their intervals.
fn figure(field: &str, record: &Recorded, ours: &Line, theirs: &Line) -> Option<Figure> {
    let case = record.case(ours);
    let case = if case.is_empty() { String::new() } else { format!(", {case}") };
    let of = format!("{} over {}{case}", ours.who(), theirs.who());
    let (mine, other) = (ours.number(field)?, theirs.number(field)?);
    let rounds = ours.rounds(field).into_iter().zip(theirs.rounds(field));
    let mut ratios: Vec<f64> = rounds.map(|(ours, theirs)| ours / theirs).collect();
    if !ratios.is_empty() {
        ratios.sort_by(f64::total_cmp);
        let (low, high) = interval(&ratios);
        return Some(Figure { value: median(ratios.iter().copied()), range: low.zip(high), of });
    }
    let range = |line: &Line| line.number("low").zip(line.number("high"));
    let range = range(ours).zip(range(theirs));
    let range = range.map(|((low, high), (least, most))| (low / most, high / least));
    Some(Figure { value: mine / other, range, of })
}

/// The most system calls for a message of any of `ours`.
fn calls(ours: &[&str], never: &str, record: &Recorded) -> Result<Said, Option<String>> {
    let of = |who: &str| -> Vec<&Line> {
        let burst = |line: &&Line| line.text("step") == Some("burst") && line.who() == who;
        record.lines.iter().filter(burst).collect()
    };
    let (mut most, mut broken): (Option<Figure>, Vec<&str>) = (None, Vec::new());
    if record.lines.iter().all(|line| line.text("step").is_none()) {
        return Err(None);
    }
    for who in ours {
        let lines = of(who);
        let total = lines.iter().find(|line| line.is_total()).and_then(|line| line.number("each"));
        let value = total.ok_or_else(|| Some(format!("{who} was not measured")))?;
        keep_higher(&mut most, Some(Figure { value, range: None, of: (*who).to_owned() }));
        if lines.iter().any(|line| line.text("call") == Some(never)) {
            broken.push(who);
        }
    }
    let note = (!broken.is_empty()).then(|| format!("{never} by {}", broken.join(", ")));
    Ok(Said { figure: most.ok_or(None)?, note, broken: !broken.is_empty() })
}
