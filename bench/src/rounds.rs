//! Slices of all models, interleaved over several rounds, and the medians.

use std::time::{Duration, Instant};

use anyhow::Result;
use ladder::client::Noise;

use crate::measure::Case;
use crate::subject::Subject;

/// No slice is shorter, whatever the budget: 1000 clients need a few milliseconds for one message
/// each.
const SLICE_MIN: Duration = Duration::from_millis(20);

/// What is to be measured.
#[derive(Debug)]
pub struct Plan {
    /// Whom, in the order of the table.
    pub subjects: Vec<Subject>,
    /// Under what, in the order of the table.
    pub cases: Vec<Case>,
    /// How often.
    pub rounds: usize,
    /// For all slices together.
    pub budget: Duration,
    /// No round begins that would end later than this, by what the one before it took: on a busy
    /// machine there are fewer. The first one is always whole.
    pub deadline: Option<Duration>,
}

/// One subject in one case.
#[derive(Debug)]
pub struct Cell<S> {
    /// Who.
    pub subject: Subject,
    /// Under what.
    pub case: Case,
    /// What came out.
    pub outcome: Outcome<S>,
}

/// What came of a cell.
#[derive(Debug)]
pub enum Outcome<S> {
    /// A slice for each round, at least one.
    Measured(Vec<S>),
    /// The model says itself that it cannot, and why.
    Limit(String),
    /// It should have, and why it did not.
    Failed(String),
}

impl Plan {
    /// All cells, before anything was measured: limits are known, the rest has no slice yet.
    fn cells<S>(&self) -> Vec<Cell<S>> {
        let cell = |case: Case, subject: &Subject| Cell {
            subject: subject.clone(),
            case,
            outcome: match subject.refuses(case) {
                Some(why) => Outcome::Limit(why),
                None => Outcome::Measured(Vec::new()),
            },
        };
        let of_case = |&case: &Case| self.subjects.iter().map(move |subject| cell(case, subject));
        self.cases.iter().flat_map(of_case).collect()
    }

    /// How many slices there will be, if nothing fails.
    #[must_use]
    pub fn slices(&self) -> usize {
        let takes = |case: &Case| {
            let of = |subject: &&Subject| subject.refuses(*case).is_none();
            self.subjects.iter().filter(of).count()
        };
        self.cases.iter().map(takes).sum::<usize>() * self.rounds
    }

    /// How long each slice is.
    #[must_use]
    pub fn slice(&self) -> Duration {
        let slices = u32::try_from(self.slices().max(1)).unwrap_or(u32::MAX);
        (self.budget / slices).max(SLICE_MIN)
    }

    /// Measures everything by `measure`, which makes a slice of a subject in a case, of so long.
    /// `progress` is told before each slice how many are done and which one is next.
    pub fn run<S>(
        &self,
        measure: impl Fn(&Subject, Case, Duration) -> Result<S>,
        progress: impl Fn(usize, &Subject, Case),
    ) -> Vec<Cell<S>> {
        let mut cells = self.cells();
        let mut done = 0;
        let time = self.slice();
        let start = Instant::now();
        for round in 0..self.rounds {
            let with_this_one = start.elapsed().mul_f64((round + 1) as f64 / round.max(1) as f64);
            if round > 0 && self.deadline.is_some_and(|deadline| with_this_one > deadline) {
                break;
            }
            // Subjects are compared within a case, so those slices stay together.
            for (number, group) in cells.chunks_mut(self.subjects.len().max(1)).enumerate() {
                for index in shuffled(group.len(), round * self.cases.len() + number) {
                    let Cell { subject, case, outcome } = &mut group[index];
                    // A model that failed once would only hold up the others.
                    let Outcome::Measured(slices) = outcome else { continue };
                    progress(done, subject, *case);
                    done += 1;
                    match measure(subject, *case, time) {
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
    use crate::subject;

    fn plan(connections: &[usize], rounds: usize, budget: Duration) -> Plan {
        let subjects = subject::choose(&[ch01_blocking::CHAPTER], &[]).expect("all of them");
        let cases = connections.iter().map(|count| Case::closed(*count)).collect();
        Plan { subjects, cases, rounds, budget, deadline: None }
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
        let limits = |cell: &Cell<()>| matches!(cell.outcome, Outcome::Limit(_));
        let cells = plan.cells();
        let limited = cells.iter().filter(|cell| limits(cell));
        let limited: Vec<_> = limited.map(|cell| cell.case.connections).collect();
        assert_eq!(limited, [2], "one model, with two clients");
    }

    #[test]
    fn a_slice_is_never_too_short_for_all_clients_to_say_something() {
        assert_eq!(plan(&[1], 100, Duration::ZERO).slice(), SLICE_MIN);
    }
}
