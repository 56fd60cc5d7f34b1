//! Slices of all models, interleaved over several rounds, and the medians.

use std::time::{Duration, Instant};

use ladder::client::Noise;

use crate::catalogue::Entry;
use crate::measure::{self, Crowd, Slice};
use crate::pinning::Pinning;

/// No slice is shorter, whatever the budget: 1000 clients need a few milliseconds for one message
/// each.
const SLICE_MIN: Duration = Duration::from_millis(20);

/// What is to be measured.
#[derive(Debug)]
pub struct Plan {
    /// The models, in the ladder's order.
    pub entries: Vec<Entry>,
    /// How many clients, in the order of the table.
    pub connections: Vec<usize>,
    /// How many clients are connected beside those and say nothing.
    pub silent: usize,
    /// How often.
    pub rounds: usize,
    /// For all slices together.
    pub budget: Duration,
    /// No round begins that would end later than this, by what the one before it took: on a busy
    /// machine there are fewer. The first one is always whole.
    pub deadline: Option<Duration>,
}

/// One model with one number of clients.
#[derive(Debug)]
pub struct Cell {
    /// Which model.
    pub entry: Entry,
    /// How many clients.
    pub connections: usize,
    /// What came out.
    pub outcome: Outcome,
}

/// What came of a cell.
#[derive(Debug)]
pub enum Outcome {
    /// A slice for each round, at least one.
    Measured(Vec<Slice>),
    /// The model says itself that it cannot, and why.
    Limit(String),
    /// It should have, and why it did not.
    Failed(String),
}

impl Plan {
    /// All cells, before anything was measured: limits are known, the rest has no slice yet.
    fn cells(&self) -> Vec<Cell> {
        let cell = |connections: usize, entry: &Entry| Cell {
            entry: entry.clone(),
            connections,
            outcome: match entry.refuses(connections + self.silent) {
                Some(why) => Outcome::Limit(why),
                None => Outcome::Measured(Vec::new()),
            },
        };
        let of_count = |&count: &usize| self.entries.iter().map(move |entry| cell(count, entry));
        self.connections.iter().flat_map(of_count).collect()
    }

    /// How many slices there will be, if nothing fails.
    #[must_use]
    pub fn slices(&self) -> usize {
        let refused = |count: usize| {
            self.entries.iter().filter(move |e| e.refuses(count + self.silent).is_some())
        };
        let takes = |count: &usize| self.entries.len() - refused(*count).count();
        self.connections.iter().map(takes).sum::<usize>() * self.rounds
    }

    /// How long each slice is.
    #[must_use]
    pub fn slice(&self) -> Duration {
        let slices = u32::try_from(self.slices().max(1)).unwrap_or(u32::MAX);
        (self.budget / slices).max(SLICE_MIN)
    }

    /// Measures everything. `progress` is told before each slice how many are done and which one
    /// is next.
    pub fn run(&self, pinning: Pinning, progress: impl Fn(usize, &Entry, usize)) -> Vec<Cell> {
        let mut cells = self.cells();
        let mut done = 0;
        let time = self.slice();
        let start = Instant::now();
        for round in 0..self.rounds {
            let with_this_one = start.elapsed().mul_f64((round + 1) as f64 / round.max(1) as f64);
            if round > 0 && self.deadline.is_some_and(|deadline| with_this_one > deadline) {
                break;
            }
            // Models are compared within a number of clients, so those slices stay together.
            for (count, group) in cells.chunks_mut(self.entries.len().max(1)).enumerate() {
                for index in shuffled(group.len(), round * self.connections.len() + count) {
                    let Cell { entry, connections, outcome } = &mut group[index];
                    // A model that failed once would only hold up the others.
                    let Outcome::Measured(slices) = outcome else { continue };
                    progress(done, entry, *connections);
                    done += 1;
                    let crowd = Crowd { active: *connections, silent: self.silent };
                    match measure::slice(entry, crowd, time, pinning) {
                        Ok(slice) => slices.push(slice),
                        Err(error) => *outcome = Outcome::Failed(format!("{error:#}")),
                    }
                }
            }
        }
        cells
    }
}

/// The numbers below `len`, in an order that only `seed` decides: two runs visit alike.
pub(crate) fn shuffled(len: usize, seed: usize) -> Vec<usize> {
    let mut keys = vec![0; len * 8];
    // Noise of the next seed is the same, one word further: far apart the orders have no word in common.
    Noise((seed as u64) << 32).write_at(0, &mut keys);
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by_key(|&index| &keys[index * 8..][..8]);
    order
}

/// The median: the middle one, or between the two in the middle. NaN for none.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[len / 2],
        len => f64::midpoint(values[len / 2 - 1], values[len / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    fn plan(connections: &[usize], rounds: usize, budget: Duration) -> Plan {
        let entries = catalogue::entries(&[ch01_blocking::CHAPTER]);
        Plan {
            entries,
            connections: connections.to_vec(),
            silent: 0,
            rounds,
            budget,
            deadline: None,
        }
    }

    #[test]
    fn the_median_is_the_middle_and_no_single_slice_moves_it_far() {
        assert!((median([3.0, 1.0, 1e9]) - 3.0).abs() < f64::EPSILON);
        assert!((median([4.0, 1.0, 2.0, 1e9]) - 3.0).abs() < f64::EPSILON);
        assert!(median([]).is_nan());
    }

    #[test]
    fn every_round_has_each_model_once_in_another_order() {
        let orders: Vec<_> = (0..4).map(|round| shuffled(13, round)).collect();
        for order in &orders {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..13).collect::<Vec<_>>());
        }
        assert!(orders.windows(2).all(|two| two[0] != two[1]), "{orders:?}");
    }

    #[test]
    fn the_budget_is_shared_by_the_slices_that_will_run() {
        // Three models, of which `iterative` takes one client only.
        let plan = plan(&[1, 2], 4, Duration::from_secs(20));
        assert_eq!(plan.slices(), 20);
        assert_eq!(plan.slice(), Duration::from_secs(1));
        let limits = |cell: &Cell| matches!(cell.outcome, Outcome::Limit(_));
        let cells = plan.cells();
        let limited: Vec<_> = cells.iter().filter(|c| limits(c)).map(|c| c.connections).collect();
        assert_eq!(limited, [2], "one model, with two clients");
    }

    #[test]
    fn a_slice_is_never_too_short_for_all_clients_to_say_something() {
        assert_eq!(plan(&[1], 100, Duration::ZERO).slice(), SLICE_MIN);
    }
}
