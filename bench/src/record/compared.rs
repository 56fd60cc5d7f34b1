//! Rows beside each other: which may be compared, and what came of it.

use serde::Serialize;

use super::{Measured, Row};
use crate::alike::{Range, Standing, standings};

/// A row beside the others of its group, which are those of the same protocol in the same case. Null in
/// rows without figures.
#[derive(Debug, Default, Serialize)]
pub struct Compared {
    /// Its cost over the lowest of the group; see [`crate::alike`].
    pub ratio: Option<f64>,
    /// The least that this may be; null with less than five rounds.
    pub ratio_low: Option<f64>,
    /// The most.
    pub ratio_high: Option<f64>,
    /// Rows of the group that are equal to it: their ranges overlap.
    pub equal_to: Option<Vec<String>>,
    /// `a`, or `a-c`: rows that share a letter are equal.
    pub letters: Option<String>,
}

impl Compared {
    /// Of a row with this standing in a group whose rows have these names.
    pub(crate) fn of(standing: Standing, names: &[&str]) -> Compared {
        let Standing { ratio, range } = standing;
        let mut compared = Compared { ratio: Some(ratio), ..Compared::default() };
        if let Some(Range { low, high, equal, letters }) = range {
            (compared.ratio_low, compared.ratio_high) = (Some(low), Some(high));
            compared.equal_to =
                Some(equal.into_iter().map(|place| names[place].to_owned()).collect());
            compared.letters = Some(letters);
        }
        compared
    }
}

impl<S: Measured> Row<S> {
    /// What rows have in common that may be compared.
    #[must_use]
    pub fn group(&self) -> Group {
        Group {
            connections: self.connections,
            silent: self.silent,
            rate: self.rate,
            protocol: self.protocol,
            request: self.request,
            depth: self.depth,
        }
    }
}

/// Rows of a group may be compared: see the fields of [`Row`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of `Row`")]
pub struct Group {
    pub connections: usize,
    pub silent: usize,
    pub rate: Option<u32>,
    pub protocol: &'static str,
    pub request: Option<&'static str>,
    pub depth: usize,
}

/// Compares the rows of each group.
pub(super) fn compare<S: Measured>(rows: &mut [Row<S>]) {
    let mut groups: Vec<(Group, Vec<usize>)> = Vec::new();
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !row.rounds.is_empty()) {
        match groups.iter_mut().find(|(group, _)| *group == row.group()) {
            Some((_, members)) => members.push(index),
            None => groups.push((row.group(), vec![index])),
        }
    }
    for (_, members) in groups {
        let costs = |index: &usize| rows[*index].rounds.iter().map(Measured::cost).collect();
        let costs: Vec<Vec<f64>> = members.iter().map(costs).collect();
        let names: Vec<String> = members.iter().map(|index| rows[*index].model.clone()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (index, standing) in members.into_iter().zip(standings(&costs)) {
            rows[index].compared = Compared::of(standing, &names);
        }
    }
}
