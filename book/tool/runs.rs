//! Recorded runs of the bench (`bench/runs/*.json`): the part of their schema that pages show.

mod field;
mod selection;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use field::Field;
pub(crate) use selection::{CASE, Selection, differing};

/// What all kinds of records begin with.
#[derive(Deserialize)]
pub(crate) struct Header {
    pub(crate) date: String,
    pub(crate) command: String,
    pub(crate) commit: Option<String>,
    pub(crate) machine: Machine,
}

#[derive(Deserialize)]
pub(crate) struct Record {
    #[serde(flatten)]
    pub(crate) header: Header,
    pub(crate) rows: Vec<Row>,
}

#[derive(Deserialize)]
pub(crate) struct Machine {
    pub(crate) os: String,
    pub(crate) arch: String,
    pub(crate) cpu: String,
    pub(crate) cores: u32,
}

#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) model: String,
    pub(crate) protocol: String,
    pub(crate) connections: u32,
    /// The rest of its case. Records of one case leave it out.
    #[serde(default)]
    pub(crate) silent: u32,
    pub(crate) rate: Option<u32>,
    pub(crate) request: Option<String>,
    #[serde(default = "one")]
    pub(crate) depth: u32,
    pub(crate) status: String,
    pub(crate) why: Option<String>,
    pub(crate) client_bound: Option<bool>,
    /// Rows that share a letter are equal; records of before this was told leave it out.
    pub(crate) letters: Option<String>,
    /// All the others, of which [`Field`] knows some.
    #[serde(flatten)]
    figures: BTreeMap<String, Value>,
}

fn one() -> u32 {
    1
}

/// One row of `bench/runs/models.json`.
#[derive(Deserialize)]
pub(crate) struct CatalogueEntry {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) summary: String,
    pub(crate) fixes: String,
    pub(crate) still_fails: String,
}

impl CatalogueEntry {
    /// The name as typed on the command line: `epoll` of `ch03/epoll`.
    pub(crate) fn typed(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(&self.name)
    }
}

pub(crate) fn matches(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => model.starts_with(start),
        None => pattern == model,
    }
}

/// Three figures that matter, no more: rounds of one run differ by some per cent.
pub(crate) fn shown(value: f64) -> String {
    let size = value.abs();
    let text = if size >= 100.0 || size == 0.0 {
        format!("{value:.0}")
    } else if size >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    };
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len() - index;
        if index > 0 && left % 3 == 0 && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_cut() {
        let texts = [1_234_567.8, 812.4, 21.04, 5.126, 0.5, 0.0].map(shown);
        assert_eq!(texts, ["1,234,568", "812", "21.0", "5.13", "0.50", "0"]);
    }

    #[test]
    fn a_star_stands_for_the_rest_of_a_name() {
        assert!(matches("ch03/*", "ch03/epoll"));
        assert!(!matches("ch03/*", "ch04/tokio"));
        assert!(!matches("ch03/epoll", "ch03/epoll-edge"));
    }
}
