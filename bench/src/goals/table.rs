//! The verdicts, as a person reads them.

use std::fmt::Write;

use super::{Row, State};

/// Two lines for each goal: the bounds, what was measured, and the verdict; then what it is.
#[must_use]
pub fn report(rows: &[Row]) -> String {
    let mut text = format!("{:<20}{:>8}{:>8}  measured\n", "", "must", "aim");
    for row in rows {
        let shown = row.shown.as_deref().unwrap_or("-");
        let (must, aim, state) = (&row.must, &row.aim, row.state.name());
        let _ = writeln!(text, "{:<20}{must:>8}{aim:>8}  {shown:<26}{state}", row.goal);
        let _ = writeln!(text, "    {}", row.what);
        let by = row.of.as_ref().map(|of| format!("by {of}"));
        let record = row.record.as_ref().map(|record| format!("from {record}"));
        let rest: Vec<&str> =
            [&by, &record, &row.why].into_iter().filter_map(|part| part.as_deref()).collect();
        let _ = writeln!(text, "    {}", rest.join("; "));
    }
    let count = |state: State| rows.iter().filter(|row| row.state == state).count();
    let _ = writeln!(
        text,
        "\nOf {} goals {} are missed, {} reach what must be, {} what is aimed at; {} were not measured.",
        rows.len(),
        count(State::Missed),
        count(State::Must),
        count(State::Aim),
        count(State::Unknown)
    );
    text
}
