//! What single operations cost, without any server around them: ours beside those of others.
//!
//! A runtime is made of spawns, yields, wakes, timers and channels. Each of them is done many times in a
//! row and the time shared among them; all that do the same take turns, in rounds, and are compared as the
//! models are.
//!
//! - [`kit`]: a runtime, and what differs in how it is asked.
//! - [`runtime`]: what is asked of all of them.
//! - [`http`]: a request's way from bytes to a head, and to an answer.
//! - [`downloads`]: what a client spends while it waits for many answers.

pub mod downloads;
pub mod http;
pub mod kit;
pub mod runtime;

use std::time::{Duration, Instant};

use anyhow::Result;
use ladder::usage;
use serde::Serialize;

use crate::alike::{interval, standings};
use crate::peers;
use crate::record::Compared;
use crate::rounds::{median, shuffled};

/// Each cell of a round is repeated for about this long.
const CELL: Duration = Duration::from_millis(20);

/// How many operations are tried first, to find how many take that long.
const FIRST_TRY: u64 = 1000;

/// More of them than this in a row is a mistake of an operation that does nothing.
const TIMES_MAX: u64 = 1 << 30;

/// How long some operations took.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    /// By the clock on the wall.
    pub wall: Duration,
    /// Processor time of all threads of this process.
    pub cpu: Duration,
}

/// A clock of both kinds, from its making on.
#[derive(Debug)]
pub struct Watch {
    wall: Instant,
    cpu: Duration,
}

impl Watch {
    /// Begins to measure.
    #[must_use]
    pub fn start() -> Watch {
        Watch { cpu: usage::cpu_of_this_process(), wall: Instant::now() }
    }

    /// How long it was.
    #[must_use]
    pub fn stop(self) -> Took {
        let wall = self.wall.elapsed();
        Took { wall, cpu: usage::cpu_of_this_process().saturating_sub(self.cpu) }
    }
}

/// Does so many of an operation, and says how long they took.
pub type Case = fn(u64) -> Took;

/// Something that is done, by several who can.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// As tables call it.
    pub name: &'static str,
    /// How many in a row, where that is part of what is done; else as many as a clock can tell.
    pub times: Option<u64>,
    /// Who does it, and how.
    pub cases: &'static [(&'static str, Case)],
    /// Who else does it, in a program of their own.
    pub peers: &'static [Peer],
}

/// A program that does it, where it is installed.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// As tables call it.
    pub name: &'static str,
    /// Builds it where it has to be built, and says its version; the error says what is missing and how to
    /// get it.
    pub prepare: fn() -> Result<String>,
    /// How it does it, once it is prepared.
    pub case: Case,
}

/// An operation, and all who do it here.
#[derive(Clone, Debug)]
pub struct Chosen {
    name: &'static str,
    times: Option<u64>,
    cases: Vec<(&'static str, Case)>,
}

impl Operation {
    /// It with those cases that need nothing else.
    #[must_use]
    pub fn alone(&self) -> Chosen {
        Chosen { name: self.name, times: self.times, cases: self.cases.to_vec() }
    }

