//! `{{#syscalls RUN models=ch01/*}}`: the ledger of system calls, a table a model, with calls as rows and
//! what was done as columns. `steps=echo,burst,connection,idle` chooses columns; with one of them alone the
//! models are the columns. RUN is a record, or `latest`.
//!
//! `{{#calls RUN model=ch03/epoll step=echo}}`: how many calls a step takes; with `call=read` of that one,
//! with `call=read vain=yes` of those that came back with nothing.

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Context, Result, bail};

use super::{Options, Place, cell, provenance};
use crate::tool::ledger::{Call, Kind, Ledger, STEPS, Step, calls};

/// What a page shows unless it says more.
const USUAL: &str = "echo,connection,idle";

/// One column of a table.
struct Column<'l> {
    heading: String,
    step: &'l Step,
}

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["models", "steps"])?;
    let ledger = place.sources.ledger(options.first)?;
    let models: Vec<&str> = options.get("models")?.split(',').collect();
    let rows = ledger.models(&models)?;
    let steps = options.options.get("steps").copied().unwrap_or(USUAL).split(',');
    let steps: Vec<_> = steps.map(step).collect::<Result<_>>()?;

    let mut text = String::new();
    let mut shown = Vec::new();
    if let [(_, name, _)] = steps[..] {
        let mut columns = Vec::new();
        for row in &rows {
            columns.push(Column { heading: format!("`{}`", row.model), step: row.step(name)? });
        }
        table(&mut text, "call", &columns)?;
        shown.extend(columns);
    } else {
        for row in &rows {
            let mut columns = Vec::new();
            for (_, name, words) in &steps {
                columns.push(Column { heading: (*words).to_string(), step: row.step(name)? });
            }
            table(&mut text, &format!("`{}`", row.model), &columns)?;
            shown.extend(columns);
        }
    }
    let notes = notes(&ledger, &steps, &shown);
    let provenance = provenance(&ledger.name, &ledger.header, place);
    Ok(format!("<div class=\"bench ledger\">\n\n{text}</div>\n\n{notes}{provenance}\n"))
}

fn step(word: &str) -> Result<(&'static str, &'static str, &'static str)> {
    let known = STEPS.into_iter().find(|(known, ..)| *known == word);
    known.with_context(|| {
        let all = STEPS.map(|(known, ..)| known).join(", ");
        format!("no step `{word}` in a ledger; there are {all}")
    })
}

fn table(text: &mut String, corner: &str, columns: &[Column<'_>]) -> Result<()> {
    write!(text, "| {corner} |")?;
    for column in columns {
        write!(text, " {} |", column.heading)?;
    }
    write!(text, "\n|---|{}", "--:|".repeat(columns.len()))?;
    let all = columns.iter().flat_map(|column| &column.step.calls);
    let all: BTreeSet<_> = all.map(|call| (call.name.as_str(), call.in_vain)).collect();
    for (name, in_vain) in all {
        write!(text, "\n| `{name}`{} |", if in_vain { ", in vain" } else { "" })?;
        for column in columns {
            let call = column.step.call(name, in_vain);
            write!(text, " {} |", call.map(Call::shown).unwrap_or_default())?;
        }
    }
    text.push_str("\n| all |");
    for column in columns {
        write!(text, " {} |", column.step.total.map_or_else(|| "–".to_string(), total(column)))?;
    }
    text.push_str("\n\n");
    Ok(())
}

/// The sum, as exact as the least exact of what it is made of.
fn total(column: &Column<'_>) -> impl Fn(f64) -> String {
    let kinds = || column.step.calls.iter().map(|call| call.kind);
    let (rate, varies) = (kinds().any(|k| k == Kind::Rate), kinds().any(|k| k == Kind::Varies));
    move |total| match (rate, varies) {
        (true, _) => format!("≈\u{202f}{total:.0}"),
        (_, true) => format!("≈\u{202f}{}", calls(total)),
        _ => calls(total),
    }
}

/// What the signs mean, and why a column is empty: only what this table needs.
fn notes(ledger: &Ledger, steps: &[(&str, &str, &str)], columns: &[Column<'_>]) -> String {
    let calls = || columns.iter().flat_map(|column| &column.step.calls);
    let mut notes = Vec::new();
    if calls().any(|call| call.in_vain) {
        notes.push("*In vain*: the call came back with nothing.".to_string());
    }
    if steps.iter().any(|(word, ..)| *word == "burst") {
        let clients = ledger.settings.burst_clients;
        let text = format!(
            "*A burst*: the messages of {clients} clients, all there when the server looks."
        );
        notes.push(text);
    }
    if calls().any(|call| call.kind == Kind::Varies) {
        notes.push("≈ The server's threads race, so this varies.".to_string());
    }
    if calls().any(|call| call.kind == Kind::Rate) {
        notes.push("≈ A rate, while strace slows the server down.".to_string());
    }
    if calls().any(|call| call.kind == Kind::Unbounded) {
        notes.push(
            "∗ As often as it can: that depends on the machine, and the sum leaves it out."
                .to_string(),
        );
    }
    let mut limits: Vec<String> = columns
        .iter()
        .filter_map(|c| c.step.why.as_deref())
        .map(|why| format!("– {}.", cell(why)))
        .collect();
    limits.dedup();
    notes.extend(limits);
    if notes.is_empty() {
        return String::new();
    }
    format!("<div class=\"notes\">\n\n- {}\n\n</div>\n\n", notes.join("\n- "))
}

pub(super) fn number(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["model", "step", "call", "vain"])?;
    let ledger = place.sources.ledger(options.first)?;
    let rows = ledger.models(&[options.get("model")?])?;
    let [row] = rows[..] else { bail!("`model=` must be one model") };
    let (_, name, _) = step(options.get("step")?)?;
    let step = row.step(name)?;
    let total = step.total.with_context(|| {
        format!("that step is not measured ({})", step.why.as_deref().unwrap_or("no reason given"))
    })?;
    let figure = match options.options.get("call") {
        None => calls(total),
        Some(call) => {
            let in_vain = match options.options.get("vain") {
                None => false,
                Some(&"yes") => true,
                Some(other) => bail!("`vain={other}`: it is `yes`, or not there"),
            };
            match step.call(call, in_vain) {
                // A name that no model of the ledger calls is a typing error, and not a 0.
                None if !ledger.knows(call) => bail!("no model makes the call `{call}`"),
                None => calls(0.0),
                Some(call) if call.kind == Kind::Unbounded => {
                    bail!("that is as often as it can, which is no figure")
                }
                Some(call) => call.shown(),
            }
        }
    };
    // The page names the one call itself.
    let kind = if options.options.contains_key("call") { "" } else { "system " };
    let unit = format!("{kind}call{}", if figure == "1" { "" } else { "s" });
    let link = place.sources.publish(&format!("bench/runs/{}.json", ledger.name));
    Ok(format!("<a class=\"figure\" href=\"{}{link}\">{figure}\u{a0}{unit}</a>", place.up))
}
