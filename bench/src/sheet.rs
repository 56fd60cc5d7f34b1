//! A record as tables, for files: Markdown, for a page or a message, and CSV, for other programs.

use std::fmt::Write;

use serde_json::Value;

use crate::recorded::{Field, Kind, Line, Recorded, Shown};

/// A table.
#[derive(Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What its rows have in common; may be empty.
    pub title: String,
    /// Above its columns, and whether these are numbers.
    pub columns: Vec<(String, bool)>,
    /// A text for each column.
    pub rows: Vec<Vec<String>>,
}

/// The tables of a record, one for each case. A column that would be empty is left out.
#[must_use]
pub fn sheets(record: &Recorded) -> Vec<Sheet> {
    match record.kind {
        Kind::Syscalls => steps(record),
        _ => record.cases().iter().map(|(case, lines)| of_case(record, case, lines)).collect(),
    }
}

fn of_case(record: &Recorded, case: &str, lines: &[&Line]) -> Sheet {
    let shown = |field: &&Field| {
        field.shown != Shown::Not && lines.iter().any(|line| !field.text(line).is_empty())
    };
    let fields: Vec<&Field> = record.kind.fields().iter().filter(shown).collect();
    Sheet {
        title: case.to_owned(),
        columns: fields.iter().map(|f| (f.heading.to_owned(), f.is_number())).collect(),
        rows: lines
            .iter()
            .map(|line| fields.iter().map(|field| field.text(line)).collect())
            .collect(),
    }
}

/// Of a ledger of system calls: a row for each model, with all calls of each step.
fn steps(record: &Recorded) -> Vec<Sheet> {
    let totals = || record.lines.iter().filter(|line| line.is_total());
    let (mut steps, mut models): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in totals() {
        let step = line.text("step").unwrap_or_default();
        if !steps.contains(&step) {
            steps.push(step);
        }
        if !models.contains(&line.who()) {
            models.push(line.who());
        }
    }
    let cell = |model: &str, step: &str| {
        let line = totals().find(|line| (line.who(), line.text("step")) == (model, Some(step)));
        line.and_then(|line| line.number("each")).map_or(String::new(), |each| format!("{each:.2}"))
    };
    let row = |model: &&str| {
        let cells = steps.iter().map(|step| cell(model, step));
        [(*model).to_owned()].into_iter().chain(cells).collect()
    };
    let columns = steps.iter().map(|step| ((*step).to_owned(), true));
    vec![Sheet {
        title: "system calls".to_owned(),
        columns: [("model".to_owned(), false)].into_iter().chain(columns).collect(),
        rows: models.iter().map(row).collect(),
    }]
}

/// The tables as Markdown, under what was run where.
#[must_use]
pub fn markdown(record: &Recorded) -> String {
    let mut text = String::new();
    for sheet in sheets(record) {
        if !sheet.title.is_empty() {
            let _ = writeln!(text, "**{}**\n", cell(&sheet.title));
        }
        let line = |cells: &mut dyn Iterator<Item = String>| {
            cells.fold("|".to_owned(), |line, cell| format!("{line} {cell} |"))
        };
        let _ = writeln!(text, "{}", line(&mut sheet.columns.iter().map(|(name, _)| cell(name))));
        let rule = sheet.columns.iter().map(|(_, number)| if *number { "--:" } else { "---" });
        let _ = writeln!(text, "{}", line(&mut rule.map(str::to_owned)));
        for row in &sheet.rows {
            let _ = writeln!(text, "{}", line(&mut row.iter().map(|text| cell(text))));
        }
        text.push('\n');
    }
    let (head, machine) = (&record.head, &record.head.machine);
    let commit =
        head.commit.as_deref().map_or(String::new(), |commit| format!(", commit {commit}"));
    let _ = writeln!(text, "{machine}; {}{commit}; `{}`", head.date, head.command);
    text
}

/// A bar would end the cell, and a line's end the row.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// All fields of all lines, under a line with their names: as RFC 4180 has it, but for the ends of lines, which
/// are those of this system. Null is an empty cell.
#[must_use]
pub fn csv(record: &Recorded) -> String {
    let fields = record.kind.fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let mut text = names.join(",") + "\n";
    for line in &record.lines {
        let cells: Vec<String> =
            fields.iter().map(|field| quoted(line.value(field.name))).collect();
        text += &(cells.join(",") + "\n");
    }
    text
}

fn quoted(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
