//! A run as a person reads it.

use std::fmt::Write as _;
use std::iter;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, Row as Line, Table};
use comfy_table::{LineStyle, Width, presets};

use crate::record::{Group, Measured, Record, Row, Status};

mod layouts;

pub use layouts::{CLOSED, OPEN};
pub(crate) use layouts::{letters, ratio};

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

/// What a table shows of its rows.
pub struct Layout<S: Measured> {
    /// From left to right. The first is the name, the last a note.
    pub columns: &'static [Column<S>],
    /// What needs a word below the table.
    pub legend: fn(&Record<S>) -> String,
}

/// A column. A space goes between two.
pub struct Column<S: Measured> {
    /// What stands above it.
    pub title: &'static str,
    /// Characters.
    pub width: u16,
    /// Whether numbers stand in it, to the right.
    pub number: bool,
    /// What stands in it.
    pub text: fn(&Row<S>) -> String,
}

impl<S: Measured> Column<S> {
    /// Of numbers.
    #[must_use]
    pub const fn number(title: &'static str, width: u16, text: fn(&Row<S>) -> String) -> Column<S> {
        Column { title, width, number: true, text }
    }

    /// Of text.
    #[must_use]
    pub const fn text(title: &'static str, width: u16, text: fn(&Row<S>) -> String) -> Column<S> {
        Column { title, width, number: false, text }
    }
}

/// The whole report: what was measured on what, the table, what failed, and how to read it.
#[must_use]
pub fn report<S: Measured>(record: &Record<S>, layout: &Layout<S>, style: Style) -> String {
    let mut text = header(record);
    let mut groups: Vec<Group> = Vec::new();
    for row in &record.rows {
        if !groups.contains(&row.group()) {
            groups.push(row.group());
        }
    }
    let mut table = empty_table(layout.columns, style);
    for group in groups {
        table.add_row(group_line(&title(&group).join(",\n"), layout.columns.len()));
        let of_group = record.rows.iter().filter(|row| row.group() == group);
        table.add_rows(of_group.map(|row| line(row, layout.columns)));
    }
    // Each cell is padded to its column's width, the last one too.
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    for row in record.rows.iter().filter(|row| row.status == Status::Failed) {
        let why = row.why.as_deref().unwrap_or("no reason given");
        let case = title(&row.group()).join(", ");
        let _ = writeln!(text, "failed: {} with {case}: {why}", row.model);
    }
    let has = |test: fn(&Row<S>) -> bool| record.rows.iter().any(test);
    let others = record.others_share.filter(|share| *share > OTHERS_SHARE_MAX);
    let others = others.map_or_else(String::new, |share| {
        let percent = share * 100.0;
        format!("Other programs had {percent:.0}% of the cores meanwhile: expect better on an idle machine.\n")
    });
    let letters = "Rows of a group that share a letter are equal: the ranges of their ratios overlap, and nothing\n\
         here ranks them.\n";
    let letters = if has(|row| row.compared.letters.is_some()) { letters } else { "" };
    [text, "\n".into(), (layout.legend)(record), letters.into(), others].concat()
}

fn header<S: Measured>(record: &Record<S>) -> String {
    let machine = &record.header.machine;
    let settings = &record.settings;
    // Fewer than asked for, where the time was up.
    let rounds = record.rows.iter().map(|row| row.rounds.len()).max().unwrap_or(0);
    let rounds = count(rounds, "round");
    let pinning = match settings.pinning.as_str() {
        "none" => "not pinned",
        pinned => pinned,
    };
    format!(
        "{}, {} cores, {} {}; {pinning}\n\
         {} of {:.0} ms each, {}-byte messages, medians\n",
        machine.cpu,
        machine.cores,
        machine.os,
        machine.arch,
        rounds,
        settings.seconds_per_round * 1e3,
        settings.message_bytes
    )
}

fn empty_table<S: Measured>(columns: &[Column<S>], style: Style) -> Table {
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
    table.set_header(columns.iter().map(|column| cell(column.title, column.number)));
    for (index, column) in columns.iter().enumerate() {
        if let Some(drawn) = table.column_mut(index) {
            // Text that follows right-aligned numbers must not touch them.
            drawn.set_padding((u16::from(index > 0 && !column.number), 0));
            drawn.set_constraint(ColumnConstraint::Absolute(Width::Fixed(column.width)));
        }
    }
    table
}

fn cell(text: impl ToString, number: bool) -> Cell {
    let alignment = if number { CellAlignment::Right } else { CellAlignment::Left };
    Cell::new(text).set_alignment(alignment)
}

fn group_line(title: &str, columns: usize) -> Line {
    let blank = iter::repeat_n(Cell::new(""), columns - 1);
    iter::once(Cell::new(title).add_attribute(Attribute::Bold))
        .chain(blank)
        .collect::<Vec<_>>()
        .into()
}

/// What the rows of a group have in common, in a few words each.
pub(crate) fn title(group: &Group) -> Vec<String> {
    let mut lines = vec![match group.protocol {
        "http" => format!("{}, HTTP", clients(group.connections)),
        _ => clients(group.connections),
    }];
    match group.silent {
        0 => {}
        silent => lines.push(format!("and {silent} silent")),
    }
    lines.extend(group.rate.map(|rate| format!("{}/s due", thousands(f64::from(rate)))));
    lines.extend(group.request.map(|request| match group.depth {
        1 => request.to_owned(),
        depth => format!("{request} {depth} deep"),
    }));
    lines
}

fn clients(connections: usize) -> String {
    count(connections, "client")
}

fn count(number: usize, of: &str) -> String {
    if number == 1 { format!("1 {of}") } else { format!("{number} {of}s") }
}

fn line<S: Measured>(row: &Row<S>, columns: &[Column<S>]) -> Line {
    // The cheapest, and those that nothing tells from it.
    let best = row.compared.ratio.is_some_and(|ratio| ratio <= 1.0)
        || row.compared.letters.as_deref().is_some_and(|letters| letters.starts_with('a'));
    let cells = columns.iter().map(|column| {
        let text = (column.text)(row);
        let filled = !text.is_empty();
        let cell = cell(text, column.number);
        match column.title {
            "ratio" if best => cell.fg(Color::Green).add_attribute(Attribute::Bold),
            "note" if row.status == Status::Failed => cell.fg(Color::Red),
            "note" if filled => cell.add_attribute(Attribute::Dim),
            _ => cell,
        }
    });
    cells.collect::<Vec<_>>().into()
}

/// A figure, or that there is none.
pub fn show(figure: Option<f64>, how: impl Fn(f64) -> String) -> String {
    figure.map_or_else(|| "-".to_owned(), how)
}

/// Latencies lie between 5 µs and seconds: digits that tell nothing are left out.
pub(crate) fn three_digits(us: f64) -> String {
    if us < 99.95 { format!("{us:.1}") } else { format!("{us:.0}") }
}

/// Beyond that it says only that others were in the way.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.99 { ">99%".into() } else { format!("{:.0}%", share * 100.0) }
}

pub(crate) fn thousands(number: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_fits_100_characters() {
        let group = Group {
            connections: 1000,
            silent: 8000,
            rate: Some(1_000_000),
            protocol: "http",
            request: Some("GET /"),
            depth: 16,
        };
        fits(&CLOSED, &group);
        fits(&OPEN, &group);
        fits(&crate::accept::LAYOUT, &group);
    }

    #[track_caller]
    fn fits<S: Measured>(layout: &Layout<S>, group: &Group) {
        let mut table = empty_table(layout.columns, Style { lines: true, colours: false });
        table.add_row(group_line(&title(group).join(",\n"), layout.columns.len()));
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