    /// It with all peers that are there. `absent` is told who is not, and why.
    #[must_use]
    pub fn with_peers(&self, mut absent: impl FnMut(&str, anyhow::Error)) -> Chosen {
        let mut chosen = self.alone();
        for peer in self.peers {
            match (peer.prepare)() {
                Ok(version) => {
                    peers::note_version(peer.name, version);
                    chosen.cases.push((peer.name, peer.case));
                }
                Err(why) => absent(peer.name, why),
            }
        }
        chosen
    }
}

/// All of them.
pub fn all() -> impl Iterator<Item = Operation> {
    runtime::OPERATIONS.iter().chain(http::OPERATIONS).chain(downloads::OPERATIONS).copied()
}

/// An operation, as one of them does it.
#[derive(Debug, Serialize)]
pub struct Row {
    /// What is done.
    pub operation: &'static str,
    /// Who does it: a chapter of ours, or a crate.
    pub by: &'static str,
    /// One operation by the clock, the median of the rounds.
    pub ns: f64,
    /// One operation in processor time of all threads, the median of the rounds.
    pub cpu_ns: f64,
    /// The true median of `cpu_ns` lies between these two, 19 times of 20.
    pub low: f64,
    /// See there.
    pub high: f64,
    /// How its processor time compares with that of the others.
    #[serde(flatten)]
    pub compared: Compared,
    /// Each round's own processor time.
    pub rounds: Vec<f64>,
}

/// Measures `operations` in so many rounds. `progress` is told of each round that is done.
#[must_use]
pub fn measure(operations: &[Chosen], rounds: usize, progress: impl Fn()) -> Vec<Row> {
    let cells: Vec<(&Chosen, &'static str, Case)> = operations
        .iter()
        .flat_map(|operation| operation.cases.iter().map(move |(by, case)| (operation, *by, *case)))
        .collect();
    let times = cells.iter().map(|(of, _, case)| of.times.unwrap_or_else(|| enough(*case)));
    let times: Vec<u64> = times.collect();
    let mut took: Vec<Vec<[f64; 2]>> = vec![Vec::new(); cells.len()];
    for round in 0..rounds {
        for index in shuffled(cells.len(), round) {
            let Took { wall, cpu } = (cells[index].2)(times[index]);
            let each = |time: Duration| time.as_secs_f64() * 1e9 / times[index] as f64;
            took[index].push([each(wall), each(cpu)]);
        }
        progress();
    }
    let mut rows = Vec::new();
    for operation in operations {
        let mine = cells.iter().zip(&took).filter(|(cell, _)| cell.0.name == operation.name);
        let mine: Vec<_> = mine.map(|((_, by, _), took)| (*by, took)).collect();
        let cpu = |took: &[[f64; 2]]| took.iter().map(|round| round[1]).collect::<Vec<f64>>();
        let costs: Vec<Vec<f64>> = mine.iter().map(|(_, took)| cpu(took)).collect();
        let names: Vec<&str> = mine.iter().map(|(by, _)| *by).collect();
        let standings = standings(&costs);
        for (((by, took), costs), standing) in mine.into_iter().zip(costs).zip(standings) {
            let mut sorted = costs.clone();
            sorted.sort_by(f64::total_cmp);
            let (low, high) = interval(&sorted);
            rows.push(Row {
                operation: operation.name,
                by,
                ns: median(took.iter().map(|round| round[0])),
                cpu_ns: median(costs.iter().copied()),
                low: low.unwrap_or(f64::NAN),
                high: high.unwrap_or(f64::NAN),
                compared: Compared::of(standing, &names),
                rounds: costs,
            });
        }
    }
    rows
}

/// How many of them take about as long as a cell should.
fn enough(case: Case) -> u64 {
    let mut times = FIRST_TRY;
    while case(times).wall < CELL && times < TIMES_MAX {
        times *= 2;
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(times: u64, each: Duration) -> Took {
        let time = each * u32::try_from(times).expect("few");
        Took { wall: time, cpu: time }
    }

    const TWO: Operation = Operation {
        name: "nothing",
        times: None,
        cases: &[
            ("slow", |times| busy(times, Duration::from_nanos(300))),
            ("fast", |times| busy(times, Duration::from_nanos(100))),
        ],
        peers: &[
            Peer {
                name: "here",
                prepare: || Ok("1.0".to_owned()),
                case: |times| busy(times, Duration::from_nanos(200)),
            },
            Peer {
                name: "elsewhere",
                prepare: || anyhow::bail!("get it by: luck"),
                case: |_| unreachable!("it is absent"),
            },
        ],
    };

    #[test]
    fn an_operation_costs_what_many_take_shared_among_them() {
        let rows = measure(&[TWO.alone()], 5, || ());
        let told = |row: &Row| (row.by, format!("{:.0}", row.cpu_ns), row.compared.letters.clone());
        assert_eq!(told(&rows[0]), ("slow", "300".to_owned(), Some("b".into())));
        assert_eq!(told(&rows[1]), ("fast", "100".to_owned(), Some("a".into())));
        assert!((rows[0].compared.ratio.expect("measured") - 3.0).abs() < 1e-6);
    }

    #[test]
    fn peers_take_part_if_they_are_here() {
        let mut absent = Vec::new();
        let chosen = TWO.with_peers(|name, why| absent.push(format!("{name}: {why}")));
        assert_eq!(absent, ["elsewhere: get it by: luck"]);
        let rows = measure(&[chosen], 5, || ());
        assert_eq!(rows.iter().map(|row| row.by).collect::<Vec<_>>(), ["slow", "fast", "here"]);
        assert_eq!(peers::versions().get("here").map(String::as_str), Some("1.0"));
        assert_eq!(measure(&[TWO.alone()], 5, || ()).len(), 2);
    }

    #[test]
    fn a_cell_is_repeated_until_a_clock_can_tell() {
        assert_eq!(enough(|times| busy(times, CELL / 1000)), FIRST_TRY);
        assert_eq!(enough(|times| busy(times, CELL / 4000)), 4 * FIRST_TRY);
        assert_eq!(enough(|times| busy(times.min(1), Duration::ZERO)), FIRST_TRY << 21);
    }
}
