//! Recorded runs of the bench (`bench/runs/*.json`): the part of their schema that pages show.

use anyhow::{Result, bail};
use serde::Deserialize;

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
    pub(crate) status: String,
    pub(crate) why: Option<String>,
    messages_per_second: Option<f64>,
    p50_us: Option<f64>,
    p99_us: Option<f64>,
    cpu_us_per_message: Option<f64>,
    kib_per_connection: Option<f64>,
    ratio: Option<f64>,
    client_share: Option<f64>,
    /// Of records that measure a selector alone.
    #[serde(default)]
    wait_one_us: Option<f64>,
    #[serde(default)]
    wait_fifty_us: Option<f64>,
    pub(crate) client_bound: Option<bool>,
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

/// The rows a page asks for.
pub(crate) struct Selection<'a> {
    pub(crate) connections: Option<u32>,
    pub(crate) protocol: Option<&'a str>,
    /// Names, or `ch03/*` for all of a chapter; empty for all.
    pub(crate) models: Vec<&'a str>,
}

impl Selection<'_> {
    /// Matching rows in the record's order. One protocol only: unlike messages do not compare.
    pub(crate) fn rows<'r>(&self, record: &'r Record) -> Result<Vec<&'r Row>> {
        for pattern in &self.models {
            if !record.rows.iter().any(|row| matches(pattern, &row.model)) {
                bail!("the run has no model `{pattern}`");
            }
        }
        let rows: Vec<&Row> = record.rows.iter().filter(|row| self.takes(row)).collect();
        let Some(first) = rows.first() else { bail!("the run has no such rows") };
        if rows.iter().any(|row| row.protocol != first.protocol) {
            bail!("the rows are of several protocols: choose one by `protocol=`");
        }
        Ok(rows)
    }

    fn takes(&self, row: &Row) -> bool {
        self.connections.is_none_or(|count| count == row.connections)
            && self.protocol.is_none_or(|protocol| protocol == row.protocol)
            && (self.models.is_empty()
                || self.models.iter().any(|pattern| matches(pattern, &row.model)))
    }
}

pub(crate) fn matches(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => model.starts_with(start),
        None => pattern == model,
    }
}

/// A measured column, with the words and the unit in which pages show it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Field {
    MessagesPerSecond,
    P50,
    P99,
    Processor,
    Memory,
    Ratio,
    ClientShare,
    WaitOne,
    WaitFifty,
}

impl Field {
    pub(crate) const TABLE: [Self; 6] =
        [Self::MessagesPerSecond, Self::P50, Self::P99, Self::Processor, Self::Memory, Self::Ratio];

    pub(crate) fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "messages_per_second" => Self::MessagesPerSecond,
            "p50_us" => Self::P50,
            "p99_us" => Self::P99,
            "cpu_us_per_message" => Self::Processor,
            "kib_per_connection" => Self::Memory,
            "ratio" => Self::Ratio,
            "client_share" => Self::ClientShare,
            "wait_one_us" => Self::WaitOne,
            "wait_fifty_us" => Self::WaitFifty,
            other => bail!("no field `{other}` in a row of a run"),
        })
    }

    pub(crate) fn of(self, row: &Row) -> Option<f64> {
        match self {
            Self::MessagesPerSecond => row.messages_per_second,
            Self::P50 => row.p50_us,
            Self::P99 => row.p99_us,
            Self::Processor => row.cpu_us_per_message,
            Self::Memory => row.kib_per_connection,
            Self::Ratio => row.ratio,
            Self::ClientShare => row.client_share.map(|share| share * 100.0),
            Self::WaitOne => row.wait_one_us,
            Self::WaitFifty => row.wait_fifty_us,
        }
    }

    /// Whether it was measured without a server: what is counted are descriptors then.
    pub(crate) fn is_of_a_wait(self) -> bool {
        matches!(self, Self::WaitOne | Self::WaitFifty)
    }

    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::MessagesPerSecond => "messages/s",
            Self::P50 | Self::P99 | Self::Processor | Self::WaitOne | Self::WaitFifty => "µs",
            Self::Memory => "KiB",
            Self::Ratio => "×",
            Self::ClientShare => "%",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::MessagesPerSecond => "messages per second",
            Self::P50 => "median round trip",
            Self::P99 => "99th percentile of round trips",
            Self::Processor => "server's processor time per message",
            Self::Memory => "memory per connection",
            Self::Ratio => "processor time over the best",
            Self::ClientShare => "load generator's share of its core",
            Self::WaitOne => "one wait, with one descriptor ready",
            Self::WaitFifty => "one wait, with fifty descriptors ready",
        }
    }

    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::MessagesPerSecond => "messages/s",
            Self::P50 => "p50, µs",
            Self::P99 => "p99, µs",
            Self::Processor => "CPU, µs/message",
            Self::Memory => "KiB/client",
            Self::Ratio => "CPU ratio",
            Self::ClientShare => "client, %",
            Self::WaitOne => "wait, 1 ready, µs",
            Self::WaitFifty => "wait, 50 ready, µs",
        }
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
