//! `{{#bench-plot RUN field=cpu_us_per_message connections=50 models=… protocol=…}}`: bars, one a model;
//! with `kind=lines`, and no `connections`, a line a model over all connection counts. `over=silent`, `over=rate` or
//! `over=depth` draws lines over that instead. `silent=`, `rate=`, `request=` and `depth=` choose a case too.
//!
//! Each plot is drawn for light and for dark pages, and the style sheet shows the one that fits the theme.

mod bars;
mod lines;

use std::fmt::Write;

use anyhow::{Result, bail};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Options, Place, escape, provenance};
use crate::tool::runs::{Field, Row, differing, shown};

/// Drawn at about the width of a phone, where the letters must be legible; a desk shows it a bit larger.
const WIDTH: u32 = 400;
/// Two lines of title.
const HEAD: i32 = 50;
const LETTERS: u32 = 14;
const FONT: &str = "DejaVu Sans, Verdana, sans-serif";

/// Above this ratio of the largest to the smallest, a linear scale would hide the small ones.
const LINEAR_UP_TO: f64 = 50.0;

/// What lines can be drawn over, by the option's name and in words.
const AXES: [(&str, &str); 4] = [
    ("connections", "the number of connections"),
    ("silent", "the number of silent clients"),
    ("rate", "the messages due in a second"),
    ("depth", "the requests sent at once"),
];

struct Palette {
    name: &'static str,
    text: RGBColor,
    grid: RGBColor,
    /// The first for bars, each in turn for lines; readable on the background and told apart when grey.
    colours: [RGBColor; 8],
}

const PALETTES: [Palette; 2] = [
    Palette {
        name: "light",
        text: RGBColor(0x22, 0x22, 0x22),
        grid: RGBColor(0xd0, 0xd0, 0xd0),
        colours: [
            RGBColor(0x1f, 0x6f, 0xb5),
            RGBColor(0xc2, 0x4d, 0x0a),
            RGBColor(0x2a, 0x7f, 0x3f),
            RGBColor(0x8a, 0x3f, 0xa8),
            RGBColor(0xb0, 0x1f, 0x4a),
            RGBColor(0x7a, 0x5c, 0x00),
            RGBColor(0x00, 0x7f, 0x8a),
            RGBColor(0x55, 0x55, 0x55),
        ],
    },
    Palette {
        name: "dark",
        text: RGBColor(0xd8, 0xdb, 0xe2),
        grid: RGBColor(0x45, 0x4b, 0x5c),
        colours: [
            RGBColor(0x6c, 0xb6, 0xf5),
            RGBColor(0xf5, 0x9b, 0x5c),
            RGBColor(0x7f, 0xd0, 0x8f),
            RGBColor(0xd0, 0x9a, 0xf0),
            RGBColor(0xf5, 0x85, 0xa0),
            RGBColor(0xe0, 0xc4, 0x50),
            RGBColor(0x58, 0xcf, 0xd8),
            RGBColor(0xb5, 0xb5, 0xb5),
        ],
    },
];

struct Plot<'r> {
    /// What is shown, and below it in which unit and where.
    title: [String; 2],
    field: &'static Field,
    /// The part of the case that lines are drawn over.
    over: &'static str,
    /// Rows that were measured, each with its value.
    points: Vec<(&'r Row, f64)>,
    logarithmic: bool,
}

