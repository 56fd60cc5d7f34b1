//! `{{#operations RUN begin=spawn,timer}}`: what single operations cost, a column for each who does them. `begin=`
//! chooses operations by how their names begin, a dash for a blank; without it all are shown.
//!
//! `{{#operation RUN name=spawn-then-await by=ch04}}`: one figure, with unit; with `to=tokio` how many times as much
//! the other one costs. A dash stands for a blank in a name.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Options, Place, cell, load, provenance};
use crate::tool::runs::{Header, shown};

#[derive(Deserialize)]
struct Record {
    #[serde(flatten)]
    header: Header,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    operation: String,
    by: String,
    cpu_ns: f64,
    low: f64,
    high: f64,
}

pub(super) fn table(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["begin"])?;
    let record: Record = load(options.first, place)?;
    let begins = options.get("begin").unwrap_or_default().replace('-', " ");
    let begins: Vec<&str> = begins.split(',').collect();
    for begin in &begins {
        let any = record.rows.iter().any(|row| row.operation.starts_with(begin));
        any.then_some(()).with_context(|| format!("no operation begins with `{begin}`"))?;
    }
    let wanted = |row: &&Row| begins.iter().any(|begin| row.operation.starts_with(begin));
    let rows: Vec<&Row> = record.rows.iter().filter(wanted).collect();
    let mut columns: Vec<&str> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for row in &rows {
        if !columns.contains(&row.by.as_str()) {
            columns.push(&row.by);
        }
        if !names.contains(&row.operation.as_str()) {
            names.push(&row.operation);
        }
    }
    let mut table = String::from("| processor time, ns |");
    for column in &columns {
        write!(table, " `{column}` |")?;
    }
    table += "\n|---|";
    table += &"--:|".repeat(columns.len());
    for name in names {
        write!(table, "\n| {} |", cell(name))?;
        for column in &columns {
            let row = rows.iter().find(|row| row.operation == name && row.by == *column);
            write!(table, " {} |", row.map_or_else(|| "–".to_owned(), |row| interval(row)))?;
        }
    }
    let under = provenance(options.first, &record.header, place);
    Ok(format!("<div class=\"bench\">\n\n{table}\n\n</div>\n\n{under}\n"))
}

fn interval(row: &Row) -> String {
    format!("{} <small>{} to {}</small>", shown(row.cpu_ns), shown(row.low), shown(row.high))
}

pub(super) fn figure(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::parse(arguments, &["name", "by", "to"])?;
    let record: Record = load(options.first, place)?;
    let name = options.get("name")?.replace('-', " ");
    let cost = |by: &str| {
        let row = record.rows.iter().find(|row| row.operation == name && row.by == by);
        row.map(|row| row.cpu_ns).with_context(|| format!("no `{name}` by `{by}` in the run"))
    };
    let own = cost(options.get("by")?)?;
    let figure = match options.get("to") {
        Ok(other) => format!("{}\u{a0}×", shown(cost(other)? / own)),
        Err(_) => format!("{}\u{a0}ns", shown(own)),
    };
    let link = place.sources.publish(&format!("bench/runs/{}.json", options.first));
    Ok(format!("<a class=\"figure\" href=\"{}{link}\">{figure}</a>", place.up))
}
