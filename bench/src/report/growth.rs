//! Plots over what a record varies: clients, silent ones, the rate, or requests at once.

use std::fmt::Write;

use crate::recorded::{Kind, Line, Recorded};
use crate::table::thousands;

use super::draw::{self, SERIES_MAX, Scale, Series};
use super::figures::{Figure, scale_of};
use super::quantity::{
    ALL_MEMORY, CPU, P99, Quantity, RESPONSE_P99, THROUGHPUT, WAIT_FIFTY, WAIT_ONE, told,
};
use super::words;

/// What lines may be drawn over, and as the axis says it.
const AXES: [(&str, &str); 4] = [
    ("silent", "silent clients"),
    ("rate", "messages due in a second"),
    ("connections", "clients"),
    ("depth", "requests at once"),
];

/// The plots over the first axis along which rows differ that have all else in common.
pub(super) fn of_record(record: &Recorded) -> Vec<Figure> {
    let Some(quantities) = quantities(record.kind) else { return Vec::new() };
    let mut figures = Vec::new();
    for (axis, said) in AXES {
        for (rest, lines) in families(&record.lines, axis) {
            if places(&lines, axis).len() > 1 {
                let said = if record.kind == Kind::Waiting { "silent descriptors" } else { said };
                let of = |&quantity: &&Quantity| figure(&lines, axis, said, &rest, quantity);
                figures.extend(quantities(axis).iter().filter_map(of));
            }
        }
        if !figures.is_empty() {
            break;
        }
    }
    figures
}

type Quantities = fn(&str) -> &'static [&'static Quantity];

/// What is drawn over which axis.
fn quantities(kind: Kind) -> Option<Quantities> {
    match kind {
        Kind::Waiting => Some(|_| &[&WAIT_ONE, &WAIT_FIFTY]),
        kind if kind.is_loop() => Some(|axis| match axis {
            "silent" | "connections" => &[&CPU, &P99, &ALL_MEMORY],
            "rate" => &[&RESPONSE_P99, &CPU],
            _ => &[&CPU, &THROUGHPUT],
        }),
        _ => None,
    }
}

/// Lines that agree in all but `axis`, each group with what it has in common.
fn families<'r>(lines: &'r [Line], axis: &str) -> Vec<(String, Vec<&'r Line>)> {
    let mut families: Vec<(String, Vec<&Line>)> = Vec::new();
    for line in lines {
        let mut common: Vec<String> =
            line.text("protocol").map(str::to_owned).into_iter().collect();
        common.extend(line.text("request").map(str::to_owned));
        for (field, said) in AXES.iter().filter(|(field, _)| *field != axis) {
            // One at once, and nobody silent, go without saying.
            let least = if *field == "depth" { 1.0 } else { 0.0 };
            let more = line.number(field).filter(|number| *number > least);
            common.extend(more.map(|number| format!("{} {said}", thousands(number))));
        }
        let common = common.join(", ");
        match families.iter_mut().find(|(known, _)| *known == common) {
            Some((_, lines)) => lines.push(line),
            None => families.push((common, vec![line])),
        }
    }
    families
}

fn places(lines: &[&Line], axis: &str) -> Vec<f64> {
    let mut places: Vec<f64> = lines.iter().filter_map(|line| line.number(axis)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    places
}

fn figure(
    lines: &[&Line],
    axis: &str,
    along: &str,
    rest: &str,
    quantity: &Quantity,
) -> Option<Figure> {
    let all = all_series(lines, axis, quantity);
    let (count, series) = (all.len(), few(all));
    let values = || series.iter().flat_map(|series| series.points.iter());
    if series.iter().all(|series| series.points.len() < 2) {
        return None;
    }
    let scales = (across(values().map(|point| point.0)), scale_of(values().map(|point| point.1)));
    let said = sentences(lines, axis, along, quantity, (series.len(), count));
    let log = if scales.1 == Scale::Logarithmic { ", log scale" } else { "" };
    let name = quantity.title.split(": half").next().unwrap_or(quantity.title);
    let which = if name == quantity.title { "" } else { ", 99 of 100" };
    let rest = if rest == "wait" { String::new() } else { format!(" ({rest})") };
    let mut title = format!("{name}{which}, over {along}{rest}");
    let _ = write!(title, "{log}");
    let svg = draw::lines(&series, scales, along, &said);
    Some(Figure { title, svg, said })
}

/// Nobody is silent at the left end, where a logarithm has no place for nothing.
fn across(values: impl Iterator<Item = f64> + Clone) -> Scale {
    if values.clone().any(|value| value <= 0.0) { Scale::Linear } else { scale_of(values) }
}

fn all_series(lines: &[&Line], axis: &str, quantity: &Quantity) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for line in lines {
        let Some(point) = line.number(axis).zip(quantity.value(line)) else { continue };
        match all.iter_mut().find(|series| series.who == line.who()) {
            Some(series) => series.points.push(point),
            None => all.push(Series { who: line.who().to_owned(), points: vec![point] }),
        }
    }
    for series in &mut all {
        series.points.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    all
}

/// As many as can be told apart: of those that reach the right end the lowest there, the highest, and some
/// between them.
fn few(mut all: Vec<Series>) -> Vec<Series> {
    if all.len() <= SERIES_MAX {
        return all;
    }
    let end = |series: &Series| series.points.last().copied().unwrap_or_default();
    let right = all.iter().map(|series| end(series).0).fold(0.0, f64::max);
    all.retain(|series| end(series).0 >= right);
    all.sort_by(|one, other| end(one).1.total_cmp(&end(other).1));
    let last = all.len().saturating_sub(1);
    let kept: Vec<usize> = (0..SERIES_MAX).map(|n| n * last / (SERIES_MAX - 1)).collect();
    let numbered = all.into_iter().enumerate();
    numbered.filter(|(place, _)| kept.contains(place)).map(|(_, series)| series).collect()
}

fn sentences(
    lines: &[&Line],
    axis: &str,
    along: &str,
    quantity: &Quantity,
    (shown, count): (usize, usize),
) -> String {
    let places = places(lines, axis);
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return String::new() };
    let at =
        |line: &Line, place: f64| quantity.value(line).filter(|_| line.number(axis) == Some(place));
    let grown = lines.iter().filter_map(|line| {
        let same = |other: &&&Line| other.who() == line.who() && at(other, *last).is_some();
        let then = lines.iter().find(same).and_then(|other| at(other, *last))?;
        let now = at(line, *first).filter(|value| *value > quantity.resolution)?;
        Some((line.who(), then / now))
    });
    let [from, to] = [*first, *last].map(thousands);
    let text = words::grown(&grown.collect::<Vec<_>>(), &from, &format!("{to} {along}"));
    let there: Vec<&Line> =
        lines.iter().copied().filter(|line| line.number(axis) == Some(*last)).collect();
    let compared = words::compared(&told(&there, quantity), quantity);
    let chosen = format!(
        " Drawn are {shown} of {count}, from the lowest at the right end to the highest; the tables have all."
    );
    let chosen = if shown < count { chosen } else { String::new() };
    format!("{text} At {to}: {}{chosen}", words::lower(&compared)).trim_start().to_owned()
}
