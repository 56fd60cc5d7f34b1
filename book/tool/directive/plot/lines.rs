//! A line a model over the connection counts, both scales logarithmic where the values span decades. From
//! nobody on the lower scale is linear, for a logarithm has no place for nothing.

use anyhow::{Result, bail};
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{FONT, HEAD, LETTERS, Palette, Plot, WIDTH, decades, draw_title, place_of};
use crate::tool::runs::shown;

const HEIGHT: i32 = 320;
const LEGEND_ROW: i32 = 22;
/// Names beside each other under the plot: two fit a phone.
const LEGEND_COLUMNS: i32 = 2;

pub(super) fn draw(plot: &Plot<'_>, palette: &Palette) -> Result<String> {
    let mut models: Vec<&str> = Vec::new();
    for (row, _) in &plot.points {
        if !models.contains(&row.model.as_str()) {
            models.push(&row.model);
        }
    }
    if models.len() > palette.colours.len() {
        let most = palette.colours.len();
        bail!("{} lines cannot be told apart: choose at most {most} by `models=`", models.len());
    }
    let legend = (i32::try_from(models.len())? + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS * LEGEND_ROW;
    let mut svg = String::new();
    {
        let size = (WIDTH, u32::try_from(HEAD + HEIGHT + legend)?);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let font = (FONT, LETTERS).into_font().color(&palette.text);
        let style = font.pos(Pos::new(HPos::Left, VPos::Center));
        draw_title(plot, palette, &area)?;
        let (upper, lower) = area.split_vertically(HEAD + HEIGHT);
        let (_, chart) = upper.split_vertically(HEAD);
        let most = plot.points.iter().map(|(_, value)| *value).fold(f64::MIN_POSITIVE, f64::max);
        if plot.logarithmic {
            let (low, high) = decades(&plot.points);
            chart_lines(&chart, plot, palette, &models, (low..high).log_scale())?;
        } else {
            chart_lines(&chart, plot, palette, &models, 0.0..most * 1.05)?;
        }
        let column = i32::try_from(WIDTH)? / LEGEND_COLUMNS;
        for (index, model) in models.iter().enumerate() {
            let place = i32::try_from(index)?;
            let (x, y) = (
                place % LEGEND_COLUMNS * column,
                place / LEGEND_COLUMNS * LEGEND_ROW + LEGEND_ROW / 2,
            );
            let colour = palette.colours[index];
            lower.draw(&Rectangle::new([(x + 4, y - 2), (x + 24, y + 2)], colour.filled()))?;
            lower.draw(&Text::new(*model, (x + 32, y), style.clone()))?;
        }
        area.present()?;
    }
    Ok(svg)
}

fn chart_lines<Y>(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    plot: &Plot<'_>,
    palette: &Palette,
    models: &[&str],
    scale: Y,
) -> Result<()>
where
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64> + plotters::coord::ranged1d::Ranged<ValueType = f64>,
{
    let counts = || plot.points.iter().map(|(row, _)| place_of(row, plot.over));
    let (low, high) = (counts().fold(f64::MAX, f64::min), counts().fold(1.0, f64::max));
    if low > 0.0 {
        draw_lines(area, plot, palette, models, (low..high.max(low * 10.0)).log_scale(), scale)
    } else {
        draw_lines(area, plot, palette, models, low..high, scale)
    }
}

fn draw_lines<X, Y>(
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    plot: &Plot<'_>,
    palette: &Palette,
    models: &[&str],
    along: X,
    scale: Y,
) -> Result<()>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64> + plotters::coord::ranged1d::Ranged<ValueType = f64>,
    Y: AsRangedCoord<Value = f64>,
    Y::CoordDescType: ValueFormatter<f64> + plotters::coord::ranged1d::Ranged<ValueType = f64>,
{
    let mut chart = ChartBuilder::on(area)
        .margin_right(30)
        .margin_top(6)
        .x_label_area_size(30)
        .y_label_area_size(80)
        .build_cartesian_2d(along, scale)?;
    let font = (FONT, LETTERS).into_font().color(&palette.text);
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(palette.grid)
        .axis_style(palette.text)
        .x_label_style(font.clone())
        .y_label_style(font)
        .x_label_formatter(&|count| shown_scale(*count))
        .y_label_formatter(&|value| shown_scale(*value))
        .x_labels(4)
        .y_labels(5)
        .draw()?;
    for (index, model) in models.iter().enumerate() {
        let own = plot.points.iter().filter(|(row, _)| row.model == *model);
        let points: Vec<(f64, f64)> =
            own.map(|(row, value)| (place_of(row, plot.over), *value)).collect();
        let colour = palette.colours[index];
        chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 4, colour.filled())))?;
    }
    Ok(())
}

/// A number at an axis: round ones need no fraction.
fn shown_scale(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 {
        shown(value.round()).trim_end_matches(".00").trim_end_matches(".0").to_string()
    } else {
        shown(value)
    }
}
