//! The ledger as a person reads it: a table for each model.

use std::fmt::Write;

use super::check::{digits, name};
use super::record::{CallRow, Kind, Row, StepRow};

/// Room for the longest name, `sched_getaffinity in vain`.
const NAME_WIDTH: usize = 26;

/// Room for the longest heading, `idle second`.
const WIDTH: usize = 12;

/// All rows, and what the signs in them mean.
#[must_use]
pub fn report(rows: &[Row]) -> String {
    let mut text: String = rows.iter().map(model).collect();
    let has = |kind| {
        let mut calls = rows.iter().flat_map(|row| &row.steps).flat_map(|step| &step.calls);
        calls.any(|call| call.kind == kind)
    };
    text.push_str(
        "System calls of the server: for one message of one client; for one message where 50 clients\n\
         speak at once; for one connection without a message; in a second with one silent client.\n\
         in vain: it came back with nothing.\n",
    );
    if has(Kind::Varies) {
        text.push_str("~: the median, as it varies: the server's own threads race.\n");
    }
    if has(Kind::Rate) {
        text.push_str("≈: a rate, under strace, which slows the server down.\n");
    }
    if has(Kind::Unbounded) {
        text.push_str("*: as often as it can: that depends on the machine, and counts as 0.\n");
    }
    text
}

fn model(row: &Row) -> String {
    if let Some(why) = &row.why {
        return format!("{}\n  FAILED: {why}\n\n", row.model);
    }
    let mut text = format!("{:<width$}", row.model, width = NAME_WIDTH + 2);
    for step in &row.steps {
        let _ = write!(text, "{:>WIDTH$}", step.step);
    }
    text.push('\n');
    for (call, in_vain) in calls(row) {
        let of = |step: &StepRow| {
            let found = step.calls.iter().find(|c| (c.call.as_str(), c.in_vain) == (call, in_vain));
            (step.status == "limit", found.cloned())
        };
        let cells: Vec<_> = row.steps.iter().map(of).collect();
        let known = cells.iter().find_map(|(_, call)| call.as_ref());
        let _ = write!(text, "  {:<NAME_WIDTH$}", known.map(name).unwrap_or_default());
        for (limit, call) in &cells {
            let cell =
                if *limit { "-".to_owned() } else { call.as_ref().map(shown).unwrap_or_default() };
            let _ = write!(text, "{cell:>WIDTH$}");
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let _ = write!(text, "  {:<NAME_WIDTH$}", "all");
    for step in &row.steps {
        let _ = write!(text, "{:>WIDTH$}", step.total.map_or_else(|| "-".to_owned(), digits));
    }
    text + "\n\n"
}

/// Every call of any step, once.
fn calls(row: &Row) -> Vec<(&str, bool)> {
    let all = row.steps.iter().flat_map(|step| &step.calls);
    let mut calls: Vec<_> = all.map(|call| (call.call.as_str(), call.in_vain)).collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

fn shown(call: &CallRow) -> String {
    let each = call.each.map(digits).unwrap_or_default();
    match call.kind {
        Kind::Exact => each,
        Kind::Varies => format!("~{each}"),
        Kind::Rate => format!("≈{each}"),
        Kind::Unbounded => "*".to_owned(),
    }
}
