//! Which plots a record gets.

use std::fmt::Write;

use crate::recorded::{Kind, Line, Recorded};

use super::draw::{self, Mark, Scale};
use super::quantity::{
    BURST, BURST_CPU, BURST_P99, CALLS, CPU, INSTRUCTIONS, MEMORY, OPERATION, P99, Quantity,
    RESPONSE_P99, THROUGHPUT, Told, leaders, told,
};
use super::words;

/// A plot, and what it shows in words.
pub(super) struct Figure {
    pub(super) title: String,
    pub(super) svg: String,
    pub(super) said: String,
}

/// Above this ratio of the largest to the smallest a linear scale would hide the small ones.
const LINEAR_UP_TO: f64 = 50.0;

/// The plots of one case.
pub(super) fn of_case(record: &Recorded, lines: &[&Line]) -> Vec<Figure> {
    let plots: Vec<Option<Figure>> = match record.kind {
        kind if kind.is_loop() => vec![
            bars(lines, &THROUGHPUT),
            spans(lines, &P99, "p50_us"),
            spans(lines, &RESPONSE_P99, "response_p50_us"),
            bars(lines, &CPU),
            bars(lines, &MEMORY),
        ],
        Kind::Accept => {
            vec![bars(lines, &BURST), spans(lines, &BURST_P99, "p50_ms"), bars(lines, &BURST_CPU)]
        }
        Kind::Ratio => vec![ratios(lines, record.settings.text("base").unwrap_or("the base"))],
        Kind::Instructions => vec![counts(lines, &INSTRUCTIONS, INSTRUCTIONS.title, "")],
        Kind::Operations => vec![bars(lines, &OPERATION)],
        Kind::Syscalls => vec![calls(lines)],
        Kind::Goals => vec![goals(lines)],
        _ => Vec::new(),
    };
    plots.into_iter().flatten().collect()
}

/// Bars, of which the best and its equals stand out.
fn bars(lines: &[&Line], quantity: &Quantity) -> Option<Figure> {
    let rows = told(lines, quantity);
    let mark = |row: &Told<'_>| Mark {
        who: row.line.who().to_owned(),
        value: row.value,
        from: None,
        range: row.spread,
        text: (quantity.shown)(row.value),
        leads: true,
    };
    let said = words::compared(&rows, quantity) + &words::caveats(lines, quantity);
    figure(quantity.title, &rows, rows.iter().map(mark).collect(), said)
}

/// From a median to a percentile.
fn spans(lines: &[&Line], quantity: &Quantity, median: &str) -> Option<Figure> {
    let rows = told(lines, quantity);
    let of = |row: &Told<'_>| row.line.number(median);
    let mark = |row: &Told<'_>| Mark {
        who: row.line.who().to_owned(),
        value: row.value,
        from: of(row),
        range: None,
        text: match of(row) {
            Some(median) => {
                format!("{} / {}", (quantity.shown)(median), (quantity.shown)(row.value))
            }
            None => (quantity.shown)(row.value),
        },
        leads: true,
    };
    let medians = || rows.iter().filter_map(of);
    let ends = medians().min_by(f64::total_cmp).zip(medians().max_by(f64::total_cmp));
    let half = ends.map(|(least, most)| {
        let (least, most) = ((quantity.shown)(least), quantity.said(most));
        format!(" Half of the answers are there after {least} to {most}.")
    });
    let said = format!("99 of 100: {}", words::lower(&words::compared(&rows, quantity)));
    let said = said + &half.unwrap_or_default() + &words::caveats(lines, quantity);
    figure(quantity.title, &rows, rows.iter().map(mark).collect(), said)
}

/// A step of a ledger.
fn calls(lines: &[&Line]) -> Option<Figure> {
    let totals: Vec<&Line> = lines.iter().copied().filter(|line| line.is_total()).collect();
    let unbounded = lines.iter().filter(|line| line.text("kind") == Some("unbounded"));
    let mut unbounded: Vec<&str> = unbounded.map(|line| line.who()).collect();
    unbounded.dedup();
    let beyond = match &unbounded[..] {
        [] => String::new(),
        names => format!(" Beyond what is counted, as often as they can: {}.", words::list(names)),
    };
    let step = lines.first().and_then(|line| line.text("step")).unwrap_or_default();
    counts(&totals, &CALLS, &format!("{}, {step}", CALLS.title), &beyond)
}

fn counts(lines: &[&Line], quantity: &Quantity, title: &str, beyond: &str) -> Option<Figure> {
    let rows = told(lines, quantity);
    let mark = |row: &Told<'_>| Mark {
        who: row.line.who().to_owned(),
        value: row.value,
        from: None,
        range: row.line.number("low").zip(row.line.number("high")),
        text: (quantity.shown)(row.value),
        leads: true,
    };
    let said = words::counted(&rows, quantity) + beyond + &words::caveats(lines, quantity);
    figure(title, &[], rows.iter().map(mark).collect(), said)
}

