//! Which rows of a comparison can be told apart, and which cannot.
//!
//! Each round visits all rows, so what the machine does to one round it does to all of them. A row's cost
//! in a round is therefore taken relative to what is usual in that round, the median of the group. Over the
//! rounds this relative cost has a median and a range. Rows whose ranges overlap are *equal*: nothing that
//! was measured ranks them.
//!
//! Being equal is no chain: a slow row may be equal to a middling one, that one to a fast one, and the slow
//! one not to the fast. Letters say it without a lie: rows that share one are equal.

use std::ops::RangeInclusive;

use crate::rounds::median;

/// With fewer rounds a range says nothing: of two rows that are alike, the ranges of three rounds each lie
/// apart once in 10 times, those of five once in 126.
const ROUNDS_MIN: usize = 5;

/// How a row compares within its group.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its cost over that of the cheapest row: medians of the relative costs.
    pub ratio: f64,
    /// The range of that.
    pub range: Option<Range>,
}

/// A range, and whose ranges it meets.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The least that the ratio may be.
    pub low: f64,
    /// The most.
    pub high: f64,
    /// Other rows that are equal to this one, by their places in the group.
    pub equal: Vec<usize>,
    /// `a`, or `a-c`: rows that share a letter are equal.
    pub letters: String,
}

/// Compares the rows of a group, of which `costs` holds each round's cost. All have been visited in the
/// same rounds; of rows with more rounds than others the rest does not count.
#[must_use]
pub fn standings(costs: &[Vec<f64>]) -> Vec<Standing> {
    let rounds = costs.iter().map(Vec::len).min().unwrap_or(0);
    let usual: Vec<f64> =
        (0..rounds).map(|round| median(costs.iter().map(|of_row| of_row[round]))).collect();
    let relative = costs.iter().map(|of_row| {
        let mut values: Vec<f64> =
            of_row.iter().zip(&usual).map(|(cost, usual)| cost / usual).collect();
        values.sort_by(f64::total_cmp);
        values
    });
    let relative: Vec<Vec<f64>> = relative.collect();
    let medians: Vec<f64> = relative.iter().map(|values| median(values.iter().copied())).collect();
    let cheapest = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let ranges = relative.iter().map(|values| {
        let (low, high) = interval(values);
        Some((low? / cheapest, high? / cheapest))
    });
    let ranges: Option<Vec<(f64, f64)>> = ranges.collect();
    let ranges = ranges.filter(|_| rounds >= ROUNDS_MIN);
    let letters = ranges.as_deref().map(letters);
    let standing = |row: usize| Standing {
        ratio: medians[row] / cheapest,
        range: ranges.as_ref().zip(letters.as_ref()).map(|(ranges, letters)| Range {
            low: ranges[row].0,
            high: ranges[row].1,
            equal: (0..ranges.len())
                .filter(|other| *other != row && overlap(ranges[*other], ranges[row]))
                .collect(),
            letters: spelt(&letters[row]),
        }),
    };
    (0..costs.len()).map(standing).collect()
}

fn overlap(one: (f64, f64), other: (f64, f64)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

/// Of each range the first and the last letter. A letter stands for a set of ranges that all overlap, and
/// to which no other can be added. In the order of their beginnings a range's letters follow each other.
fn letters(ranges: &[(f64, f64)]) -> Vec<RangeInclusive<usize>> {
    // Such a set is complete where a range ends that is the first to end since one began.
    let mut begins: Vec<f64> = ranges.iter().map(|range| range.0).collect();
    begins.sort_by(f64::total_cmp);
    let mut ends: Vec<f64> = ranges.iter().map(|range| range.1).collect();
    ends.sort_by(f64::total_cmp);
    let mut complete: Vec<f64> = Vec::new();
    for end in ends {
        let newest = begins.iter().copied().rfind(|begin| *begin <= end);
        let before = complete.last().copied().unwrap_or(f64::NEG_INFINITY);
        if newest.is_some_and(|newest| newest > before) {
            complete.push(end);
        }
    }
    let of = |range: &(f64, f64)| {
        let holds = |moment: &f64| range.0 <= *moment && *moment <= range.1;
        let first = complete.iter().position(holds).unwrap_or(0);
        first..=complete.iter().rposition(holds).unwrap_or(first)
    };
    ranges.iter().map(of).collect()
}

fn spelt(letters: &RangeInclusive<usize>) -> String {
    let (first, last) = (letter(*letters.start()), letter(*letters.end()));
    if first == last { first } else { format!("{first}-{last}") }
}

/// a to z, then aa to az, ba and so on.
fn letter(number: usize) -> String {
    let own = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0));
    match number / 26 {
        0 => own.to_string(),
        more => letter(more - 1) + &own.to_string(),
    }
}