pub(super) fn render(arguments: &str, place: &Place<'_, '_>) -> Result<String> {
    let options = Options::with_case(arguments, &["field", "models", "kind", "over"])?;
    let record = place.sources.record(options.first)?;
    let field = Field::parse(options.get("field")?)?;
    let selection = options.selection()?;
    let lines = match options.options.get("kind") {
        None | Some(&"bars") => false,
        Some(&"lines") => true,
        Some(other) => bail!("no kind of plot `{other}`; there are bars and lines"),
    };
    let over = options.options.get("over").copied().unwrap_or("connections");
    let Some((over, axis)) = AXES.into_iter().find(|(key, _)| *key == over) else {
        bail!("nothing is drawn over `{over}`; there are {}", AXES.map(|(key, _)| key).join(", "));
    };
    if lines == selection.says(over) {
        if lines {
            bail!("lines are over all of `{over}`: leave out `{over}=`");
        }
        bail!("bars are of one connection count: say `connections=`");
    }
    let rows = selection.rows(&record)?;
    let open = differing(&rows).into_iter().filter(|key| !lines || *key != over);
    let open: Vec<&str> = open.collect();
    if !open.is_empty() {
        bail!("the rows differ in {}: choose one", open.join(", "));
    }
    let at = match (lines, rows.first().map_or(0, |row| row.connections)) {
        (true, _) if field.is_of_a_wait() => "over the number of silent ones".to_string(),
        (true, _) => format!("over {axis}"),
        (false, 1) => "1 connection".to_string(),
        (false, count) => format!("{count} connections"),
    };
    let points: Vec<(&Row, f64)> =
        rows.iter().filter_map(|row| Some((*row, field.of(row)?))).collect();
    if points.is_empty() {
        bail!("none of these rows is measured");
    }
    let logarithmic = spans_decades(&points);
    let scale = if logarithmic { ", log scale" } else { "" };
    let title = [field.title.to_string(), format!("{}, {at}{scale}", field.unit)];
    let plot = Plot { title, field, over, points, logarithmic };

    let name: String =
        arguments.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let alt = escape(&description(&plot, &rows));
    let mut html = String::from("<div class=\"plot\">\n");
    for palette in &PALETTES {
        let svg = if lines { lines::draw(&plot, palette)? } else { bars::draw(&plot, palette)? };
        let file = format!("figures/{name}-{}.svg", palette.name);
        let source = format!("{}{file}", place.up);
        writeln!(html, "<img class=\"{}\" src=\"{source}\" alt=\"{alt}\">", palette.name)?;
        place.sources.used.borrow_mut().figures.insert(file, svg);
    }
    Ok(html + "</div>\n\n" + &provenance(options.first, &record.header, place) + "\n")
}

fn spans_decades(points: &[(&Row, f64)]) -> bool {
    let positive = || points.iter().map(|(_, value)| *value).filter(|value| *value > 0.0);
    let (low, high) = (positive().fold(f64::MAX, f64::min), positive().fold(0.0, f64::max));
    high / low > LINEAR_UP_TO
}

/// The two lines at the top of every plot.
fn draw_title(
    plot: &Plot<'_>,
    palette: &Palette,
    area: &DrawingArea<SVGBackend<'_>, Shift>,
) -> Result<()> {
    let font = (FONT, LETTERS).into_font().color(&palette.text);
    let style = font.pos(Pos::new(HPos::Left, VPos::Center));
    for (line, y) in plot.title.iter().zip([HEAD / 4 - 1, HEAD * 5 / 8]) {
        area.draw(&Text::new(line.clone(), (0, y), style.clone()))?;
    }
    Ok(())
}

/// The figures in words, for whoever does not see the plot.
fn description(plot: &Plot<'_>, rows: &[&Row]) -> String {
    let at = |row: &Row| row.case(plot.over);
    let one = plot.points.iter();
    let one = one.map(|(row, value)| format!("{} at {}: {}", row.model, at(row), shown(*value)));
    let missing = rows.iter().filter(|row| plot.field.of(row).is_none());
    let missing = missing.map(|row| format!("{} at {}: not measured", row.model, at(row)));
    let all: Vec<String> = one.chain(missing).collect();
    format!("{}. {}.", plot.title.join("; "), all.join("; "))
}

/// Where on the axis a row stands.
fn place_of(row: &Row, over: &str) -> f64 {
    row.case(over).parse::<f64>().unwrap_or(0.0)
}

/// The powers of ten around the values; at least one decade.
fn decades(points: &[(&Row, f64)]) -> (f64, f64) {
    let positive = || points.iter().map(|(_, value)| *value).filter(|value| *value > 0.0);
    let low = positive().fold(f64::MAX, f64::min).log10().floor();
    let high = positive().fold(f64::MIN_POSITIVE, f64::max).log10().ceil().max(low + 1.0);
    (10_f64.powf(low), 10_f64.powf(high))
}
