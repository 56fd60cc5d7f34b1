//! The measured columns, with the words and the unit in which pages show them.

use anyhow::{Result, bail};
use serde_json::Value;

use super::Row;

/// A measured column.
#[derive(PartialEq)]
pub(crate) struct Field {
    name: &'static str,
    pub(crate) unit: &'static str,
    /// Above a column of a table.
    pub(crate) heading: &'static str,
    /// Above a plot.
    pub(crate) title: &'static str,
}

macro_rules! fields {
    ($($name:literal, $unit:literal, $heading:literal, $title:literal;)*) => {
        [$(Field { name: $name, unit: $unit, heading: $heading, title: $title }),*]
    };
}

static FIELDS: [Field; 18] = fields! {
    "messages_per_second", "messages/s", "messages/s", "messages per second";
    "p50_us", "µs", "p50, µs", "median round trip";
    "p99_us", "µs", "p99, µs", "99th percentile of round trips";
    "cpu_us_per_message", "µs", "CPU, µs/message", "server's processor time per message";
    "kib_per_connection", "KiB", "KiB/client", "memory per connection";
    "ratio", "×", "CPU ratio", "processor time over the best";
    "client_share", "%", "client, %", "load generator's share of its core";
    "response_p50_us", "µs", "response p50, µs", "median time from when a message was due";
    "response_p99_us", "µs", "response p99, µs", "99th percentile from when a message was due";
    "lag_p99_us", "µs", "lag p99, µs", "99th percentile of the load generator's lag";
    "unsent_share", "%", "unsent, %", "share of the messages that were due and never sent";
    "connections_per_second", "connections/s", "connections/s", "connections served per second";
    "p50_ms", "ms", "p50, ms", "median time from connecting to the answer";
    "p99_ms", "ms", "p99, ms", "99th percentile from connecting to the answer";
    "last_ms", "ms", "last, ms", "time until the last client of a burst had its answer";
    "cpu_us_per_connection", "µs", "CPU, µs/connection", "server's processor time per connection";
    "wait_one_us", "µs", "wait, 1 ready, µs", "one wait, with one descriptor ready";
    "wait_fifty_us", "µs", "wait, 50 ready, µs", "one wait, with fifty descriptors ready";
};

/// What a table shows unasked: of a loop, of an open one, of a burst.
const CLOSED: [&str; 6] = [
    "messages_per_second",
    "p50_us",
    "p99_us",
    "cpu_us_per_message",
    "kib_per_connection",
    "ratio",
];
const OPEN: [&str; 7] = [
    "messages_per_second",
    "p50_us",
    "p99_us",
    "response_p50_us",
    "response_p99_us",
    "cpu_us_per_message",
    "ratio",
];
const BURST: [&str; 6] =
    ["connections_per_second", "p50_ms", "p99_ms", "last_ms", "cpu_us_per_connection", "ratio"];

impl Field {
    pub(crate) fn parse(name: &str) -> Result<&'static Self> {
        match FIELDS.iter().find(|field| field.name == name) {
            Some(field) => Ok(field),
            None => bail!("no field `{name}` in a row of a run"),
        }
    }

    /// The columns of a table of `rows`.
    pub(crate) fn of_table(rows: &[&Row]) -> Vec<&'static Self> {
        let has = |name: &str| rows.iter().any(|row| row.figures.contains_key(name));
        let measured =
            |name: &str| rows.iter().any(|row| row.figures.get(name).is_some_and(Value::is_f64));
        let names: &[&str] = if has("connections_per_second") {
            &BURST
        } else if measured("response_p50_us") {
            &OPEN
        } else {
            &CLOSED
        };
        FIELDS.iter().filter(|field| names.contains(&field.name)).collect()
    }

    pub(crate) fn of(&self, row: &Row) -> Option<f64> {
        let value = row.figures.get(self.name)?.as_f64()?;
        // Records say a share, and pages a percentage.
        Some(if self.unit == "%" { value * 100.0 } else { value })
    }

    /// Whether it was measured without a server: what is counted are descriptors then.
    pub(crate) fn is_of_a_wait(&self) -> bool {
        self.name.starts_with("wait_")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_a_table_is_a_field() {
        for name in CLOSED.iter().chain(&OPEN).chain(&BURST) {
            assert!(Field::parse(name).is_ok(), "{name}");
        }
    }
}
