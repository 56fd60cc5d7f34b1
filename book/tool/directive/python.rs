//! `{{#python ch01}}`: what Python has and where it is here, and Python programs beside their Rust twins.
//!
//! The rows are in `book/python/ch01.toml`; `python.rs` says how they are written.

use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{Place, cell, code, escape};
use crate::tool::check::links;
use crate::tool::page::SOURCE;
use crate::tool::python::{Chapter, Entry, Program, model_source};
use crate::tool::workspace::Package;

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let workspace = place.sources.workspace;
    let chapter = Chapter::load(workspace, arguments)?;
    place.sources.used.borrow_mut().python.insert(chapter.name.clone());
    let package = chapter.package(workspace)?;
    let mut table = String::from("| Python | here | read on |\n|---|---|---|\n");
    let mut twins = String::new();
    for row in &chapter.rows {
        table.push_str(&line(&chapter, package, &row.entry, place)?);
        for program in &row.entry.programs {
            twins.push_str(&twin(&chapter, program, place)?);
        }
    }
    let rows = format!("<div class=\"python\">\n\n{table}\n</div>\n");
    if twins.is_empty() {
        return Ok(rows);
    }
    Ok(format!("{rows}\n<div class=\"twins\">\n\n{twins}</div>\n"))
}

fn line(
    chapter: &Chapter,
    package: &Package,
    entry: &Entry,
    place: &Place<'_, '_>,
) -> Result<String> {
    let mut python = format!("{} <small>{}</small>", cell(&entry.python), cell(&entry.section));
    for program in &entry.programs {
        let (name, id) = (&program.python, id(chapter, &program.python));
        write!(python, "<br>[`{name}.py`](#{id})")?;
    }
    let examples = entry.examples.iter().map(|name| (name, "--example "));
    let models = entry.models.iter().map(|name| (name, "-- "));
    let mut here = Vec::new();
    for (name, how) in examples.chain(models) {
        if entry.is_to_come(name) {
            here.push(format!("`{name}` <em>to come</em>"));
            continue;
        }
        let file = if how == "-- " {
            model_source(place.sources.workspace, package, name)
        } else {
            place.sources.workspace.example_source(package, name)
        };
        let kind = if how == "-- " { "model " } else { "" };
        let link = place.sources.publish(&file);
        let note = if entry.elsewhere.contains(name) { " (not on Linux)" } else { "" };
        here.push(format!(
            "{kind}[`{name}`]({}{link}){note}<br><span class=\"command\">`cargo run -q -p {} {how}{name}`</span>",
            place.up, package.name
        ));
    }
    let read = entry.read.iter().map(|address| {
        let words = words_of(address, place)?;
        Ok(format!("[{}]({}{address})", cell(&words), place.up))
    });
    let read = read.collect::<Result<Vec<_>>>()?.join("<br>");
    Ok(format!("| {python} | {} | {read} |\n", here.join("<br>")))
}

/// What the page calls the place that `page.md#heading` names.
fn words_of(address: &str, place: &Place<'_, '_>) -> Result<String> {
    let (page, id) = address.split_once('#').unwrap_or((address, ""));
    let text = place
        .sources
        .workspace
        .read(&format!("{SOURCE}/{page}"))
        .with_context(|| format!("no page {page} to read on in"))?;
    let headings = links::headings(&text);
    let mut found = headings.iter().filter(|heading| id.is_empty() || heading.id == id);
    match found.next() {
        Some(heading) => Ok(heading.words.clone()),
        None => bail!("page {page} has no heading #{id}"),
    }
}

/// Folded, as there are many; the address of one unfolds it.
fn twin(chapter: &Chapter, program: &Program, place: &Place<'_, '_>) -> Result<String> {
    let file = chapter.program(&program.python);
    let text = place.sources.workspace.read(&file)?;
    let title = title(&text).with_context(|| format!("{file} does not begin with its title"))?;
    if program.rust.is_empty() {
        bail!("{file} has no twin in Rust");
    }
    place.sources.used.borrow_mut().programs.insert(file.clone());
    let mut rust = String::new();
    for part in &program.rust {
        rust.push_str(&code::render(part, place)?);
    }
    Ok(format!(
        "<details class=\"twin\">\n<summary>{}</summary>\n<div class=\"sides\" id=\"{}\">\n<div>\n\n{}\n</div>\n\
         <div>\n\n{rust}\n</div>\n</div>\n</details>\n\n",
        escape(title),
        id(chapter, &program.python),
        code::render(&file, place)?,
    ))
}

/// The first line of the program's docstring, without its full stop.
fn title(text: &str) -> Option<&str> {
    let line = text.strip_prefix("\"\"\"")?.lines().next()?;
    let line = line.trim_end_matches("\"\"\"").trim_end_matches('.').trim();
    (!line.is_empty()).then_some(line)
}

fn id(chapter: &Chapter, program: &str) -> String {
    format!("python-{}-{program}", chapter.name)
}
