//! `{{#ratio RUN}}`: processor time a message against the least loop in C, a column for each number of connections.
//!
//! `{{#instructions RUN models=ch03/*,ch04/*}}`: what a message costs outside of the kernel. The loop in C is there
//! unasked.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Options, Place, load, provenance};
use crate::tool::runs::{Header, matches, shown};

/// How records name the loop in C, and how pages do.
const LOOP_IN_C: (&str, &str) = ("c-epoll", "the loop in C");

#[derive(Deserialize)]
struct Ratios {
    #[serde(flatten)]
    header: Header,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    connections: u32,
    kept: bool,
    rows: Vec<Compared>,
}

#[derive(Deserialize)]
struct Compared {
    name: String,
    status: String,
    ratio: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Deserialize)]
struct Instructions {
    #[serde(flatten)]
    header: Header,
    rows: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    name: String,
    instructions_per_message: Option<f64>,
}

pub(super) fn ratio(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &[])?;
    let record: Ratios = load(options.first, place)?;
    if let Some(run) = record.runs.iter().find(|run| !run.kept) {
        bail!(
            "the control of the run with {} connections was off: it says nothing",
            run.connections
        );
    }
    let first = record.runs.first().context("the record has no run")?;
    let mut table = String::from("| model |");
    for run in &record.runs {
        write!(table, " {} |", run.connections)?;
    }
    table += "\n|---|";
    table += &"--:|".repeat(record.runs.len());
    for (at, row) in first.rows.iter().enumerate().filter(|(_, row)| row.status != "base") {
        let name = match row.status.as_str() {
            "control" => format!("{}, once more", LOOP_IN_C.1),
            _ => format!("`{}`", row.name),
        };
        write!(table, "\n| {name} |")?;
        for run in &record.runs {
            let row = run.rows.get(at).filter(|other| other.name == row.name);
            write!(table, " {} |", row.map_or_else(|| "–".to_owned(), interval))?;
        }
    }
    let under = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{under}\n"))
}

fn interval(row: &Compared) -> String {
    match (row.ratio, row.low, row.high) {
        (Some(ratio), Some(low), Some(high)) => {
            format!("{ratio:.3} <small>{low:.3} to {high:.3}</small>")
        }
        _ => "–".to_owned(),
    }
}

pub(super) fn instructions(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["models"])?;
    let record: Instructions = load(options.first, place)?;
    let patterns: Vec<&str> = options.get("models")?.split(',').collect();
    if let Some(pattern) =
        patterns.iter().find(|p| !record.rows.iter().any(|row| matches(p, &row.name)))
    {
        bail!("the run has no model `{pattern}`");
    }
    let wanted =
        |row: &&Count| row.name == LOOP_IN_C.0 || patterns.iter().any(|p| matches(p, &row.name));
    let mut table = String::from("| model | instructions a message |\n|---|--:|");
    for row in record.rows.iter().filter(wanted) {
        let name = if row.name == LOOP_IN_C.0 {
            LOOP_IN_C.1.to_owned()
        } else {
            format!("`{}`", row.name)
        };
        let count = row.instructions_per_message.map_or_else(|| "–".to_owned(), shown);
        write!(table, "\n| {name} | {count} |")?;
    }
    let under = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{under}\n"))
}