/// Around one, with the interval in which the true median lies.
fn ratios(lines: &[&Line], base: &str) -> Option<Figure> {
    let rows: Vec<&Line> = lines
        .iter()
        .copied()
        .filter(|line| line.text("status") != Some("base") && line.number("ratio").is_some())
        .collect();
    let around = |line: &Line| Some((line.number("low")?, line.number("high")?));
    let mark = |line: &&Line| {
        let value = line.number("ratio").unwrap_or(1.0);
        let control = line.text("status") == Some("control");
        let who = if control { "control" } else { line.who() };
        let range = around(line);
        let leads = range.is_some_and(|(low, high)| low <= 1.0 && 1.0 <= high);
        Mark { who: who.into(), value, from: None, range, text: format!("{value:.3}"), leads }
    };
    let marks: Vec<Mark> = rows.iter().map(mark).collect();
    if marks.is_empty() {
        return None;
    }
    let models = || rows.iter().filter(|line| line.text("status") == Some("measured"));
    let those = |test: &dyn Fn(f64, f64) -> bool| {
        let of = models().filter(|line| around(line).is_some_and(|(low, high)| test(low, high)));
        of.map(|line| line.who()).collect::<Vec<&str>>()
    };
    let equal = those(&|low, high| low <= 1.0 && 1.0 <= high);
    let (less, more) = (those(&|_, high| high < 1.0), those(&|low, _| low > 1.0));
    let mut said = String::new();
    for (what, names) in [("Equal to", equal), ("Less than", less), ("More than", more)] {
        if !names.is_empty() {
            let _ = write!(said, "{what} {base}: {}. ", words::list(&names));
        }
    }
    if !lines.iter().all(|line| line.is("kept")) {
        said += "The control is too far from 1: this run says nothing.";
    }
    let (title, said) = (format!("Processor time a message, over that of {base}"), said.trim_end());
    let svg = draw::rows(&marks, Scale::Around(1.0), said);
    Some(Figure { title, svg, said: said.to_owned() })
}

/// What was measured over what must be: to the left of 1 a goal is met.
fn goals(lines: &[&Line]) -> Option<Figure> {
    let mark = |line: &&Line| {
        let must: f64 = line.text("must")?.trim_start_matches(['≤', ' ']).parse().ok()?;
        let measured = line.number("measured")?;
        Some(Mark {
            who: line.text("goal")?.to_owned(),
            value: measured / must,
            from: None,
            range: line.number("low").zip(line.number("high")).map(|(l, h)| (l / must, h / must)),
            text: format!("{measured:.3}"),
            leads: line.text("state") != Some("missed"),
        })
    };
    let marks: Vec<Mark> = lines.iter().filter_map(mark).collect();
    if marks.is_empty() {
        return None;
    }
    let those = |state: &str| {
        let of = lines.iter().filter(|line| line.text("state") == Some(state));
        let names: Vec<&str> = of.filter_map(|line| line.text("goal")).collect();
        if names.is_empty() { "none".to_owned() } else { words::list(&names) }
    };
    let said = format!(
        "Missed: {}. Not measured: {}. The others are met; what is aimed at, by: {}.",
        those("missed"),
        those("not measured"),
        those("aim met")
    );
    let svg = draw::rows(&marks, Scale::Around(1.0), &said);
    Some(Figure { title: "Measured, over what must be".into(), svg, said })
}

/// Draws `marks`, of which those of the best rows stand out.
fn figure(title: &str, rows: &[Told<'_>], mut marks: Vec<Mark>, said: String) -> Option<Figure> {
    if marks.is_empty() {
        return None;
    }
    if let Some(leaders) = leaders(rows) {
        for (place, mark) in marks.iter_mut().enumerate() {
            mark.leads = leaders.contains(&place);
        }
    }
    let values = || marks.iter().flat_map(|mark| [Some(mark.value), mark.from]).flatten();
    let scale = scale_of(values());
    let log = if scale == Scale::Logarithmic { ", log scale" } else { "" };
    let svg = draw::rows(&marks, scale, &said);
    Some(Figure { title: format!("{title}{log}"), svg, said })
}

/// Logarithmic where the values lie decades apart.
pub(super) fn scale_of(values: impl Iterator<Item = f64>) -> Scale {
    let positive: Vec<f64> = values.filter(|value| *value > 0.0).collect();
    let least = positive.iter().copied().fold(f64::MAX, f64::min);
    let most = positive.iter().copied().fold(0.0, f64::max);
    if most / least > LINEAR_UP_TO { Scale::Logarithmic } else { Scale::Linear }
}
