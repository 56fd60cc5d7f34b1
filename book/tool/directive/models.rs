//! `{{#models ch03}}`, or `{{#models}}` for all: the table of models, from the bench's catalogue.

use std::fmt::Write;

use anyhow::{Result, bail};

use super::{Place, cell};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let mut table =
        String::from("| model | how it waits | fixes | still fails |\n|---|---|---|---|\n");
    let mut count = 0;
    for model in place.sources.catalogue()? {
        let chapter = model.name.split('/').next().unwrap_or_default();
        if arguments.is_empty() || chapter == arguments {
            count += 1;
            let [summary, fixes, fails] =
                [&model.summary, &model.fixes, &model.still_fails].map(|text| cell(text));
            writeln!(table, "| `{}` | {summary} | {fixes} | {fails} |", model.name)?;
        }
    }
    if count == 0 {
        bail!("no model of `{arguments}`");
    }
    Ok(format!("<div class=\"models\">\n\n{table}\n</div>\n"))
}
