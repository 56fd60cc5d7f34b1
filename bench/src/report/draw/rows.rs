//! A mark for each row of a table: a bar from nothing, or dots on a scale.

use std::fmt::Write;

use super::{Ends, GAP, Scale, WIDTH, number, open, width_of};
use crate::report::text::escape;

const ROW: f64 = 21.0;
const BAR: f64 = 13.0;
const DOT: f64 = 4.0;
/// For the scale's numbers.
const HEAD: f64 = 18.0;

/// A row.
#[derive(Debug)]
pub(in crate::report) struct Mark {
    pub(in crate::report) who: String,
    pub(in crate::report) value: f64,
    /// A hollow dot before it, joined to it.
    pub(in crate::report) from: Option<f64>,
    /// Between which it lies: a thin line.
    pub(in crate::report) range: Option<(f64, f64)>,
    /// The figure, at the right.
    pub(in crate::report) text: String,
    /// Whether it stands out.
    pub(in crate::report) leads: bool,
}

impl Mark {
    fn values(&self) -> impl Iterator<Item = f64> {
        let (low, high) = self.range.unzip();
        [Some(self.value), self.from, low, high].into_iter().flatten()
    }
}

/// Draws them one below the other.
pub(in crate::report) fn rows(marks: &[Mark], scale: Scale, alt: &str) -> String {
    let ends = Ends::of(scale, marks.iter().flat_map(Mark::values));
    let widest = |of: fn(&Mark) -> &str| {
        marks.iter().map(|mark| width_of(of(mark))).fold(0.0, f64::max) + GAP
    };
    let left = widest(|mark| &mark.who);
    let drawing = Rows { ends, left, right: WIDTH - widest(|mark| &mark.text) };
    let head = if drawing.bars(marks) { 0.0 } else { HEAD };
    let height = head + marks.len() as f64 * ROW;
    let mut svg = open(height, alt);
    if head > 0.0 {
        drawing.scale(&mut svg, height);
    }
    for (place, mark) in marks.iter().enumerate() {
        let middle = head + (place as f64 + 0.5) * ROW;
        let class = if mark.leads { "lead" } else { "rest" };
        let who = escape(&mark.who);
        let _ = write!(
            svg,
            "<g class=\"{class}\"><title>{who}: {}</title><text x=\"0\" y=\"{:.1}\">{who}</text>",
            escape(&mark.text),
            middle + 4.5
        );
        if drawing.bars(marks) {
            drawing.bar(&mut svg, mark, middle);
        } else {
            drawing.dots(&mut svg, mark, middle);
        }
        let _ = writeln!(
            svg,
            "<text class=\"n\" x=\"{WIDTH}\" y=\"{:.1}\">{}</text></g>",
            middle + 4.5,
            escape(&mark.text)
        );
    }
    svg + "</svg>\n"
}

struct Rows {
    ends: Ends,
    /// Where the names end.
    left: f64,
    /// Where the figures begin.
    right: f64,
}

impl Rows {
    /// A bar's length means something on a linear scale alone.
    fn bars(&self, marks: &[Mark]) -> bool {
        self.ends.scale == Scale::Linear && marks.iter().all(|mark| mark.from.is_none())
    }

    fn x(&self, value: f64) -> f64 {
        let (from, to) = (self.left + DOT, self.right - DOT);
        from + self.ends.share(value) * (to - from)
    }

    fn scale(&self, svg: &mut String, height: f64) {
        // Numbers that would overlap are left out.
        let mut free_from = f64::NEG_INFINITY;
        for tick in self.ends.ticks() {
            let (x, text) = (self.x(tick), number(tick));
            let half = width_of(&text) / 2.0;
            let text = if x - half < free_from { "" } else { &text };
            if !text.is_empty() {
                free_from = x + half + GAP / 2.0;
            }
            let _ = writeln!(
                svg,
                "<line class=\"grid\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{HEAD}\" y2=\"{height:.1}\"/>\
                 <text class=\"tick\" x=\"{x:.1}\" y=\"12\">{text}</text>"
            );
        }
    }

    fn bar(&self, svg: &mut String, mark: &Mark, middle: f64) {
        // A pixel at least: a bar that cannot be seen looks like a model that was left out.
        let (from, to) = (self.x(0.0), self.x(mark.value));
        let _ = write!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{BAR}\"/>",
            middle - BAR / 2.0,
            (to - from).max(1.0)
        );
        self.range(svg, mark, middle);
    }

    fn dots(&self, svg: &mut String, mark: &Mark, middle: f64) {
        self.range(svg, mark, middle);
        let x = self.x(mark.value);
        if let Some(from) = mark.from.map(|from| self.x(from)) {
            let _ = write!(
                svg,
                "<line class=\"span\" x1=\"{from:.1}\" x2=\"{x:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>\
                 <circle class=\"hollow\" cx=\"{from:.1}\" cy=\"{middle:.1}\" r=\"{DOT}\"/>"
            );
        }
        let _ = write!(svg, "<circle cx=\"{x:.1}\" cy=\"{middle:.1}\" r=\"{DOT}\"/>");
    }

    fn range(&self, svg: &mut String, mark: &Mark, middle: f64) {
        if let Some((low, high)) = mark.range {
            let (low, high) = (self.x(low), self.x(high));
            let _ = write!(
                svg,
                "<line class=\"range\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>"
            );
        }
    }
}
