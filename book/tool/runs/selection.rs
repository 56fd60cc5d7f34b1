//! The rows that a page asks for: of which models, and in which case they were measured.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use super::{Record, Row, matches};

/// The options by which a page chooses a case. A request is `get` or `post`.
pub(crate) const CASE: [&str; 6] =
    ["protocol", "connections", "silent", "rate", "request", "depth"];

/// What a page asks for. What it leaves open is not looked at.
pub(crate) struct Selection<'a> {
    case: BTreeMap<&'static str, String>,
    /// Names, or `ch03/*` for all of a chapter; empty for all.
    pub(crate) models: Vec<&'a str>,
}

impl<'a> Selection<'a> {
    pub(crate) fn new(options: &BTreeMap<&str, &'a str>) -> Result<Self> {
        let mut case = BTreeMap::new();
        for key in CASE {
            if let Some(value) = options.get(key) {
                case.insert(key, wanted(key, value)?);
            }
        }
        let models = options.get("models").map_or(Vec::new(), |list| list.split(',').collect());
        Ok(Self { case, models })
    }

    /// Whether it says this part of the case.
    pub(crate) fn says(&self, key: &str) -> bool {
        self.case.contains_key(key)
    }

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
        self.case.iter().all(|(key, value)| row.case(key) == *value)
            && (self.models.is_empty()
                || self.models.iter().any(|pattern| matches(pattern, &row.model)))
    }
}

/// An option as [`Row::case`] says it.
fn wanted(key: &str, value: &str) -> Result<String> {
    Ok(match (key, value) {
        ("protocol", name) => name.to_owned(),
        ("request", "get") => "GET /".to_owned(),
        ("request", "post") => "POST /echo".to_owned(),
        ("request", other) => bail!("no request `{other}`; there are get and post"),
        (_, number) => {
            let number: u32 =
                number.parse().with_context(|| format!("`{key}={number}` is no number"))?;
            number.to_string()
        }
    })
}

impl Row {
    /// A part of the case that it was measured in, by the option's name; empty where it has none.
    pub(crate) fn case(&self, key: &str) -> String {
        match key {
            "protocol" => self.protocol.clone(),
            "connections" => self.connections.to_string(),
            "silent" => self.silent.to_string(),
            "rate" => self.rate.map_or(String::new(), |rate| rate.to_string()),
            "request" => self.request.clone().unwrap_or_default(),
            _ => self.depth.to_string(),
        }
    }
}

/// Those parts of the case in which `rows` differ.
pub(crate) fn differing(rows: &[&Row]) -> Vec<&'static str> {
    let differs = |key: &&str| rows.windows(2).any(|two| two[0].case(key) != two[1].case(key));
    CASE.into_iter().filter(differs).collect()
}
