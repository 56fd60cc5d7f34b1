//! A comparison as a person reads it: what changed, and how much did not.

use std::fmt::Write;

use super::{Comparison, Row, Verdict};

/// Where all rows of a case moved by more than this, it is said.
const MOVED_MIN: f64 = 0.05;

/// The changes beyond the spread, or all figures.
#[must_use]
pub fn report(comparison: &Comparison, all: bool) -> String {
    let settings = &comparison.settings;
    let mut text = String::new();
    for (name, side) in [("then", &settings.then), ("now", &settings.now)] {
        let record = if side.record.is_empty() { "a run" } else { &side.record };
        let commit = side.commit.as_deref().unwrap_or("no commit");
        let _ = writeln!(text, "{name:<5} {record}, {}, {commit}", side.date);
        if !settings.same_machine {
            let _ = writeln!(text, "{:<5} on {}", "", side.machine);
        }
    }
    if let Some(said) = settings.machines.said() {
        let _ = writeln!(text, "{said}");
    }
    text.push('\n');
    let together = |row: &&Row| row.then.is_none() && row.now.is_none() && row.ratio.is_some();
    let shown: Vec<&Row> = comparison
        .rows
        .iter()
        .filter(|row| !together(row) && (all || row.verdict.is_some()))
        .collect();
    let width = |of: fn(&Row) -> &str| shown.iter().map(|row| of(row).chars().count()).max();
    let names = width(|row| &row.model).unwrap_or(0) + 2;
    let figures = width(|row| &row.figure).unwrap_or(0) + 2;
    let mut case = "";
    for row in &shown {
        if row.case != case {
            case = &row.case;
            let _ = writeln!(
                text,
                "{case}\n  {:<names$}{:<figures$}{:>12}{:>12}{:>8}{:>14}",
                "", "", "then", "now", "ratio", "among others"
            );
        }
        let _ = writeln!(text, "{}", line(row, names, figures).trim_end());
    }
    if !shown.is_empty() {
        text.push('\n');
    }
    for row in comparison.rows.iter().filter(together) {
        let Some(ratio) = row.ratio.filter(|ratio| (ratio - 1.0).abs() > MOVED_MIN) else {
            continue;
        };
        let _ = writeln!(
            text,
            "{}: all of them together moved by {ratio:.2} in {}; that may be the machine",
            row.case, row.figure
        );
    }
    let cost = |row: &&Row| {
        let unjudged = !row.judged && !row.withheld;
        row.figure.starts_with("processor") && row.ratio.is_some() && unjudged
    };
    let alone = comparison.rows.iter().filter(|row| !together(row)).filter(cost).count();
    if alone > 0 {
        let _ = writeln!(
            text,
            "{alone} times were not judged: in a case with fewer than three rows in common, or of a run of \
             slices, nobody can tell a slower server from a slower machine"
        );
    }
    let withheld = comparison.rows.iter().filter(|row| row.withheld).count();
    if withheld > 0 {
        let _ = writeln!(
            text,
            "{withheld} figures got no verdict, as the machines differ; --all shows them"
        );
    }
    let count = |verdict| comparison.rows.iter().filter(|row| row.verdict == verdict).count();
    let judged = comparison.rows.iter().filter(|row| row.judged).count();
    let (worse, better) = (count(Some(Verdict::Worse)), count(Some(Verdict::Better)));
    let _ = writeln!(
        text,
        "{judged} figures were judged: {worse} worse, {better} better, {} within their spread",
        judged.saturating_sub(worse + better)
    );
    text
}

fn line(row: &Row, names: usize, figures: usize) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), shown);
    let ratio = |value: Option<f64>| value.map_or(String::new(), |ratio| format!("{ratio:.3}"));
    let verdict = match row.verdict {
        Some(Verdict::Worse) => "WORSE",
        Some(Verdict::Better) => "better",
        None => "",
    };
    format!(
        "  {:<names$}{:<figures$}{:>12}{:>12}{:>8}{:>14}  {verdict} {}",
        row.model,
        row.figure,
        number(row.then),
        number(row.now),
        ratio(row.ratio),
        ratio(row.among_others),
        row.why.as_deref().unwrap_or_default()
    )
}

fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => crate::table::thousands(value),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
