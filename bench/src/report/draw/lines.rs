//! A line for each model, over a number that grows.

use std::fmt::Write;

use super::{Ends, GAP, Scale, WIDTH, number, open, width_of};
use crate::report::text::escape;

/// Colours in the style sheet; each has a mark of its own, too, for whoever sees no colours.
pub(in crate::report) const SERIES_MAX: usize = 8;

const HEIGHT: f64 = 210.0;
const TOP: f64 = 8.0;
/// For the numbers of the axis, and what it is.
const BOTTOM: f64 = 38.0;
const LEGEND_ROW: f64 = 19.0;
const LEGEND_COLUMNS: usize = 2;
const MARK: f64 = 4.0;

/// A model's points, from left to right.
#[derive(Debug)]
pub(in crate::report) struct Series {
    pub(in crate::report) who: String,
    pub(in crate::report) points: Vec<(f64, f64)>,
}

/// Draws at most [`SERIES_MAX`] lines over `axis`, which says what lies along it.
pub(in crate::report) fn lines(
    series: &[Series],
    scales: (Scale, Scale),
    axis: &str,
    alt: &str,
) -> String {
    let points = || series.iter().flat_map(|series| series.points.iter());
    let x = Ends::of(scales.0, points().map(|point| point.0));
    let y = Ends::of(scales.1, points().map(|point| point.1));
    let labels: Vec<(f64, String)> =
        y.ticks().into_iter().map(|tick| (tick, number(tick))).collect();
    let left = labels.iter().map(|(_, text)| width_of(text)).fold(0.0, f64::max) + GAP;
    let right = WIDTH
        - width_of(&number(points().map(|point| point.0).fold(0.0, f64::max))).max(2.0 * MARK)
            / 2.0;
    let chart = Chart { x, y, left, right };
    let legend = series.len().div_ceil(LEGEND_COLUMNS) as f64 * LEGEND_ROW;
    let mut svg = open(HEIGHT + legend, alt);
    chart.axes(&mut svg, &labels, points().map(|point| point.0), axis);
    for (place, series) in series.iter().enumerate() {
        chart.line(&mut svg, place, series);
    }
    for (place, series) in series.iter().enumerate() {
        let column = (place % LEGEND_COLUMNS) as f64 * WIDTH / LEGEND_COLUMNS as f64;
        let row = HEIGHT + ((place / LEGEND_COLUMNS) as f64 + 0.5) * LEGEND_ROW;
        let _ = writeln!(
            svg,
            "<g class=\"s{}\"><line class=\"line\" x1=\"{column:.1}\" x2=\"{:.1}\" y1=\"{row:.1}\" y2=\"{row:.1}\"/>\
             {}</g><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            place + 1,
            column + 22.0,
            mark(place, column + 11.0, row),
            column + 29.0,
            row + 4.5,
            escape(&series.who)
        );
    }
    svg + "</svg>\n"
}

struct Chart {
    x: Ends,
    y: Ends,
    left: f64,
    right: f64,
}

impl Chart {
    fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let (left, right) = (self.left + MARK, self.right);
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        (left + self.x.share(x) * (right - left), bottom - self.y.share(y) * (bottom - top))
    }

    fn axes(
        &self,
        svg: &mut String,
        labels: &[(f64, String)],
        places: impl Iterator<Item = f64>,
        axis: &str,
    ) {
        for (tick, text) in labels {
            let (_, y) = self.at((self.x.low, *tick));
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{:.1}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"tick end\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>",
                self.left,
                self.left - GAP / 2.0,
                y + 4.0
            );
        }
        let mut places: Vec<f64> = places.collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        // Numbers that would overlap are left out, but the last one is said.
        let mut free_from = self.left - GAP;
        let last = places.last().copied().unwrap_or(0.0);
        let ends = self.at((last, 0.0)).0 - width_of(&number(last)) / 2.0 - GAP;
        for place in places {
            let (x, _) = self.at((place, 0.0));
            let half = width_of(&number(place)) / 2.0;
            let fits = x - half >= free_from && (x + half <= ends || (place - last).abs() < 0.5);
            if fits {
                free_from = x + half + GAP;
                let y = HEIGHT - BOTTOM + 16.0;
                let _ = writeln!(
                    svg,
                    "<text class=\"tick\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
                    number(place)
                );
            }
        }
        let middle = f64::midpoint(self.left, WIDTH);
        let _ = writeln!(
            svg,
            "<text class=\"tick\" x=\"{middle:.1}\" y=\"{:.1}\">{}</text>",
            HEIGHT - 6.0,
            escape(axis)
        );
    }

    fn line(&self, svg: &mut String, place: usize, series: &Series) {
        let points: Vec<(f64, f64)> = series.points.iter().map(|point| self.at(*point)).collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            svg,
            "<g class=\"s{}\"><title>{}</title><polyline class=\"line\" points=\"{}\"/>",
            place + 1,
            escape(&series.who),
            path.join(" ")
        );
        for (x, y) in points {
            let _ = writeln!(svg, "{}", mark(place, x, y));
        }
        svg.push_str("</g>\n");
    }
}

/// Circles, squares, triangles and diamonds, filled and then hollow.
fn mark(place: usize, x: f64, y: f64) -> String {
    let class = if place % SERIES_MAX < 4 { "" } else { " class=\"hollow\"" };
    let path = |corners: &[(f64, f64)]| {
        let corners: Vec<String> =
            corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy)).collect();
        format!("<polygon{class} points=\"{}\"/>", corners.join(" "))
    };
    let (m, d) = (MARK * 0.9, MARK * 1.3);
    match place % 4 {
        0 => format!("<circle{class} cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{MARK}\"/>"),
        1 => path(&[(-m, -m), (m, -m), (m, m), (-m, m)]),
        2 => path(&[(0.0, -d), (d, m), (-d, m)]),
        _ => path(&[(0.0, -d), (d, 0.0), (0.0, d), (-d, 0.0)]),
    }
}
