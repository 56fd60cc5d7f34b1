//! Horizontal bars, one a model, each with its figure at the end: no axis is needed to read them.

use anyhow::Result;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{FONT, HEAD, LETTERS, Palette, Plot, WIDTH, decades, draw_title};
use crate::tool::runs::shown;

const ROW: i32 = 26;
const BAR: i32 = 18;
/// About one letter of the font; its true measure is the browser's to know.
const LETTER_WIDTH: i32 = 9;
const GAP: i32 = 8;

pub(super) fn draw(plot: &Plot<'_>, palette: &Palette) -> Result<String> {
    let names = plot.points.iter().map(|(row, _)| row.model.chars().count()).max().unwrap_or(0);
    let figures = plot.points.iter().map(|(_, value)| shown(*value).len()).max().unwrap_or(0);
    let [names, figures] = [names, figures].map(|letters| i32::try_from(letters).unwrap_or(0));
    let left = names * LETTER_WIDTH + GAP;
    let width = i32::try_from(WIDTH)?;
    let longest = width - left - figures * LETTER_WIDTH - 2 * GAP;
    let rows = i32::try_from(plot.points.len())?;
    let height = HEAD + rows * ROW + GAP;

    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (WIDTH, u32::try_from(height)?)).into_drawing_area();
        let style = |at: HPos| {
            let font = (FONT, LETTERS).into_font().color(&palette.text);
            font.pos(Pos::new(at, VPos::Center))
        };
        draw_title(plot, palette, &area)?;
        for (index, (row, value)) in plot.points.iter().enumerate() {
            let middle = HEAD + i32::try_from(index)? * ROW + ROW / 2;
            let end = left + length(plot, *value, longest);
            area.draw(&Text::new(row.model.clone(), (left - GAP, middle), style(HPos::Right)))?;
            let bar = [(left, middle - BAR / 2), (end, middle + BAR / 2)];
            area.draw(&Rectangle::new(bar, palette.colours[0].filled()))?;
            area.draw(&Text::new(shown(*value), (end + GAP, middle), style(HPos::Left)))?;
        }
        area.present()?;
    }
    Ok(svg)
}

#[expect(clippy::cast_possible_truncation, reason = "at most the width of the drawing")]
fn length(plot: &Plot<'_>, value: f64, longest: i32) -> i32 {
    let share = if plot.logarithmic {
        let (low, high) = decades(&plot.points);
        if value <= 0.0 { 0.0 } else { (value / low).log10() / (high / low).log10() }
    } else {
        let high = plot.points.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
        value / high
    };
    // A pixel at least: a bar that cannot be seen looks like a model that was left out.
    ((share * f64::from(longest)) as i32).max(1)
}