/// Between which two of these the median of all there could be lies, 19 times of 20, whatever their
/// distribution: each falls below it as often as a coin falls on heads. Of fewer than six it is the least
/// and the greatest, and somewhat less sure.
#[must_use]
pub fn interval(sorted: &[f64]) -> (Option<f64>, Option<f64>) {
    let count = sorted.len() as f64;
    let reach = 0.98 * count.sqrt();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to the length"
    )]
    let below = (count / 2.0 - reach).floor().max(0.0) as usize;
    (sorted.get(below).copied(), sorted.get(sorted.len().saturating_sub(below + 1)).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of rows whose rounds cost this.
    fn told(costs: &[[f64; 5]]) -> Vec<(Vec<usize>, String)> {
        let costs: Vec<Vec<f64>> = costs.iter().map(|rounds| rounds.to_vec()).collect();
        let told = |standing: Standing| {
            let range = standing.range.expect("five rounds");
            (range.equal, range.letters)
        };
        standings(&costs).into_iter().map(told).collect()
    }

    #[test]
    fn the_interval_is_narrower_the_more_there_are_and_holds_the_median() {
        let of = |count: u32| {
            let values: Vec<f64> =
                (0..count).map(|n| f64::from(n) / f64::from(count - 1)).collect();
            let (low, high) = interval(&values);
            (low.expect("there are some"), high.expect("there are some"))
        };
        assert_eq!(of(3), (0.0, 1.0));
        let ((low, high), (lower, higher)) = (of(101), of(25));
        assert!(lower < low && low < 0.5 && 0.5 < high && high < higher);
        assert_eq!(interval(&[]), (None, None));
    }

    #[test]
    fn rows_whose_ranges_overlap_are_equal_whatever_their_medians_say() {
        let told = told(&[
            [1.0, 1.1, 1.2, 1.1, 1.0],
            [1.2, 1.0, 1.1, 1.2, 1.1],
            [2.0, 2.1, 2.0, 2.2, 2.1],
        ]);
        assert_eq!(told[0], (vec![1], "a".into()));
        assert_eq!(told[1], (vec![0], "a".into()));
        assert_eq!(told[2], (vec![], "b".into()));
    }

    #[test]
    fn what_all_rows_suffer_in_a_round_tells_no_two_together_or_apart() {
        // The machine was half as fast in some rounds. Ranges of the plain costs would overlap.
        let slow = [1.0, 2.0, 1.0, 2.1, 1.5];
        let row = |cost: f64| slow.map(|factor| factor * cost);
        let told = told(&[row(1.0), row(1.1), row(1.2)]);
        assert!(told.iter().all(|(equal, _)| equal.is_empty()), "{told:?}");
        assert_eq!(told.iter().map(|(_, letters)| &letters[..]).collect::<String>(), "abc");
    }

    #[test]
    fn equality_is_no_chain_and_the_letters_say_so() {
        let ranges = [(1.0, 1.2), (1.1, 1.4), (1.3, 1.5), (1.0, 9.0), (2.0, 3.0)];
        let spelt: Vec<String> = letters(&ranges).iter().map(spelt).collect();
        assert_eq!(spelt, ["a", "a-b", "b", "a-c", "c"]);
        for (row, one) in letters(&ranges).into_iter().enumerate() {
            for (column, other) in letters(&ranges).into_iter().enumerate() {
                let share = one.start() <= other.end() && other.start() <= one.end();
                assert_eq!(share, overlap(ranges[row], ranges[column]), "{row} and {column}");
            }
        }
    }

    #[test]
    fn the_ratio_is_to_the_cheapest_and_few_rounds_have_no_range() {
        let standings =
            standings(&[vec![10.0; 4], vec![5.0; 4], vec![20.0, 20.0, 20.0, 20.0, 99.0]]);
        let ratios: Vec<f64> = standings.iter().map(|standing| standing.ratio).collect();
        assert!(ratios.iter().zip([2.0, 1.0, 4.0]).all(|(is, be)| (is - be).abs() < 1e-9));
        assert!(standings.iter().all(|standing| standing.range.is_none()));
        assert_eq!(super::standings(&[]), []);
    }

    #[test]
    fn letters_go_on_behind_z() {
        assert_eq!([0, 25, 26, 51, 52].map(letter), ["a", "z", "aa", "az", "ba"]);
    }
}
