//! Plots as SVG inside the page, whose style sheet has their colours: so they fit light and dark.
//!
//! Drawn at the width of a phone, where the letters must be legible; a desk shows several side by side.
//!
//! - `rows`: a mark for each row of a table, with its figure at the right.
//! - `lines`: a line for each model, over numbers of clients or of requests.

mod lines;
mod rows;

pub(super) use lines::{SERIES_MAX, Series, lines};
pub(super) use rows::{Mark, rows};

use super::text::escape;
use crate::table::{thousands, three_digits};

const WIDTH: f64 = 380.0;
/// About one letter of the font; its true measure is the browser's to know.
const LETTER: f64 = 7.3;
const GAP: f64 = 8.0;

/// How values are laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scale {
    /// From nothing to the most.
    Linear,
    /// By decades.
    Logarithmic,
    /// Around this value, as far as they reach.
    Around(f64),
}

/// A scale, and the ends that it has for some values.
#[derive(Clone, Copy, Debug)]
struct Ends {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Ends {
    fn of(scale: Scale, values: impl Iterator<Item = f64>) -> Ends {
        let values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let positive = values.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = match scale {
            Scale::Linear => (0.0, most),
            Scale::Logarithmic => {
                let low = 10_f64.powf(positive.fold(most, f64::min).log10().floor());
                (low, 10_f64.powf(most.log10().ceil()).max(low * 10.0))
            }
            Scale::Around(middle) => {
                let low = values.iter().copied().fold(middle, f64::min);
                let high = values.iter().copied().fold(middle, f64::max);
                // A hundredth, at least: less than that nobody resolves.
                let room = ((high - low) * 0.05).max(0.005);
                (low - room, high + room)
            }
        };
        Ends { scale, low, high }
    }

    /// From 0 at the low end to 1 at the high one.
    fn share(self, value: f64) -> f64 {
        let Ends { scale, low, high } = self;
        let share = match scale {
            Scale::Logarithmic => (value.max(low) / low).log10() / (high / low).log10(),
            Scale::Linear | Scale::Around(_) => (value - low) / (high - low),
        };
        share.clamp(0.0, 1.0)
    }

    /// Powers of ten on a logarithmic scale; round numbers on a linear one, four of them or so.
    fn ticks(self) -> Vec<f64> {
        match self.scale {
            Scale::Logarithmic => std::iter::successors(Some(self.low), |tick| Some(tick * 10.0))
                .take_while(|tick| *tick <= self.high * 1.001)
                .collect(),
            Scale::Linear => {
                let rough = self.high / 4.0;
                let decade = 10_f64.powf(rough.log10().floor());
                let step = [1.0, 2.0, 5.0, 10.0].into_iter().find(|step| step * decade >= rough);
                let step = step.unwrap_or(10.0) * decade;
                std::iter::successors(Some(0.0), |tick| Some(tick + step))
                    .take_while(|tick| *tick <= self.high * 1.001)
                    .collect()
            }
            Scale::Around(middle) => vec![middle],
        }
    }
}

/// The beginning of a picture of this height; `alt` is for whoever does not see it.
fn open(height: f64, alt: &str) -> String {
    let alt = escape(alt);
    format!("<svg viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-label=\"{alt}\">\n")
}

fn width_of(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// A number at an axis.
fn number(value: f64) -> String {
    match value {
        value if value >= 100.0 => thousands(value),
        value if (value - value.round()).abs() < 1e-9 => format!("{value:.0}"),
        value if value >= 1.0 => three_digits(value),
        value => format!("{}", (value * 1e6).round() / 1e6),
    }
}
