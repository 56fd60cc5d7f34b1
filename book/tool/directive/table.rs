//! `{{#bench-table RUN connections=50 models=ch03/*,ch04/tokio protocol=echo}}`: rows of a recorded run.

use std::fmt::Write;

use anyhow::Result;

use super::{Options, Place, cell, provenance};
use crate::tool::runs::{Field, Row, shown};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["connections", "models", "protocol"])?;
    let record = place.sources.record(options.first)?;
    let selection = options.selection()?;
    let rows = selection.rows(&record)?;
    // With one connection count the page around the table says it; otherwise it is a column.
    let counted = selection.connections.is_none();

    let mut table = String::from("| model |");
    let mut rule = String::from("\n|---|");
    if counted {
        table.push_str(" connections |");
        rule.push_str("--:|");
    }
    for field in Field::TABLE {
        write!(table, " {} |", field.heading())?;
        rule.push_str("--:|");
    }
    table.push_str(&rule);
    for row in &rows {
        write!(table, "\n| `{}`{} |", row.model, if bound(row) { "\u{a0}\\*" } else { "" })?;
        if counted {
            write!(table, " {} |", row.connections)?;
        }
        for field in Field::TABLE {
            write!(table, " {} |", field.of(row).map_or_else(|| "–".to_string(), shown))?;
        }
    }
    let notes = notes(&rows);
    let provenance = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{notes}{provenance}\n"))
}

fn bound(row: &Row) -> bool {
    row.client_bound == Some(true)
}

/// Why a row is empty, and what the star means: a table must not look better than its record.
fn notes(rows: &[&Row]) -> String {
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
    if notes.is_empty() { notes } else { format!("<div class=\"notes\">\n\n{notes}\n</div>\n\n") }
}
