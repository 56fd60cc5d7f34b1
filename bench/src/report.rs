//! Records as one page of HTML that needs nothing else: no script, no font, no network.
//!
//! - `text`: characters that mean something in HTML, and tables.

mod text;

use std::fmt::Write;

use crate::recorded::{Kind, Recorded};
use crate::sheet::sheets;
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
    for record in records {
        page += &section(record);
    }
    page + "</main>\n</body>\n</html>\n"
}

fn section(record: &Recorded) -> String {
    let mut html = format!("<section>\n<h2>{}</h2>\n{}", title(record.kind), provenance(record));
    for sheet in sheets(record) {
        html += &table(&sheet);
    }
    html + "</section>\n"
}

fn title(kind: Kind) -> &'static str {
    match kind {
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
    let memory = machine.memory_mib.map_or(String::new(), |mib| format!(", {mib} MiB"));
    let (cpu, cores) = (&machine.cpu, machine.cores);
    let (os, arch) = (&machine.os, &machine.arch);
    item("machine", &escape(&format!("{cpu}, {cores} cores{memory}, {os} {arch}")));
    let versions = head.versions.iter();
    let versions =
        versions.map(|(of, version)| format!("{of} {}", version.as_str().unwrap_or("?")));
    item("versions", &escape(&versions.collect::<Vec<_>>().join(", ")));
    item("by", &format!("<code>{}</code>", escape(&head.command)));
    html + "</dl>\n"
}
