//! `{{#number RUN model=ch03/epoll connections=50 field=cpu_us_per_message}}`: one measured figure, with unit.

use anyhow::{Context, Result};

use super::{Options, Place};
use crate::tool::runs::{Field, shown};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["model", "connections", "field", "protocol"])?;
    let record = place.sources.record(options.first)?;
    let field = Field::parse(options.get("field")?)?;
    options.get("connections")?;
    let mut selection = options.selection()?;
    selection.models = vec![options.get("model")?];
    let row = selection.rows(&record)?[0];
    let value =
        field.of(row).with_context(|| format!("that row is not measured ({})", row.status))?;
    let link = place.sources.publish(&format!("bench/runs/{}.json", options.first));
    // A link, so that the figure leads to its record; a hard space, so that the unit stays with it.
    let figure = format!("{}\u{a0}{}", shown(value), field.unit());
    Ok(format!("<a class=\"figure\" href=\"{}{link}\">{figure}</a>", place.up))
}
