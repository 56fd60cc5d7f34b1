//! Directives: `{{#name arguments}}`, the only way for code, output and figures to enter a page.
//!
//! A directive that makes a block stands alone on its line; `number`, `operation`, `calls`, `constant` and `given`
//! stand inside a sentence. Each has a module of its own here, which says how it is written. An unknown name is an error.

mod code;
mod command;
mod constant;
mod diff;
mod exercise;
mod models;
mod number;
mod operations;
mod plot;
mod python;
mod ratio;
mod syscalls;
mod table;
mod timeline;
mod transcript;

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::page::line_of;
use super::runs::{CASE, Header, Selection};
use super::sources::Sources;

pub(crate) use command::verify as verify_command;

pub(crate) struct Directive<'a> {
    name: &'a str,
    arguments: &'a str,
    pub(crate) line: usize,
    pub(crate) range: Range<usize>,
    alone: bool,
}

/// Where a directive stands.
pub(crate) struct Place<'s, 'w> {
    pub(crate) sources: &'s Sources<'w>,
    /// The way back to the root of the built book.
    pub(crate) up: String,
}

pub(crate) fn find(text: &str) -> Vec<Directive<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text[from..].find("{{#").map(|at| from + at) {
        let inside = start + "{{#".len();
        // A directive that is not closed on its line ends with it, and is refused by its name or arguments.
        let line_end = text[inside..].find('\n').map_or(text.len(), |at| inside + at);
        let (close, end) = match text[inside..line_end].find("}}") {
            Some(at) => (inside + at, inside + at + "}}".len()),
            None => (line_end, line_end),
        };
        let (name, arguments) =
            text[inside..close].trim().split_once(' ').unwrap_or((text[inside..close].trim(), ""));
        let before = text[..start].rsplit('\n').next().unwrap_or("");
        let after = text[end..].split('\n').next().unwrap_or("");
        found.push(Directive {
            name,
            arguments: arguments.trim(),
            line: line_of(text, start),
            range: start..end,
            alone: before.is_empty() && after.trim().is_empty(),
        });
        from = end;
    }
    found
}

/// The page with a blank sign for each directive, so that what is left is what was typed.
pub(crate) fn masked(text: &str) -> String {
    let mut left = text.to_string();
    for found in find(text).into_iter().rev() {
        left.replace_range(found.range, "\u{fffc}");
    }
    left
}

/// The exercises that a page names, in its order.
pub(crate) fn exercises(text: &str) -> Vec<String> {
    let found = find(text).into_iter().filter(|directive| directive.name == "exercise");
    found.map(|directive| directive.arguments.to_string()).collect()
}

pub(crate) fn render(directive: &Directive<'_>, place: &Place<'_, '_>) -> Result<String> {
    let arguments = directive.arguments;
    let (block, text) = match directive.name {
        "code" => (true, code::render(arguments, place)),
        "diff" => (true, diff::render(arguments, place)),
        "ratio" => (true, ratio::ratio(arguments, place)),
        "instructions" => (true, ratio::instructions(arguments, place)),
        "operations" => (true, operations::table(arguments, place)),
        "operation" => (false, operations::figure(arguments, place)),
        "timeline" => (true, timeline::render(arguments, place)),
        "transcript" => (true, transcript::render(arguments, place)),
        "command" => (true, command::render(arguments, place)),
        "exercise" => (true, exercise::render(arguments, place)),
        "python" => (true, python::render(arguments, place)),
        "models" => (true, models::render(arguments, place)),
        "bench-table" => (true, table::render(arguments, place)),
        "bench-plot" => (true, plot::render(arguments, place)),
        "syscalls" => (true, syscalls::render(arguments, place)),
        "number" => (false, number::render(arguments, place)),
        "calls" => (false, syscalls::number(arguments, place)),
        "constant" => (false, constant::render(arguments, place)),
        "given" => (false, given(arguments)),
        other => bail!("unknown directive `{other}`"),
    };
    if block && !directive.alone {
        bail!("`{}` makes a block: it stands alone at the start of its line", directive.name);
    }
    text.with_context(|| format!("{{{{#{} {arguments}}}}}", directive.name))
}

/// `{{#given 40 ms}}`: a figure that is a definition or a setting, not a measurement.
fn given(arguments: &str) -> Result<String> {
    if arguments.is_empty() {
        bail!("`given` needs a figure");
    }
    Ok(arguments.to_string())
}

/// `RUN key=value …`, as the directives over recorded runs are written.
struct Options<'a> {
    first: &'a str,
    options: BTreeMap<&'a str, &'a str>,
}

impl<'a> Options<'a> {
    fn parse(arguments: &'a str, known: &[&str]) -> Result<Self> {
        let mut words = arguments.split_whitespace();
        let first = words.next().context("the name of a run is missing")?;
        let mut options = BTreeMap::new();
        for word in words {
            let (key, value) =
                word.split_once('=').with_context(|| format!("`{word}` is not KEY=VALUE"))?;
            if !known.contains(&key) {
                bail!("unknown option `{key}`; there are {}", known.join(", "));
            }
            options.insert(key, value);
        }
        Ok(Self { first, options })
    }

    /// As [`parse`](Self::parse), with the options of a [`Selection`] among those that are known.
    fn with_case(arguments: &'a str, known: &[&str]) -> Result<Self> {
        Self::parse(arguments, &[known, &CASE].concat())
    }

    fn get(&self, key: &str) -> Result<&'a str> {
        self.options.get(key).copied().with_context(|| format!("`{key}=` is missing"))
    }

    fn selection(&self) -> Result<Selection<'a>> {
        Selection::new(&self.options)
    }
}

/// A recorded run, as the part of its schema that is shown.
fn load<T: for<'d> Deserialize<'d>>(run: &str, place: &Place<'_, '_>) -> Result<T> {
    let path = format!("bench/runs/{run}.json");
    let text = place.sources.workspace.read(&path)?;
    serde_json::from_str(&text).with_context(|| format!("understanding {path}"))
}

/// The line under a table or plot that names its record.
fn provenance(run: &str, record: &Header, place: &Place<'_, '_>) -> String {
    let link = place.sources.publish(&format!("bench/runs/{run}.json"));
    let machine = &record.machine;
    let commit = record.commit.as_deref().unwrap_or("not recorded");
    format!(
        "<p class=\"record\">Record <a href=\"{}{link}\">{run}</a>: {}, {} ({} cores, {} {}), commit {}, \
         <code>{}</code></p>",
        place.up,
        escape(record.date.split('T').next().unwrap_or(&record.date)),
        escape(&machine.cpu),
        machine.cores,
        escape(&machine.os),
        escape(&machine.arch),
        escape(commit),
        escape(&record.command),
    )
}

/// A fenced block under a caption. The fence is longer than any in the text.
fn listing(caption: &str, language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let text = text.trim_end_matches('\n');
    format!(
        "<div class=\"listing\">\n<p class=\"caption\">{caption}</p>\n\n{fence}{language}\n{text}\n{fence}\n\n</div>\n"
    )
}

/// A link to the copy of a workspace file in the built book.
fn file_link(file: &str, place: &Place<'_, '_>) -> String {
    let link = place.sources.publish(file);
    format!("<a href=\"{}{link}\">{}</a>", place.up, escape(file))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// For a cell of a Markdown table: a bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
