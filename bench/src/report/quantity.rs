//! What can be plotted of a record's lines: quantities, and how rows compare in them.

use crate::alike::{Standing, standings};
use crate::recorded::Line;
use crate::table::{thousands, three_digits};

/// Something that was measured of each row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quantity {
    /// Its field in records.
    pub(super) field: &'static str,
    /// What it is, at the head of a plot.
    pub(super) title: &'static str,
    /// Behind its numbers, in sentences.
    pub(super) unit: &'static str,
    /// Whether the highest is the best.
    pub(super) high_is_good: bool,
    /// As a number is written.
    pub(super) shown: fn(f64) -> String,
    /// Less than this is nothing.
    pub(super) resolution: f64,
    /// Whether it is what all clients take together, in units of 1024 of what the field has for each.
    together: bool,
}

pub(super) const THROUGHPUT: Quantity = Quantity {
    high_is_good: true,
    shown: thousands,
    ..Quantity::new("messages_per_second", "Throughput, messages a second", "a second")
};
pub(super) const P99: Quantity =
    Quantity::new("p99_us", "Round trip, µs: half (○) and 99 of 100 (●)", "µs");
pub(super) const RESPONSE_P99: Quantity = Quantity::new(
    "response_p99_us",
    "Response, µs, from when it was due: half (○) and 99 of 100 (●)",
    "µs",
);
pub(super) const CPU: Quantity = Quantity {
    shown: two_digits,
    ..Quantity::new("cpu_us_per_message", "Processor time a message, µs", "µs")
};
/// A page of memory, among hundreds of clients.
pub(super) const MEMORY: Quantity = Quantity {
    resolution: 0.02,
    ..Quantity::new("kib_per_connection", "Memory a client, KiB", "KiB")
};
pub(super) const ALL_MEMORY: Quantity = Quantity {
    together: true,
    resolution: 0.01,
    ..Quantity::new("kib_per_connection", "Memory for all clients, MiB", "MiB")
};
pub(super) const BURST: Quantity = Quantity {
    high_is_good: true,
    shown: thousands,
    ..Quantity::new("connections_per_second", "Clients served a second", "a second")
};
pub(super) const BURST_P99: Quantity =
    Quantity::new("p99_ms", "From connect to answer, ms: half (○) and 99 of 100 (●)", "ms");
pub(super) const BURST_CPU: Quantity =
    Quantity::new("cpu_us_per_connection", "Processor time a client, µs", "µs");
pub(super) const INSTRUCTIONS: Quantity = Quantity {
    shown: thousands,
    ..Quantity::new("instructions_per_message", "Instructions a message, outside of the kernel", "")
};
pub(super) const CALLS: Quantity =
    Quantity { shown: two_digits, resolution: 0.01, ..Quantity::new("each", "System calls", "") };
pub(super) const OPERATION: Quantity = Quantity::new("cpu_ns", "Processor time, ns", "ns");
pub(super) const WAIT_ONE: Quantity =
    Quantity { shown: two_digits, ..Quantity::new("wait_one_us", "One wait, 1 ready, µs", "µs") };
pub(super) const WAIT_FIFTY: Quantity = Quantity {
    shown: two_digits,
    ..Quantity::new("wait_fifty_us", "One wait, 50 ready, µs", "µs")
};

/// Small numbers with more digits than large ones.
pub(super) fn digits(value: f64) -> String {
    match value.abs() {
        small if small < 0.995 => format!("{value:.2}"),
        small if small < 99.95 => three_digits(value),
        _ => thousands(value),
    }
}

fn two_digits(value: f64) -> String {
    if value < 99.995 { format!("{value:.2}") } else { thousands(value) }
}

impl Quantity {
    const fn new(field: &'static str, title: &'static str, unit: &'static str) -> Quantity {
        let shown = digits;
        let resolution = f64::MIN_POSITIVE;
        Quantity { field, title, unit, high_is_good: false, shown, resolution, together: false }
    }

    /// A value with its unit.
    pub(super) fn said(&self, value: f64) -> String {
        let number = (self.shown)(value);
        if self.unit.is_empty() { number } else { format!("{number} {}", self.unit) }
    }

    /// Of a row, if it has it.
    pub(super) fn value(&self, line: &Line) -> Option<f64> {
        Some(line.number(self.field)? * self.factor(line))
    }

    fn factor(&self, line: &Line) -> f64 {
        let clients = |field| line.number(field).unwrap_or(0.0);
        if self.together { (clients("connections") + clients("silent")) / 1024.0 } else { 1.0 }
    }

    fn rounds(&self, line: &Line) -> Vec<f64> {
        line.rounds(self.field).into_iter().map(|value| value * self.factor(line)).collect()
    }
}

/// A row in a quantity, beside the others of its case.
#[derive(Debug)]
pub(super) struct Told<'r> {
    pub(super) line: &'r Line,
    pub(super) value: f64,
    /// The least and the most of its rounds.
    pub(super) spread: Option<(f64, f64)>,
    /// How many times the best it is.
    pub(super) ratio: f64,
    /// The rows that nothing tells from it; none known where there were too few rounds.
    equal: Option<Vec<usize>>,
}

/// The rows of a case that have a value, and how they compare.
pub(super) fn told<'r>(lines: &[&'r Line], quantity: &Quantity) -> Vec<Told<'r>> {
    let some = |line: &&'r Line| Some((*line, quantity.value(line)?, quantity.rounds(line)));
    let rows: Vec<(&Line, f64, Vec<f64>)> = lines.iter().filter_map(some).collect();
    let cost = |value: f64| {
        let value = value.max(quantity.resolution);
        if quantity.high_is_good { 1.0 / value } else { value }
    };
    let costs = rows.iter().map(|(_, value, rounds)| match &rounds[..] {
        [] => vec![cost(*value)],
        rounds => rounds.iter().copied().map(cost).collect(),
    });
    let standings = standings(&costs.collect::<Vec<_>>());
    let told = |((line, value, rounds), standing): ((&'r Line, f64, Vec<f64>), Standing)| {
        let least = rounds.iter().copied().min_by(f64::total_cmp);
        let most = rounds.iter().copied().max_by(f64::total_cmp);
        let equal = standing.range.map(|range| range.equal);
        Told { line, value, spread: least.zip(most), ratio: standing.ratio, equal }
    };
    rows.into_iter().zip(standings).map(told).collect()
}

/// The place of the best.
pub(super) fn best(rows: &[Told<'_>]) -> Option<usize> {
    (0..rows.len()).min_by(|one, other| rows[*one].ratio.total_cmp(&rows[*other].ratio))
}

/// The place of the worst, except for these.
pub(super) fn worst(rows: &[Told<'_>], except: &[usize]) -> Option<usize> {
    let places = (0..rows.len()).filter(|place| !except.contains(place));
    places.max_by(|one, other| rows[*one].ratio.total_cmp(&rows[*other].ratio))
}

/// The best and those that nothing tells from it; `None` where there were too few rounds to know.
pub(super) fn leaders(rows: &[Told<'_>]) -> Option<Vec<usize>> {
    let best = best(rows)?;
    let mut leaders = rows[best].equal.clone()?;
    leaders.insert(0, best);
    Some(leaders)
}
