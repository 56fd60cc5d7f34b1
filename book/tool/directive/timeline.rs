//! `{{#timeline RUN model=ch03/epoll}}`: what each thread of a model did, as `bench trace` recorded and drew it.
//!
//! The picture stands in the page itself, so that its titles show where the pointer rests. The script
//! `theme/timeline.js` adds a walk through its moments; without it nothing is missing.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Options, Place, escape};

/// The part of a record of timelines that the line under a picture tells.
#[derive(Deserialize)]
struct Recorded {
    date: String,
    command: String,
}

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["model"])?;
    let (run, model) = (options.first, options.get("model")?);
    let record = format!("bench/runs/{run}.json");
    let workspace = place.sources.workspace;
    let recorded: Recorded = serde_json::from_str(&workspace.read(&record)?)
        .with_context(|| format!("understanding {record}"))?;
    let svg = workspace.read(&format!("bench/runs/{run}/{}.svg", model.replace('/', "-")))?;
    let link = place.sources.publish(&record);
    Ok(format!(
        "<figure class=\"walk\">\n{svg}</figure>\n\n\
         <p class=\"record\">Record <a href=\"{}{link}\">{run}</a>: {model}, {}, under strace, which slows all of \
         it down; <code>{}</code></p>",
        place.up,
        escape(recorded.date.split('T').next().unwrap_or(&recorded.date)),
        escape(&recorded.command),
    ))
}
