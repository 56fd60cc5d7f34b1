//! A run as a person reads it.

use std::fmt::Write as _;
use std::iter;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, Row as Line, Table};
use comfy_table::{LineStyle, Width, presets};

use crate::record::{Record, Row, Status};

/// Title, width in characters, and whether numbers stand in it. A space goes between two.
const COLUMNS: [(&str, u16, bool); 9] = [
    ("model", 18, false),
    ("messages/s", 10, true),
    ("p50\nµs", 7, true),
    ("p99\nµs", 7, true),
    ("processor\nµs/message", 10, true),
    ("±", 4, true),
    ("ratio", 6, true),
    ("KiB/\nclient", 6, true),
    ("note", 24, false),
];

/// With less in other hands the medians are as good as on an idle machine.
const OTHERS_SHARE_MAX: f64 = 0.05;

/// How to draw: what the other end can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Lines of box characters, where a file gets dashes.
    pub lines: bool,
    /// Bold and colours.
    pub colours: bool,
}

/// The whole report: what was measured on what, the table, what failed, and how to read it.
#[must_use]
pub fn report(record: &Record, style: Style) -> String {
    let mut text = header(record);
    let mut groups: Vec<(usize, &str)> = Vec::new();
    for row in &record.rows {
        if !groups.contains(&(row.connections, row.protocol)) {
            groups.push((row.connections, row.protocol));
        }
    }
    let mut table = empty_table(style);
    for (connections, protocol) in groups {
        table.add_row(group_line(connections, protocol));
        let of_group = |row: &&Row| (row.connections, row.protocol) == (connections, protocol);
        table.add_rows(record.rows.iter().filter(of_group).map(line));
    }
    // Each cell is padded to its column's width, the last one too.
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for row in record.rows.iter().filter(|row| row.status == Status::Failed) {
        let why = row.why.as_deref().unwrap_or("no reason given");
        let _ = writeln!(text, "failed: {} with {}: {why}", row.model, clients(row.connections));
    }
    text + &legend(record)
}

fn header(record: &Record) -> String {
    let machine = &record.header.machine;
    let settings = &record.settings;
    // Fewer than asked for, where the time was up.
    let rounds = record.rows.iter().map(|row| row.rounds.len()).max().unwrap_or(0);
    let rounds = count(rounds, "round");
    let pinning = match settings.pinning.as_str() {
        "none" => "not pinned",
        pinned => pinned,
    };
    let silent = match settings.silent {
        0 => String::new(),
        silent => format!(", {silent} silent clients beside those that speak"),
    };
    format!(
        "{}, {} cores, {} {}; {pinning}\n\
         {} of {:.0} ms each, {}-byte messages{silent}, medians\n",
        machine.cpu,
        machine.cores,
        machine.os,
        machine.arch,
        rounds,
        settings.seconds_per_round * 1e3,
        settings.message_bytes
    )
}

fn empty_table(style: Style) -> Table {
    let mut table = Table::new();
    let lines =
        if style.lines { presets::UTF8_HORIZONTAL_ONLY } else { presets::ASCII_HORIZONTAL_ONLY };
    table.load_style(lines);
    table.style_mut().row_separator = LineStyle::default();
    if style.colours {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(COLUMNS.map(|(title, _, number)| cell(title, number)));
    for (index, (title, width, _)) in COLUMNS.into_iter().enumerate() {
        if let Some(column) = table.column_mut(index) {
            // Text that follows right-aligned numbers must not touch them.
            column.set_padding((u16::from(title == "note"), 0));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    table
}

fn cell(text: impl ToString, number: bool) -> Cell {
    let alignment = if number { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new(text).set_alignment(alignment)
}

fn group_line(connections: usize, protocol: &str) -> Line {
    let title = match protocol {
        "http" => format!("{}, HTTP", clients(connections)),
        _ => clients(connections),
    };
    let blank = iter::repeat_n(Cell::new(""), COLUMNS.len() - 1);
    iter::once(Cell::new(title).add_attribute(Attribute::Bold))
        .chain(blank)
        .collect::<Vec<_>>()
        .into()
}

fn clients(connections: usize) -> String {
    count(connections, "client")
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

fn line(row: &Row) -> Line {
    let figures = &row.figures;
    let best = figures.ratio.is_some_and(|ratio| ratio <= 1.0);
    let note = match row.status {
        Status::Failed => "FAILED, see below",
        Status::Limit => row.why.as_deref().unwrap_or_default(),
        Status::Measured if figures.client_bound == Some(true) => "client-bound",
        Status::Measured => "",
    };
    let texts = [
        format!("  {}", row.model),
        show(figures.messages_per_second, thousands),
        show(figures.p50_us, three_digits),
        show(figures.p99_us, three_digits),
        show(figures.cpu_us_per_message, |us| format!("{us:.2}")),
        show(row.spread(), percent),
        show(figures.ratio, |ratio| format!("{ratio:.2}")),
        show(figures.kib_per_connection, |kib| format!("{kib:.1}")),
        note.to_owned(),
    ];
    let cells = texts.into_iter().zip(COLUMNS).map(|(text, (title, _, number))| {
        let cell = cell(text, number);
        match title {
            "ratio" if best => cell.fg(Color::Green).add_attribute(Attribute::Bold),
            "note" if row.status == Status::Failed => cell.fg(Color::Red),
            "note" if !note.is_empty() => cell.add_attribute(Attribute::Dim),
            _ => cell,
        }
    });
    cells.collect::<Vec<_>>().into()
}

fn show(figure: Option<f64>, how: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|| "-".to_owned(), how)
}

/// Latencies lie between 5 µs and seconds: digits that tell nothing are left out.
fn three_digits(us: f64) -> String {
    if us < 99.95 { format!("{us:.1}") } else { format!("{us:.0}") }
}

/// Beyond that it says only that others were in the way.
fn percent(share: f64) -> String {
    if share > 0.99 { ">99%".into() } else { format!("{:.0}%", share * 100.0) }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn legend(record: &Record) -> String {
    let single =
        "With 1 client a round trip includes two wake-ups, the server's and the client's.\n";
    let bound =
        "client-bound: the load had no time left while the server had; its rate could be higher.\n";
    let others = record.others_share.filter(|share| *share > OTHERS_SHARE_MAX);
    let others = others.map_or_else(String::new, |share| {
        let percent = share * 100.0;
        format!("Other programs had {percent:.0}% of the cores meanwhile: expect better on an idle machine.\n")
    });
    let has = |test: fn(&Row) -> bool| record.rows.iter().any(test);
    [
        "\nratio: the server's processor time a message over the lowest of its group; ±: how far the\n\
         rounds lie from each other in it. Nothing is said of idle servers: spin uses a core then, too.\n",
        if has(|row| row.connections == 1) { single } else { "" },
        if has(|row| row.figures.client_bound == Some(true)) { bound } else { "" },
        &others,
        "One model alone:  cargo run --release -p bench -- --models epoll\n",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_100_characters() {
        let mut table = empty_table(Style { lines: true, colours: false });
        table.add_row(group_line(1000, "http"));
        let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width <= 100), "{widths:?}");
    }

    #[test]
    fn numbers_are_cut_where_they_stop_to_tell_something() {
        assert_eq!(three_digits(8.349), "8.3");
        assert_eq!(three_digits(1234.5), "1234");
        assert_eq!(thousands(1_234_567.8), "1,234,568");
        assert_eq!(thousands(12.0), "12");
    }
}
