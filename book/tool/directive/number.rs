//! `{{#number RUN model=ch03/epoll connections=50 field=cpu_us_per_message}}`: one measured figure, with unit. Where
//! the run has several cases, `silent=`, `rate=`, `request=` and `depth=` choose one.

use anyhow::{Context, Result, bail};

use super::{Options, Place};
use crate::tool::runs::{Field, differing, shown};

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::with_case(arguments, &["model", "field"])?;
    let record = place.sources.record(options.first)?;
    let field = Field::parse(options.get("field")?)?;
    options.get("connections")?;
    let mut selection = options.selection()?;
    selection.models = vec![options.get("model")?];
    let rows = selection.rows(&record)?;
    let open = differing(&rows);
    if !open.is_empty() {
        bail!("the run has several such rows: choose one by {}", open.join(", "));
    }
    let row = rows[0];
    let value =
        field.of(row).with_context(|| format!("that row is not measured ({})", row.status))?;
    let link = place.sources.publish(&format!("bench/runs/{}.json", options.first));
    // A link, so that the figure leads to its record; a hard space, so that the unit stays with it.
    let figure = format!("{}\u{a0}{}", shown(value), field.unit);
    Ok(format!("<a class=\"figure\" href=\"{}{link}\">{figure}</a>", place.up))
}
