//! `{{#ratio RUN}}`: processor time a message against the least loop that there is, a column for each case.
//!
//! `{{#instructions RUN models=ch03/*,ch04/*}}`: what a message costs outside of the kernel, a column for each case. The
//! least loop is there unasked.

use std::fmt::Write;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{Options, Place, load, provenance};
use crate::tool::runs::{Header, matches, shown};

/// How records name the least loops, and how pages do.
const LEAST: [(&str, &str); 2] =
    [("c-epoll", "the loop in C"), ("peer/http-raw", "the least HTTP loop")];

/// What a row or a run was measured in. Records of echo alone do not say it.
#[derive(Deserialize, PartialEq)]
struct Case {
    request: Option<String>,
    depth: Option<u32>,
}

impl Case {
    /// Above a column; empty where there is nothing to choose.
    fn heading(&self) -> String {
        match (&self.request, self.depth) {
            (None, _) => String::new(),
            (Some(request), None | Some(1)) => format!("`{request}`"),
            (Some(request), Some(depth)) => format!("`{request}`, {depth} deep"),
        }
    }
}

/// As pages call a model or a peer.
fn called(name: &str) -> String {
    let least = LEAST.iter().find(|(least, _)| *least == name);
    least.map_or_else(|| format!("`{name}`"), |(_, words)| (*words).to_owned())
}

#[derive(Deserialize)]
struct Ratios {
    #[serde(flatten)]
    header: Header,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    connections: u32,
    #[serde(flatten)]
    case: Case,
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
    #[serde(flatten)]
    case: Case,
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
        let heading = match run.case.heading() {
            none if none.is_empty() => run.connections.to_string(),
            heading => heading,
        };
        write!(table, " {heading} |")?;
    }
    table += "\n|---|";
    table += &"--:|".repeat(record.runs.len());
    for (at, row) in first.rows.iter().enumerate().filter(|(_, row)| row.status != "base") {
        let name = match row.status.as_str() {
            "control" => format!("{}, once more", called(&row.name)),
            _ => called(&row.name),
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
    let least = |name: &str| LEAST.iter().any(|(least, _)| *least == name);
    let wanted = |row: &&Count| patterns.iter().any(|pattern| matches(pattern, &row.name));
    let cases = record.rows.iter().filter(wanted).map(|row| &row.case);
    let cases = cases.fold(Vec::new(), |mut each, case| {
        if !each.contains(&case) {
            each.push(case);
        }
        each
    });
    let mut names: Vec<&str> = Vec::new();
    for row in record.rows.iter().filter(|row| least(&row.name) || wanted(row)) {
        if cases.contains(&&row.case) && !names.contains(&row.name.as_str()) {
            names.push(&row.name);
        }
    }
    let mut table = String::from("| instructions a message |");
    for case in &cases {
        write!(table, " {} |", case.heading())?;
    }
    table += "\n|---|";
    table += &"--:|".repeat(cases.len());
    for name in names {
        write!(table, "\n| {} |", called(name))?;
        for case in &cases {
            let row = record.rows.iter().find(|row| row.name == name && row.case == **case);
            let count = row.and_then(|row| row.instructions_per_message);
            write!(table, " {} |", count.map_or_else(|| "–".to_owned(), shown))?;
        }
    }
    let under = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{under}\n"))
}
