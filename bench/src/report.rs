//! Records as one page of HTML that needs nothing else: no script, no font, no network.
//!
//! - `figures`: which plots a record gets, and `growth`: those over what it varies.
//! - `quantity`: what can be plotted, and how rows compare in it.
//! - `words`: the sentences below the plots.
//! - `draw`: the plots.
//! - `text`: characters that mean something in HTML, and tables.

mod draw;
mod figures;
mod growth;
mod quantity;
mod text;
mod words;

use std::fmt::Write;

use crate::recorded::{Kind, Recorded};
use crate::sheet::sheets;
use figures::Figure;
use text::{escape, table};

/// The looks, for light and for dark, for a desk and for a phone.
const STYLE: &str = include_str!("report/page.css");

/// The page of `records`, in this order.
#[must_use]
pub fn page(records: &[Recorded]) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Learning to Wait: what was measured</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>What was measured</h1>\n"
    );
    if let [_, _, ..] = records {
        page += &contents(records);
    }
    for (place, record) in records.iter().enumerate() {
        page += &section(place, record);
    }
    page + "</main>\n</body>\n</html>\n"
}

fn contents(records: &[Recorded]) -> String {
    let item = |(place, record): (usize, &Recorded)| {
        let (title, name) = (title(record), escape(&record.name));
        format!("<li><a href=\"#r{place}\">{title}</a> <span class=\"faint\">{name}</span></li>\n")
    };
    let items: String = records.iter().enumerate().map(item).collect();
    format!("<nav><ul>\n{items}</ul></nav>\n")
}

fn section(place: usize, record: &Recorded) -> String {
    let mut html =
        format!("<section id=\"r{place}\">\n<h2>{}</h2>\n{}", title(record), provenance(record));
    html += &plots(&growth::of_record(record));
    let cases = record.cases();
    let of_cases = cases.iter().map(|(_, lines)| figures::of_case(record, lines));
    let sheets = sheets(record);
    // A ledger is one table of all its steps.
    let each = sheets.len() == cases.len();
    let mut of_cases = of_cases.collect::<Vec<_>>().into_iter();
    if !each {
        html += &plots(&of_cases.by_ref().flatten().collect::<Vec<_>>());
    }
    for sheet in &sheets {
        if !sheet.title.is_empty() {
            let _ = writeln!(html, "<h3>{}</h3>", escape(&sheet.title));
        }
        let figures = of_cases.next().unwrap_or_default();
        // A single plot leaves room beside it.
        let [before, after] =
            if figures.len() == 1 { ["<div class=\"beside\">\n", "</div>\n"] } else { [""; 2] };
        html += &[before, &plots(&figures), &table(sheet), after].concat();
    }
    html + "</section>\n"
}

fn plots(figures: &[Figure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let figure = |figure: &Figure| {
        let (title, said) = (escape(&figure.title), escape(&figure.said));
        let svg = &figure.svg;
        format!("<figure>\n<h4>{title}</h4>\n{svg}<figcaption>{said}</figcaption>\n</figure>\n")
    };
    let figures: String = figures.iter().map(figure).collect();
    format!("<div class=\"plots\">\n{figures}</div>\n")
}

fn title(record: &Recorded) -> &'static str {
    match record.kind {
        Kind::Ladder if record.settings.number("silent") > Some(0.0) => {
            "All models, beside a crowd"
        }
        Kind::Ladder => "All models under the same load",
        Kind::Echo => "Echo",
        Kind::Http => "HTTP",
        Kind::Idle => "A crowd that says nothing",
        Kind::Accept => "Bursts of clients",
        Kind::Ratio => "Against the least there can be",
        Kind::Instructions => "Instructions outside of the kernel",
        Kind::Syscalls => "What is asked of the kernel",
        Kind::Operations => "Single operations",
        Kind::Waiting => "What one wait costs",
        Kind::Trace => "Who waits for whom",
        Kind::Comparison => "What changed",
        Kind::Goals => "Goals",
    }
}

/// When, where and by what it was made.
fn provenance(record: &Recorded) -> String {
    let (head, machine) = (&record.head, &record.head.machine);
    let mut html = String::from("<dl class=\"made\">\n");
    let mut item = |name: &str, text: &str| {
        let _ = writeln!(html, "<div><dt>{name}</dt><dd>{text}</dd></div>");
    };
    if !record.name.is_empty() {
        item("record", &escape(&record.name));
    }
    item("made", &escape(&head.date.replace('T', " ").replace('Z', " UTC")));
    item("commit", &escape(head.commit.as_deref().unwrap_or("not of a checkout")));
    item("machine", &escape(&machine.to_string()));
    let versions = head.versions.iter();
    let versions =
        versions.map(|(of, version)| format!("{of} {}", version.as_str().unwrap_or("?")));
    item("versions", &escape(&versions.collect::<Vec<_>>().join(", ")));
    if let Some(pinning) = record.settings.text("pinning") {
        item("where", &escape(if pinning == "none" { "not pinned" } else { pinning }));
    }
    if let Some(share) = record.others_share {
        item(
            "others",
            &format!("other programs had {:.0} % of the cores meanwhile", share * 100.0),
        );
    }
    item("by", &format!("<code>{}</code>", escape(&head.command)));
    html + "</dl>\n"
}
