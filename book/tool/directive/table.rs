//! `{{#bench-table RUN connections=50 models=ch03/*,ch04/tokio protocol=echo}}`: rows of a recorded run. `silent=`,
//! `rate=`, `request=` and `depth=` choose a case too; in what the rows differ, that is a column. `fields=` names the
//! columns where the usual ones will not do.

use std::fmt::Write;

use anyhow::Result;

use super::{Options, Place, cell, provenance};
use crate::tool::runs::{Field, Row, differing, shown};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::with_case(arguments, &["models", "fields"])?;
    let record = place.sources.record(options.first)?;
    let selection = options.selection()?;
    let rows = selection.rows(&record)?;
    let fields = match options.get("fields") {
        Ok(names) => names.split(',').map(Field::parse).collect::<Result<Vec<_>>>()?,
        Err(_) => Field::of_table(&rows),
    };
    // What the page around the table says is no column of it.
    let mut case = differing(&rows);
    if !selection.says("connections") && !case.contains(&"connections") {
        case.insert(0, "connections");
    }
    // Who is equal to whom is about the ratio, and within one case.
    let letters = rows.iter().any(|row| row.letters.is_some())
        && Field::parse("ratio").is_ok_and(|ratio| fields.contains(&ratio));

    let mut headings: Vec<&str> = fields.iter().map(|field| field.heading).collect();
    headings.extend(letters.then_some("="));
    let mut table = String::from("| model |");
    let mut rule = String::from("\n|---|");
    for heading in case.iter().chain(&headings) {
        write!(table, " {heading} |")?;
        rule += if ["request", "="].contains(heading) { "---|" } else { "--:|" };
    }
    table += &rule;
    for row in &rows {
        write!(table, "\n| `{}`{} |", row.model, if bound(row) { "\u{a0}\\*" } else { "" })?;
        for key in &case {
            write!(table, " {} |", row.case(key))?;
        }
        for field in &fields {
            write!(table, " {} |", field.of(row).map_or_else(|| "–".to_string(), shown))?;
        }
        if letters {
            write!(table, " {} |", row.letters.as_deref().unwrap_or_default())?;
        }
    }
    let notes = notes(&rows, letters);
    let provenance = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{notes}{provenance}\n"))
}

fn bound(row: &Row) -> bool {
    row.client_bound == Some(true)
}

/// Why a row is empty, and what the star means: a table must not look better than its record.
fn notes(rows: &[&Row], letters: bool) -> String {
    let mut notes = String::new();
    for row in rows.iter().filter(|row| row.status != "measured") {
        let why = row.why.as_deref().unwrap_or("failed");
        let text =
            format!("- `{}` is not measured at {} connections: ", row.model, row.connections);
        notes.push_str(&text);
        notes.push_str(&cell(why));
        notes.push('\n');
    }
    if rows.iter().any(|row| bound(row)) {
        notes.push_str("- \\* The load generator was the bottleneck of this row.\n");
    }
    if letters {
        notes.push_str(
            "- = Rows that share a letter are equal: the ranges of their ratios overlap.\n",
        );
    }
    if notes.is_empty() { notes } else { format!("<div class=\"notes\">\n\n{notes}\n</div>\n\n") }
}
